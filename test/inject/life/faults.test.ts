/**
 * A call that the runtime refuses, or fails to do once, costs only what it concerns.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const SCENARIOS = join(__dirname, 'faults.scenarios.js');

interface Input {
  url: string;
  root: string;
  other: string;
}

async function prepare(t: TestContext): Promise<Input> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  return { url, root: root.pem, other: (await createRoot()).pem };
}

void test('whatever the runtime fails to do once, nothing is thrown uncaught, nothing trusted is lost, and a warning says so', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario<{
    bad: unknown[];
    rounds: Record<string, number>;
    uncaught: string[];
  }>(SCENARIOS, 'faults', { input });
  assert.deepEqual({ bad: result.bad, uncaught: result.uncaught }, { bad: [], uncaught: [] });
  // Each target is called at least once.
  const { createSecureContext = 0, X509Certificate: x509 = 0, ...others } = result.rounds;
  assert.ok(createSecureContext > 0 && x509 > 0);
  if ('setDefaultCACertificates' in tls) assert.ok((others['setDefaultCACertificates'] ?? 0) > 0);
});

void test('a certificate the runtime refuses is left out alone, and named with its fingerprint and the reason', async (t) => {
  const input = await prepare(t);
  const { result } = await runScenario<Record<string, unknown>>(SCENARIOS, 'refusedForGood', {
    input,
  });
  const { warnings, reported, ...rest } = result as { warnings: string[]; reported: string[] };
  assert.deepEqual(rest, {
    answers: ['ok', 'ok'],
    uncaught: [],
    strategy: 'setDefaultCACertificates' in tls ? 'set' : 'patch',
    holdsRoot: true,
    holdsOther: false,
  });
  const fingerprint = new X509Certificate(input.other).fingerprint256.replaceAll(':', '');
  assert.equal(warnings.length, 1);
  const [warning = ''] = warnings;
  assert.ok(warning.includes(`SHA-256 ${fingerprint} of `), warning);
  assert.match(warning, /\(no \w+ today\)/);
  assert.deepEqual(reported, warnings);
});
