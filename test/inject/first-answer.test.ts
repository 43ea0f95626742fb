import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tls from 'node:tls';

import { setBindingForTests } from '../../dist/addon/load-binding.js';
import { SetKeeper } from '../../dist/inject/set/set-keeper.js';
import { resolveTrustOptions } from '../../dist/trust/options/options.js';
import { createMemoryBinding } from '../helpers/memory-binding.js';
import { createLeaf, createRoot, runScenario, startTwoServers } from './harness.js';

const SCENARIOS = join(__dirname, 'first-answer.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const WRITES = 'setDefaultCACertificates' in tls ? 1 : 0;

void test('the whole list is written a second after the first context, when the answer is there', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'listLater', { input: await startTwoServers(t) });
  const late = WRITES ? 'ok' : REFUSED;
  assert.deepEqual(result, {
    before: ['ok', 'ok', REFUSED, 0],
    after: [WRITES, WRITES, 'ok', late],
    followed: ['ok', 0],
    written: [WRITES, WRITES, late],
    over: [0, 0, REFUSED],
  });
});

const skip = WRITES ? false : 'this line cannot set the default list';
for (const [how, written] of [['replaced', 1] as const, ['extended', 0] as const]) {
  const title = `a list the program had ${how} before is ${written ? 'completed at once' : 'completed later'}`;
  void test(title, { skip }, async (t) => {
    const input = { ...(await startTwoServers(t)), how };
    const { result } = await runScenario(SCENARIOS, 'programsList', { input });
    assert.deepEqual(result, { answers: ['ok', 'ok'], written });
  });
}

void test(
  'a list the program sets by the original function, before ours is written, stays alone',
  { skip },
  async (t) => {
    const { result } = await runScenario(SCENARIOS, 'originalSetter', {
      input: await startTwoServers(t),
    });
    const alone = [REFUSED, 'ok', 1];
    assert.deepEqual(result, ['ok', REFUSED, ...alone, 'ok', ...alone]);
  },
);

void test('the list is written as soon as as much has been added to contexts one by one', async (t) => {
  const input = await startTwoServers(t);
  const others = await Promise.all(
    Array.from({ length: 49 }, async () => (await createRoot()).pem),
  );
  const { pem: cert, keyPem: key } = await createLeaf(await createRoot());
  const { result } = await runScenario(SCENARIOS, 'manyContexts', {
    input: { ...input, others, cert, key },
  });
  assert.deepEqual(result, { before: 0, after: WRITES, answers: ['ok'] });
});

void test('an answer of the store that was waited for makes one set for all that ask next', async (t) => {
  setBindingForTests(createMemoryBinding({ anchors: [(await createRoot()).pem] }));
  let answered = (): void => undefined;
  const answer = new Promise<void>((resolve) => (answered = resolve));
  const unexpected = (): void => {
    assert.fail();
  };
  const keeper = new SetKeeper(resolveTrustOptions(), 5000, {
    answered,
    warning: unexpected,
    due: unexpected,
  });
  t.after(() => {
    keeper.stop();
  });
  keeper.start();
  keeper.ref();
  const taken = keeper.take();
  await answer;
  assert.equal(keeper.next(0), taken);
  keeper.start();
  assert.notEqual(keeper.next(5000), taken);
});
