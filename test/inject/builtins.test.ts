/**
 * Loads every builtin after injection: the process must survive, and the builtin must export what stock Node exports.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { InstalledProject, registerWays } from '../helpers/installed.js';
import type { Way } from '../helpers/installed.js';
import { childEnvironment } from './harness.js';

type Lines = readonly string[];
type Exports = Record<string, Lines>;

/** Differences that a program can see: the builtin, what differs from stock, and why. */
const exceptions: readonly (readonly [builtin: string, facts: RegExp, reason: string])[] = [
  ['tls', /^connect: source/, 'has peers judged where something is distrusted'],
  ['tls', /^createSecureContext: source/, 'takes the set in force where no `ca` is named'],
  ['tls', /^getCACertificates: source/, 'lists the set in force'],
  ['tls', /^setDefaultCACertificates: source/, 'notes that the program has the last word'],
  ['https', /^globalAgent\.create(Connection|Socket) /, 'verifies, where that is asked for'],
  ['process', /^getBuiltinModule: source/, 'is a way to node:tls, which is not loaded early'],
  ['module', /^registerHooks: source/, 'hears of hooks that run before ours'],
  ['process', /mainModule/, 'is there in CommonJS programs'],
  ['process', /^_events\.exit /, 'is there while an ES module runs, on some lines'],
  ['worker_threads', /^Worker: source/, 'has workers load the package first'],
  // Where Node has no module.registerHooks, inject() loads node:tls and node:worker_threads. In stock Node these facts
  // hold once a program has loaded them.
  ['constants', /defaultCipherList/, 'node:tls is loaded early on older lines'],
  ['crypto', /^constants\.defaultCipherList/, 'node:tls is loaded early on older lines'],
  ['process', /^chdir: /, 'node:worker_threads is loaded early on older lines'],
];

const optionSets = [
  {},
  { watch: true },
  { workers: false },
  { childProcesses: true },
  { fetchIntermediates: true },
  { revocation: 'soft-fail' },
];

/** Prints one builtin, which the program imports before all others. */
const show = `const { describe } = await import('../exports.mjs');
  console.log(JSON.stringify(describe(face.default, face)));`;
const importFirst = (name: string): string => `import * as face from 'node:${name}';\n${show}`;
const injectFirst = (name: string): string =>
  `import { inject } from 'os-truststore';\ninject();\nconst face = await import('node:${name}');\n${show}`;

const project = new InstalledProject();
const env = childEnvironment();
let stock: Exports;

before(async () => {
  for (const name of ['exports.mjs', 'all-exports.cjs']) {
    const file = join(__dirname, '../../test/inject/fixtures', name);
    project.write(name, readFileSync(file, 'utf8'));
  }
  stock = await exportsOf('stock', []);
});

async function exportsOf(way: Way, options: readonly object[]): Promise<Exports> {
  const args = ['all-exports.cjs', ...options.map((one) => JSON.stringify(one))];
  const { stdout, stderr, status } = await project.run(way, args, env);
  assert.deepEqual([status, stderr], [0, '']);
  return JSON.parse(stdout) as Exports;
}

function difference(name: string, expected: Lines, actual: Lines): string[] {
  const isException = (line: string): boolean =>
    exceptions.some(([builtin, facts]) => builtin === name && facts.test(line));
  const [wanted, found] = [new Set(expected), new Set(actual)];
  return [
    ...expected.filter((line) => !found.has(line)).map((line) => `- ${name}: ${line}`),
    ...actual.filter((line) => !wanted.has(line)).map((line) => `+ ${name}: ${line}`),
  ].filter((line) => !isException(line.slice(`- ${name}: `.length)));
}

function assertStock(actual: Exports): void {
  assert.deepEqual(Object.keys(actual), Object.keys(stock));
  const differences = Object.entries(actual).flatMap(([name, lines]) =>
    difference(name, stock[name]!, lines),
  );
  assert.deepEqual(differences, []);
}

void describe('Every builtin exports what stock Node exports', () => {
  for (const way of registerWays) {
    void test(`after ${way} os-truststore/register`, async () => {
      assertStock(await exportsOf(way, []));
    });
  }
  for (const options of optionSets) {
    void test(`after inject(${JSON.stringify(options)})`, async () => {
      assertStock(await exportsOf('stock', [options]));
    });
  }

  // Our hooks then see what a builtin loads.
  void test('that is the first to be imported under os-truststore/register', async () => {
    await assertFirst((index) => registerWays[index % registerWays.length]!, importFirst);
  });
  void test('that is the first to be imported after inject()', async () => {
    await assertFirst(() => 'stock', injectFirst);
  });
});

/** Imports each builtin first in a program of its own. */
async function assertFirst(
  wayOf: (index: number) => Way,
  sourceOf: (name: string) => string,
): Promise<void> {
  const names = Object.keys(stock).filter((name) => name !== 'globalThis');
  const differences = await inPairs([...names.entries()], async ([index, name]) => {
    const program = project.write(`first/${name.replaceAll('/', '-')}.mjs`, sourceOf(name));
    const { stdout, stderr, status } = await project.run(wayOf(index), [program], env);
    if (status !== 0) return [`${name} ended with ${String(status)} ${stderr}`];
    const expected = stock[name]!.filter((line) => !line.startsWith('without node:'));
    return difference(name, expected, JSON.parse(stdout) as Lines);
  });
  assert.deepEqual(differences.flat(), []);
}

/** Does `work` on each, two at a time. */
async function inPairs<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
}
