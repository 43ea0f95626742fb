import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { runScenario, startTwoServers, temporaryDirectory } from '../harness.js';

const SCENARIOS = join(__dirname, 'company.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

async function run(t: TestContext, name: string): Promise<unknown> {
  const input = { ...(await startTwoServers(t)), directory: temporaryDirectory(t) };
  return (await runScenario(SCENARIOS, name, { input })).result;
}

void test('injecting twice is injecting once', async (t) => {
  assert.deepEqual(await run(t, 'twice'), {
    same: true,
    during: 'ok',
    after: REFUSED,
    fresh: true,
    again: 'ok',
    end: REFUSED,
  });
});

void test('the options of a second call are used from then on', async (t) => {
  assert.deepEqual(await run(t, 'newOptions'), {
    same: true,
    before: ['ok', REFUSED],
    after: [REFUSED, 'ok'],
  });
});

void test('two copies of the package share one injection, and either restores it', async (t) => {
  assert.deepEqual(await run(t, 'twoCopies'), {
    isCopy: true,
    same: true,
    during: 'ok',
    restored: true,
    after: REFUSED,
  });
});

void test('who patches after us is called, is kept by restore and then gets stock contexts', async (t) => {
  assert.deepEqual(await run(t, 'patchedAfter'), {
    during: ['ok', 'ok'],
    called: 2,
    kept: true,
    after: REFUSED,
    passThrough: REFUSED,
    passesOn: true,
  });
});

void test('who has patched before us is called for each context and stays after restore', async (t) => {
  assert.deepEqual(await run(t, 'patchedBefore'), {
    during: ['ok', 'ok', 'ok'],
    called: true,
    restored: true,
    after: [REFUSED, 'ok'],
  });
});

void test('a program that sets the defaults itself wins, and what it added survives reload and restore', async (t) => {
  const result = await run(t, 'userSets');
  if (result === 'not there') return;
  assert.deepEqual(result, {
    replacedBeforeUse: [REFUSED, 'ok'],
    afterRestore: [REFUSED, 'ok'],
    extended: ['ok', 'ok'],
    reloaded: ['ok', 'ok'],
    restored: [REFUSED, 'ok'],
    used: ['ok', REFUSED],
    replaced: [REFUSED, 'ok'],
    kept: [REFUSED, 'ok'],
  });
});

void test('defaults a program has set before inject stay in the set', async (t) => {
  const result = await run(t, 'userSetBefore');
  if (result === 'not there') return;
  assert.deepEqual(result, { during: ['ok', 'ok'], after: [REFUSED, 'ok'] });
});

void test('an injection can be disposed of', async (t) => {
  assert.deepEqual(await run(t, 'disposed'), { during: 'ok', after: REFUSED });
});

void test('sandboxed test files share one injection, which outlives their modules', async (t) => {
  assert.deepEqual(await run(t, 'testFiles'), {
    results: ['ok', 'ok', 'ok', 'ok', 'ok'],
    injections: 1,
    after: REFUSED,
  });
});

void test('options made in another realm are understood', async (t) => {
  assert.equal(await run(t, 'arraysOfAnotherRealm'), 'ok');
});
