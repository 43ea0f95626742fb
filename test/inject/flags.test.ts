import assert from 'node:assert/strict';
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
} from './harness.js';

const SCENARIOS = join(__dirname, 'flags.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const project = join(__dirname, '../..');

interface Reach {
  before: Record<string, string>;
  first: Record<string, string>;
  settled: Record<string, string>;
  own: Record<string, string>;
  after: Record<string, string>;
  strategy: string;
}

interface Prepared {
  urls: Record<'system' | 'extra' | 'unknown', string>;
  env: Record<string, string>;
  extra: string;
}

/**
 * Starts a server whose root is in the system's store, one whose root is in an extra file, and one with an unknown
 * root.
 */
async function prepare(t: TestContext): Promise<Prepared> {
  const directory = temporaryDirectory(t);
  const [system, extra, unknown] = [await createRoot(), await createRoot(), await createRoot()];
  const url = async (root: typeof system): Promise<string> =>
    (await startServer(t, await createLeaf(root))).url;
  return {
    urls: { system: await url(system), extra: await url(extra), unknown: await url(unknown) },
    env: { SSL_CERT_FILE: writeFile(directory, 'system.pem', system.pem), SSL_CERT_DIR: directory },
    extra: writeFile(temporaryDirectory(t), 'extra.pem', extra.pem),
  };
}

const all = { system: 'ok', extra: 'ok', unknown: REFUSED };

async function reach(
  t: TestContext,
  options: (prepared: Prepared) => {
    env?: Record<string, string>;
    execArgv?: string[];
    input?: object;
  },
): Promise<Reach> {
  const prepared = await prepare(t);
  const { env, execArgv, input } = options(prepared);
  const { result } = await runScenario<Reach>(SCENARIOS, 'reach', {
    env: { ...prepared.env, ...env },
    execArgv: execArgv ?? [],
    input: { urls: prepared.urls, ...input },
  });
  return result;
}

function assertReach(result: Reach, before: object, during: object): void {
  const { first, settled, own } = result;
  assert.deepEqual(result.before, before);
  assert.deepEqual({ first, settled, own }, { first: during, settled: during, own: during });
  assert.deepEqual(result.after, before);
}

void test('NODE_EXTRA_CA_CERTS is kept, in shared contexts and in others', async (t) => {
  const result = await reach(t, ({ extra }) => ({ env: { NODE_EXTRA_CA_CERTS: extra } }));
  assertReach(result, { system: REFUSED, extra: 'ok', unknown: REFUSED }, all);
});

void test('NODE_EXTRA_CA_CERTS counts also when it was set too late for Node', async (t) => {
  const result = await reach(t, ({ extra }) => ({ input: { late: { file: extra } } }));
  assertReach(result, { system: REFUSED, extra: REFUSED, unknown: REFUSED }, all);
});

void test('under --use-openssl-ca the store of OpenSSL stays, and user CAs are added', async (t) => {
  const result = await reach(t, ({ extra }) => ({
    execArgv: ['--use-openssl-ca'],
    input: { inject: { userCAs: { files: [extra] } } },
  }));
  assertReach(result, { system: 'ok', extra: REFUSED, unknown: REFUSED }, all);
  assert.equal(result.strategy, 'patch');
});

void test('--use-bundled-ca does not keep inject from adding the store', async (t) => {
  const result = await reach(t, ({ extra }) => ({
    execArgv: ['--use-bundled-ca'],
    env: { NODE_EXTRA_CA_CERTS: extra },
  }));
  assertReach(result, { system: REFUSED, extra: 'ok', unknown: REFUSED }, all);
});

const hasSystemFlag = process.allowedNodeEnvironmentFlags.has('--use-system-ca');

void test(
  '--use-system-ca and inject agree, also afterwards',
  { skip: hasSystemFlag ? false : 'this Node has no --use-system-ca' },
  async (t) => {
    const result = await reach(t, ({ extra }) => ({
      execArgv: ['--use-system-ca'],
      env: { NODE_EXTRA_CA_CERTS: extra },
    }));
    assertReach(result, all, all);
  },
);

void test('NODE_USE_SYSTEM_CA=1 and inject agree, where it exists', async (t) => {
  const result = await reach(t, ({ extra }) => ({
    env: { NODE_EXTRA_CA_CERTS: extra, NODE_USE_SYSTEM_CA: '1' },
  }));
  const { first, settled, own } = result;
  assert.deepEqual({ first, settled, own }, { first: all, settled: all, own: all });
  assert.deepEqual(result.after, result.before);
});

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
const hasPermission = process.allowedNodeEnvironmentFlags.has(permission);
const skip = hasPermission ? false : 'this Node has no permission model';
const canSet = 'setDefaultCACertificates' in (require('node:tls') as object);
const canList = 'getCACertificates' in (require('node:tls') as object);

interface LockedDown {
  code?: string;
  message?: string;
  strategy?: string;
  errors?: boolean;
  reached?: Record<string, string>;
}

async function lockedDown(t: TestContext, flags: string[]): Promise<LockedDown> {
  const { env, urls } = await prepare(t);
  const net = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];
  return (
    await runScenario<LockedDown>(SCENARIOS, 'lockedDown', {
      env,
      execArgv: [permission, ...net, ...flags],
      input: { urls },
    })
  ).result;
}

const reached = { https: 'ok', tls: 'ok', http2: 'ok', fetch: 'ok' };

void test('--permission with addons and reading allowed changes nothing', { skip }, async (t) => {
  const result = await lockedDown(t, ['--allow-addons', '--allow-fs-read=*']);
  assert.deepEqual(result.reached, reached);
  assert.equal(result.errors, false);
});

void test(
  '--permission without addons uses what the runtime lists, and says so, or throws',
  { skip },
  async (t) => {
    const result = await lockedDown(t, ['--allow-fs-read=*']);
    if (canList) {
      assert.deepEqual(result.reached, reached);
      assert.equal(result.errors, true, 'the weaker reading is reported');
      assert.equal(result.strategy, canSet ? 'set' : 'patch');
    } else {
      assert.equal(result.code, 'ERR_TRUSTSTORE_ADDON_DISABLED');
      assert.match(result.message ?? '', /addon/);
    }
  },
);

void test(
  '--permission with reading allowed for the program only still works',
  { skip },
  async (t) => {
    const readable = [`${project}/*`, '/etc/alpine-release'];
    const reads = readable.map((file) => `--allow-fs-read=${file}`);
    const result = await lockedDown(t, ['--allow-addons', ...reads]);
    assert.deepEqual(result.reached, reached, 'the addon reads the store itself');
  },
);
