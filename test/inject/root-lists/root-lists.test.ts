import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';
import type { RunOptions } from '../harness.js';

const SCENARIOS = join(__dirname, 'root-lists.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

/** The outcomes for the store's server and for the server of the program's own CA. */
const BOTH = 'ok ok';
const OWN_ONLY = `${REFUSED} ok`;
const STORE_ONLY = `ok ${REFUSED}`;
const NEITHER = `${REFUSED} ${REFUSED}`;

type Rows = Record<string, string[]>;

async function prepare(t: TestContext): Promise<Record<string, string>> {
  const [root, own] = [await createRoot(), await createRoot()];
  const { url } = await startServer(t, await createLeaf(root));
  const { url: ownUrl } = await startServer(t, await createLeaf(own));
  return { url, root: root.pem, ownUrl, own: own.pem };
}

async function rowsOf(t: TestContext, name: string, options: RunOptions = {}): Promise<Rows> {
  const input = await prepare(t);
  const { result } = await runScenario<Rows>(SCENARIOS, name, { input, ...options });
  assert.ok(Object.keys(result).length > 0, 'nothing was tried');
  return result;
}

/** Returns the rows that differ from the expected outcomes. */
function others(rows: Rows, expected: string[]): Rows {
  return Object.fromEntries(
    Object.entries(rows).filter(([, row]) => row.join() !== expected.join()),
  );
}

/** Outcomes before; during, for a client and list made before and made then; after restore, for the same clients. */
const RECOGNISED = [OWN_ONLY, BOTH, BOTH, OWN_ONLY, OWN_ONLY];

void test('a list of all roots and one more is the defaults and one more, for every client, until restore', async (t) => {
  const rows = await rowsOf(t, 'everyClient');
  assert.deepEqual(others(rows, RECOGNISED), {});
});

void test('such a list is recognised in every shape Node takes, until restore', async (t) => {
  const rows = await rowsOf(t, 'everyShape');
  assert.deepEqual(others(rows, RECOGNISED), {});
});

for (const flag of ['--use-openssl-ca', '--use-bundled-ca', '--use-system-ca']) {
  void test(`such a list is recognised under ${flag}`, async (t) => {
    if (!process.allowedNodeEnvironmentFlags.has(flag)) {
      t.skip('this line does not know it');
      return;
    }
    const env = { SSL_CERT_FILE: '/nonexistent', SSL_CERT_DIR: '/nonexistent' };
    const rows = await rowsOf(t, 'fewClients', { execArgv: [flag], env });
    assert.deepEqual(others(rows, RECOGNISED), {});
  });
}

void test('every client is accepted with every shape', async (t) => {
  const rows = await rowsOf(t, 'everyCombination');
  assert.deepEqual(others(rows, ['ok']), {});
});

void test('arrays in arrays are recognised, and after restore they are what they were', async (t) => {
  const rows = await rowsOf(t, 'nested');
  for (const [name, [before, ...then]] of Object.entries(rows)) {
    assert.deepEqual(then, [BOTH, BOTH, before, before], name);
  }
});

void test('tls.rootCertificates by itself is the defaults and nothing more', async (t) => {
  const rows = await rowsOf(t, 'rootsAlone');
  assert.deepEqual(others(rows, [NEITHER, STORE_ONLY, STORE_ONLY, NEITHER, NEITHER]), {});
});

void test('a list without one of the roots, and whatever is no list, is what it is without us', async (t) => {
  const rows = await rowsOf(t, 'exact');
  for (const [name, [before = '', ...then]] of Object.entries(rows)) {
    assert.deepEqual(then, [before, before, before, before], name);
    assert.ok(!before.startsWith('ok'), `${name}: ${before}`);
  }
});

void test('rootLists: false leaves every list alone', async (t) => {
  const rows = await rowsOf(t, 'switchedOff');
  assert.deepEqual(others(rows, Array<string>(5).fill(OWN_ONLY)), {});
});

void test('lists and contexts this package returns are meant as they stand', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'ownLists', { input: await prepare(t) });
  assert.deepEqual(result, {
    list: OWN_ONLY,
    async: OWN_ONLY,
    context: OWN_ONLY,
    copy: BOTH,
  });
});

void test('a list that its program changes is judged anew', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'changedInPlace', { input: await prepare(t) });
  assert.deepEqual(result, {
    'at first': BOTH,
    'a root replaced': OWN_ONLY,
    'put back': BOTH,
    'own taken out': STORE_ONLY,
    'own put back': BOTH,
    cut: NEITHER,
    'bytes at first': BOTH,
    'nested at first': BOTH,
    'bytes overwritten': OWN_ONLY,
    'bytes put back': BOTH,
    'nested, a root popped': 'ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE',
  });
});

for (const name of ['createSecureContext', 'connect']) {
  for (const early of [true, false]) {
    const when = early ? 'before' : 'after';
    void test(`lists are recognised when another library has replaced tls.${name} ${when} inject`, async (t) => {
      const input = { ...(await prepare(t)), name, early };
      const { result } = await runScenario(SCENARIOS, 'patched', { input });
      assert.deepEqual(result, { during: [BOTH], after: [OWN_ONLY] });
    });
  }
}
