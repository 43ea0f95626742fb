import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import {
  CAN_WAIT,
  createLeaf,
  createPfx,
  createRoot,
  runScenario,
  startServer,
} from './harness.js';

const SCENARIOS = join(__dirname, 'restraint.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

async function prepare(t: TestContext): Promise<Record<string, string>> {
  const root = await createRoot();
  const otherRoot = await createRoot();
  const hiddenRoot = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(root));
  const { url: issuedUrl } = await startServer(t, await createLeaf(intermediate));
  return {
    url,
    issuedUrl,
    root: root.pem,
    otherRoot: otherRoot.pem,
    hiddenRoot: hiddenRoot.pem,
    intermediate: intermediate.pem,
  };
}

void test('explicit ca, contexts and checks keep their meaning', async (t) => {
  const input = { ...(await prepare(t)), pfx: await createPfx(t) };
  const { result } = await runScenario<Record<string, Record<string, string>>>(
    SCENARIOS,
    'explicitOptions',
    { input },
  );
  assert.deepEqual(result.before, {
    'ca of another root': REFUSED,
    'ca: []': REFUSED,
    'a context with its own ca': REFUSED,
    'a context made before': REFUSED,
    'rejectUnauthorized: false': 'ok',
    'another name': REFUSED,
    'the right ca': 'ok',
  });
  assert.deepEqual(result.during, {
    ...result.before,
    'another name': 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  assert.equal(result.withPfx, 'ok', 'a client certificate does not narrow trust either');
});

void test('an intermediate of the store ends no chain, also with allowPartialTrustChain', async (t) => {
  const input = await prepare(t);
  const anchored = await runScenario<Record<string, string>>(SCENARIOS, 'partialChain', { input });
  const { chain, connect, context } = anchored.result;
  assert.equal(chain, 'ok', 'it helps to build chains');
  for (const code of [connect, context]) {
    assert.match(code ?? '', /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/);
  }
});

void test('what options inherit counts as it does for Node', async (t) => {
  const input = await prepare(t);
  const context = await runScenario(SCENARIOS, 'inheritedOptions', { input });
  assert.equal(context.result, 'TLSv1.2');
  const trust = await runScenario(SCENARIOS, 'inheritedTrust', { input });
  assert.deepEqual(trust.result, { listed: false, injected: false, reached: REFUSED });
});

void test('the list of what is loaded is read and never touched', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'loadList', { input });
  const has = !CAN_WAIT;
  assert.deepEqual(result, { had: false, before: true, during: true, after: true, has });
});

void test('tls.getCACertificates tells the set in force, and what was there again after restore', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario<Record<string, unknown>>(SCENARIOS, 'defaultList', {
    input,
  });
  const { available, ...rest } = result;
  if (available === true) {
    const { same, ...facts } = rest as Record<string, unknown> & {
      same: { bundled: number; roots: number };
    };
    assert.deepEqual(facts, { holdsRoot: true, isSet: true, restored: true, asTrusted: true });
    assert.equal(same.bundled, same.roots);
  } else {
    assert.equal(result.asTrusted, true);
  }
});

void test('restore leaves no trace, whether or not TLS was used', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario<Record<string, string[]>>(SCENARIOS, 'observableState', {
    input,
  });
  assert.deepEqual(result.unused, []);
  assert.deepEqual(result.used, []);
  assert.deepEqual(result.results, ['ok', 'ok']);
  for (const changed of ['tls', 'server', 'worker', 'diagnostics', 'environment']) {
    assert.ok(result.injected?.includes(changed), `the test would see a change of ${changed}`);
  }
});
