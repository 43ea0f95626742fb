/**
 * After `restore()`, nothing is accepted any more that was accepted only because of the injection.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const SCENARIOS = join(__dirname, 'after-restore.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  void test(`sockets and sessions of an injection do not outlive it (${maxVersion})`, async (t) => {
    const root = await createRoot();
    const server = await startServer(t, await createLeaf(root), [], { maxVersion });
    const input = { url: server.url, root: root.pem };
    const { result } = await runScenario<Record<string, string[]>>(SCENARIOS, 'kept', { input });
    assert.equal(Object.keys(result).length, 6);
    const once = ['ok', 'ok', REFUSED];
    for (const [client, outcomes] of Object.entries(result)) {
      assert.deepEqual(outcomes, [...once, ...once], client);
    }
    const { result: last } = await runScenario(SCENARIOS, 'underWay', { input });
    assert.deepEqual(last, ['ok', REFUSED]);
  });
}

void test('a listener may end the injection', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const input = { url, root: root.pem, other: (await createRoot()).pem };
  const { result } = await runScenario(SCENARIOS, 'endedByListener', { input });
  assert.deepEqual(result, { restored: [true, true], answer: REFUSED, isAsBefore: true });
});
