import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { fitsEnvironment } from '../../../dist/inject/reach/child-processes.js';
import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'threads.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

async function prepare(t: TestContext): Promise<Record<string, string>> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  return { url, root: root.pem };
}

const everyWorker = {
  file: 'ok',
  eval: 'ok',
  'execArgv: []': 'ok',
  'env: {}': 'ok',
  SHARE_ENV: 'ok',
  subclass: 'ok',
};

void test('worker threads started after inject inherit it, with its options', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'workers', { input: await prepare(t) });
  assert.deepEqual(result, {
    before: REFUSED,
    results: everyWorker,
    shapes: { own: true, captured: true, name: 'Worker' },
    after: REFUSED,
    restored: true,
    data: true,
  });
});

void test('flags a worker must not be given do not keep it from starting', async (t) => {
  const { result } = await runScenario<Record<string, unknown>>(SCENARIOS, 'workers', {
    input: await prepare(t),
    execArgv: ['--max-old-space-size=200', '--expose-gc', '--no-deprecation'],
  });
  assert.deepEqual(result.results, everyWorker);
});

void test('workers of workers inherit the injection', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'nested', { input: await prepare(t) });
  assert.equal(result, 'ok');
});

void test('workers: false leaves workers alone', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'withoutWorkers', { input: await prepare(t) });
  assert.equal(result, REFUSED);
});

void test('childProcesses: true reaches spawned and forked Node processes until restore', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'children', {
    input: await prepare(t),
    env: { NODE_OPTIONS: '--no-warnings' },
  });
  const all = (code: string): unknown => ({ spawn: code, fork: code, copied: code });
  assert.deepEqual(result, {
    given: '--no-warnings',
    before: all(REFUSED),
    during: all('ok'),
    grandchild: 'ok',
    left: '--no-warnings --no-deprecation',
    after: all(REFUSED),
  });
});

for (const rootLists of [true, false]) {
  const words = rootLists ? 'are the defaults' : 'stay what they are';
  void test(`lists of all roots ${words} in workers and children as well`, async (t) => {
    const input = { ...(await prepare(t)), rootLists };
    const { result } = await runScenario(SCENARIOS, 'rootLists', { input });
    const code = rootLists ? 'ok' : REFUSED;
    assert.deepEqual(result, { worker: code, child: code });
  });
}

void test('restore takes everything out of an environment that a worker has shared', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'sharedEnvironment', { input: await prepare(t) });
  assert.deepEqual(result, { answer: 'ok', once: true, left: [true, null], after: REFUSED });
});

void test('a path with spaces and quotes reaches child processes', async (t) => {
  const home = join(temporaryDirectory(t), 'a "quoted" place');
  const root = join(__dirname, '../../..');
  mkdirSync(join(home, 'dist-test'), { recursive: true });
  for (const folder of ['dist', 'dist-test/inject', 'test/inject/fixtures']) {
    cpSync(join(root, folder), join(home, folder), { recursive: true });
  }
  cpSync(join(root, 'package.json'), join(home, 'package.json'));
  for (const folder of ['node_modules', 'build', 'prebuilds']) {
    symlinkSync(join(root, folder), join(home, folder));
  }
  const { result } = await runScenario<Record<string, unknown>>(
    join(home, 'dist-test/inject/reach/threads.scenarios.js'),
    'children',
    { input: await prepare(t), entry: join(home, 'dist-test/inject/run-scenario.js') },
  );
  assert.deepEqual(result.during, { spawn: 'ok', fork: 'ok', copied: 'ok' });
});

void test('options too large for an environment variable are not handed on to children, and a warning says so', async (t) => {
  const input = await prepare(t);
  const file = writeFile(temporaryDirectory(t), 'root.pem', input.root ?? '');
  const { result } = await runScenario(SCENARIOS, 'largeOptions', { input: { ...input, file } });
  assert.deepEqual(result, {
    values: REFUSED,
    files: 'ok',
    handedOn: {
      userCAs: { certificates: [], files: [file], directories: [], env: true },
      rootLists: true,
      watch: false,
      workers: true,
      childProcesses: true,
      deadlineMs: 5000,
    },
    excluding: REFUSED,
    left: [null, true],
    warnings: [
      'The certificates given as values do not fit into an environment variable',
      'The options do not fit into an environment variable',
    ],
  });
});

const lengths: [platform: NodeJS.Platform, text: string, length: number, fits: boolean][] = [
  ['linux', 'a', 131_072 - 'NAME=\0'.length, true],
  ['linux', 'a', 131_073 - 'NAME=\0'.length, false],
  ['linux', 'ä', 66_000, false],
  ['darwin', 'a', 131_073, false],
  ['win32', 'a', 32_767 - 'NAME=\0'.length, true],
  ['win32', 'a', 32_768 - 'NAME=\0'.length, false],
  ['win32', 'ä', 32_000, true],
];
for (const [platform, text, length, fits] of lengths) {
  const words = fits ? 'fits into' : 'is too long for';
  void test(`${String(length)} times ${text} ${words} a variable of ${platform}`, () => {
    assert.equal(fitsEnvironment('NAME', text.repeat(length), platform), fits);
  });
}
