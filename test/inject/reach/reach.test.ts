import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const SCENARIOS = join(__dirname, 'reach.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

async function prepare(t: TestContext): Promise<{ url: string; root: string }> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  return { url, root: root.pem };
}

void test('every client is refused before inject, accepted with it and refused after restore', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'everyWay', { input });
  const all = (code: string): unknown => ({ https: code, tls: code, http2: code, fetch: code });
  const { strategy, ...ways } = result as Record<string, unknown>;
  assert.deepEqual(ways, { before: all(REFUSED), during: all('ok'), after: all(REFUSED) });
  const { setDefaultCACertificates } = await import('node:tls').then(
    (tls) => tls as { setDefaultCACertificates?: unknown },
  );
  assert.equal(strategy, setDefaultCACertificates === undefined ? 'patch' : 'set');
});

for (const way of ['https', 'tls', 'http2', 'fetch']) {
  void test(`${way} is reached when it is the first to load TLS`, async (t) => {
    const input = await prepare(t);
    const { result } = await runScenario(SCENARIOS, `${way}First`, { input });
    assert.equal(result, 'ok');
  });
}

void test('functions taken from tls and https before inject are reached', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'captured', { input });
  assert.deepEqual(result, ['ok', 'ok']);
});

void test('named imports of ES modules are reached, whether bound before or after inject', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'esModules', { input });
  const ok = { https: 'ok', tls: 'ok', context: 'ok', http2: 'ok', fetch: 'ok' };
  assert.deepEqual(result, { early: ok, late: ok });
});

void test('agents made before and after inject are reached, and so is the global one', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'ownAgents', { input });
  assert.deepEqual(result, ['ok', 'ok', 'ok']);
});

void test('a socket of the caller and a context of the caller are reached', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'lowLevel', { input });
  assert.deepEqual(result, ['ok', 'ok']);
});

void test('fetch is reached after it has been used', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'viaFetchAfterUse', { input });
  assert.deepEqual(result, [REFUSED, 'ok']);
});

void test('pool keys, keep-alive, session reuse and ALPN are as without inject', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario<{ stock: unknown; injected: unknown }>(
    SCENARIOS,
    'agentInternals',
    { input },
  );
  assert.deepEqual(result.injected, result.stock);
});
