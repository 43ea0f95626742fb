import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { CAN_WAIT, createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const SCENARIOS = join(__dirname, 'gone.scenarios.js');
const REGISTER = join(__dirname, '../../../dist/register.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

void test('who cannot be judged, because the code is lost, is not connected to', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const { url } = await startServer(t, leaf);
  const input = { url, root: root.pem, distrusted: leaf.pem };
  const { result } = await runScenario(SCENARIOS, 'judging', { input });
  assert.deepEqual(result, { lost: ['LOST', 'LOST'], found: 'CERT_REJECTED' });
});

const skip = CAN_WAIT ? false : 'all is loaded at start';
for (const [what, warning] of Object.entries({
  removed: / is lost/,
  replaced: /replaced on disk/,
})) {
  const title = `a program whose package is ${what} before it uses TLS runs as stock, with a warning`;
  void test(title, { skip }, async (t) => {
    const { url } = await startServer(t, await createLeaf(await createRoot()));
    const { result } = await runScenario<Record<string, string>>(SCENARIOS, 'afterStart', {
      execArgv: ['--require', REGISTER],
      input: { url, what },
    });
    const { warnings, ...answers } = result;
    assert.deepEqual(answers, { viaFetch: REFUSED, viaHttps: REFUSED });
    assert.match(warnings ?? '', warning);
  });
}
