import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import {
  childEnvironment,
  createLeaf,
  createRoot,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

const REGISTER = join(__dirname, '../../dist/register.js');
const CLIENT = join(__dirname, '../../test/inject/fixtures/client.cjs');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

interface Prepared {
  url: string;
  fingerprint: string;
  env: Record<string, string>;
}

/** A server whose root is only in the system's store. */
async function prepare(t: TestContext): Promise<Prepared> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const directory = temporaryDirectory(t);
  const file = writeFile(directory, 'ca.pem', root.pem);
  return {
    url,
    fingerprint: new X509Certificate(root.pem).fingerprint256,
    env: { SSL_CERT_FILE: file, SSL_CERT_DIR: directory },
  };
}

function run(
  execArgv: string[],
  url: string,
  env: Record<string, string>,
): Promise<{ result: string; stderr: string; code: number | null }> {
  const child = spawn(process.execPath, [...execArgv, CLIENT, url], {
    env: childEnvironment({ NODE_NO_WARNINGS: '', ...env }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ result: /RESULT "(.*)"/.exec(stdout)?.[1] ?? '', stderr, code });
    });
  });
}

void test('--require, --import and NODE_OPTIONS inject before the program starts', async (t) => {
  const { url, env } = await prepare(t);
  const url26 = pathToFileURL(REGISTER).href;
  const results = [
    await run([], url, env),
    await run(['--require', REGISTER], url, env),
    await run(['--import', url26], url, env),
    await run([], url, { ...env, NODE_OPTIONS: `--require "${REGISTER}"` }),
    await run([], url, { ...env, NODE_OPTIONS: `--import=${url26}` }),
  ];
  assert.deepEqual(
    results.map(({ result, stderr }) => [result, stderr]),
    [
      [REFUSED, ''],
      ['ok', ''],
      ['ok', ''],
      ['ok', ''],
      ['ok', ''],
    ],
  );
});

void test('options of register come from the environment', async (t) => {
  const { url, env, fingerprint } = await prepare(t);
  const attempt = async (more: Record<string, string>): Promise<string> =>
    (await run(['--require', REGISTER], url, { ...env, ...more })).result;
  assert.equal(await attempt({ OS_TRUSTSTORE_SYSTEM: '0' }), REFUSED);
  assert.equal(await attempt({ OS_TRUSTSTORE_BUNDLED: 'false' }), 'ok');
  assert.equal(await attempt({ OS_TRUSTSTORE_EXCLUDE: fingerprint }), REFUSED);
  assert.equal(
    await attempt({
      OS_TRUSTSTORE_SYSTEM: '0',
      OS_TRUSTSTORE_USER_CAS: env.SSL_CERT_FILE ?? '',
    }),
    'ok',
  );
  assert.equal(await attempt({ OS_TRUSTSTORE_OPTIONS: '{"system":false}' }), REFUSED);
});

void test('options that mean nothing are named in one warning, and the rest is used', async (t) => {
  const { url, env } = await prepare(t);
  const { result, stderr } = await run(['--require', REGISTER], url, {
    ...env,
    OS_TRUSTSTORE_WATCH: 'perhaps',
    OS_TRUSTSTORE_DEADLINE_MS: 'soon',
    OS_TRUSTSTORE_EXCLUDE: 'abc',
    OS_TRUSTSTORE_OPTIONS: '{{',
  });
  assert.equal(result, 'ok');
  assert.equal(stderr.match(/TruststoreWarning/g)?.length, 1, stderr);
  assert.match(stderr, /OS_TRUSTSTORE_WATCH, OS_TRUSTSTORE_DEADLINE_MS, OS_TRUSTSTORE_EXCLUDE/);
});

void test('register never throws: what cannot be read is one warning', async (t) => {
  const { url, env } = await prepare(t);
  const { result, stderr, code } = await run(['--require', REGISTER], url, {
    ...env,
    OS_TRUSTSTORE_OPTIONS: '{"exclude":["nonsense"]}',
  });
  assert.equal(result, REFUSED);
  assert.equal(code, 0);
  assert.equal(stderr.match(/TruststoreWarning/g)?.length, 1, stderr);
  assert.match(stderr, /ERR_TRUSTSTORE_INVALID_ARGUMENT/);
});
