import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'live.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const SELF_SIGNED = 'DEPTH_ZERO_SELF_SIGNED_CERT';

async function prepare(t: TestContext): Promise<Record<string, string>> {
  const root = await createRoot();
  const otherRoot = await createRoot();
  const selfSigned = await createLeaf(undefined);
  const { url } = await startServer(t, await createLeaf(root));
  const { url: otherUrl } = await startServer(t, await createLeaf(otherRoot));
  const { url: selfUrl } = await startServer(t, selfSigned);
  return {
    ...{ url, otherUrl, selfUrl },
    root: root.pem,
    otherRoot: otherRoot.pem,
    selfSigned: selfSigned.pem,
    fingerprint: new X509Certificate(root.pem).fingerprint256,
  };
}

async function run(t: TestContext, name: string): Promise<unknown> {
  return (await runScenario(SCENARIOS, name, { input: await prepare(t) })).result;
}

void test('certificates added and removed at run time count from the next connection on', async (t) => {
  assert.deepEqual(await run(t, 'addAndRemove'), {
    before: ['ok', REFUSED, SELF_SIGNED],
    added: ['ok', 'ok', 'ok'],
    removed: { https: REFUSED, tls: REFUSED, http2: REFUSED, fetch: REFUSED },
    back: 'ok',
    bad: 'ERR_TRUSTSTORE_USER_CA',
    badFingerprint: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
    changes: [
      [1, 0],
      [1, 0],
      [0, 1],
      [1, 0],
    ],
  });
});

void test('certificates can be added and removed before the first connection', async (t) => {
  assert.deepEqual(await run(t, 'addEarly'), ['ok', REFUSED]);
});

void test('the last certificate cannot be removed', async (t) => {
  assert.deepEqual(await run(t, 'removeLast'), {
    before: 'ok',
    code: 'ERR_TRUSTSTORE_EMPTY_SET',
    after: 'ok',
  });
});

void test('reload uses the changed store and tells what changed', async (t) => {
  assert.deepEqual(await run(t, 'reload'), {
    before: ['ok', REFUSED],
    unchanged: { added: [], removed: [] },
    diff: { added: [true], removed: [true], subjects: [true] },
    shared: true,
    after: [REFUSED, 'ok'],
  });
});

void test('a reload that misses its deadline rejects and leaves the set in force', async (t) => {
  assert.deepEqual(await run(t, 'reloadDeadline'), {
    before: 'ok',
    code: 'ERR_TRUSTSTORE_DEADLINE',
    after: 'ok',
  });
});

void test('after a removal nothing verified before is reused, and open connections live on', async (t) => {
  assert.deepEqual(await run(t, 'nothingOldLivesOn'), {
    before: Array<string>(8).fill('ok'),
    after: Array<string>(8).fill(REFUSED),
    userKept: REFUSED,
    alive: true,
    back: Array<string>(4).fill('ok'),
    reused: true,
  });
});

void test('a removal leaves every dispatcher where it is', async (t) => {
  assert.deepEqual(await run(t, 'userDispatcher'), { kept: true, same: true });
});

void test('a dispatcher the program has composed, changed or derived is left alone', async (t) => {
  assert.deepEqual(await run(t, 'composedDispatcher'), {
    kept: { composed: true, changed: true, subclass: true },
    made: 1,
    same: true,
    answers: ['ok', 'ok'],
    events: ['connect', 'connect'],
  });
});

function systemDirectory(t: TestContext, how: string, root: string): Record<string, string> {
  const directory = temporaryDirectory(t);
  const nothing = join(directory, 'nothing');
  if (how === 'directory') {
    writeFile(directory, 'a.pem', root);
    return { directory, SSL_CERT_FILE: nothing, SSL_CERT_DIR: directory };
  }
  if (how === 'configMap') {
    mkdirSync(join(directory, '..1'));
    writeFile(join(directory, '..1'), 'ca.pem', root);
    symlinkSync('..1', join(directory, '..data'));
    symlinkSync('..data/ca.pem', join(directory, 'ca.pem'));
  } else {
    writeFile(directory, 'ca.pem', root);
  }
  return { directory, SSL_CERT_FILE: join(directory, 'ca.pem'), SSL_CERT_DIR: nothing };
}

const changes = {
  rename: 'a file replaced by renaming',
  rewrite: 'a file rewritten in place',
  configMap: 'the swap of a Kubernetes ConfigMap',
  directory: 'files that come and go in a directory',
};

for (const [how, words] of Object.entries(changes)) {
  const skip = process.platform === 'linux' ? false : 'SSL_CERT_FILE is read on Unix';
  void test(`watch notices ${words}`, { skip }, async (t) => {
    const input = await prepare(t);
    const { directory, ...env } = systemDirectory(t, how, input.root ?? '');
    const { result } = await runScenario(SCENARIOS, 'watched', {
      env,
      input: { ...input, directory, how },
    });
    assert.deepEqual(result, {
      before: ['ok', REFUSED],
      diff: { added: [true], removed: [true] },
      after: [REFUSED, 'ok'],
    });
  });
}

void test('a burst of notices from the system is one read, and none after restore', async (t) => {
  assert.deepEqual(await run(t, 'nativeWatch'), {
    before: ['ok', REFUSED],
    after: ['ok', 'ok'],
    burst: 1,
  });
});

void test('watching keeps no process alive', async (t) => {
  const { result, elapsedMs } = await runScenario(SCENARIOS, 'watchKeepsNothingAlive', {
    input: await prepare(t),
  });
  assert.equal(result, 'ok');
  assert.ok(elapsedMs < 40_000, `ended after ${elapsedMs} ms`);
});
