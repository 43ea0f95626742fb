/**
 * Every builtin after injection: the process lives, and what the builtin exports is what stock Node exports.
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

/** Where a program can tell: each builtin, what of it is not stock's, and why. */
const exceptions = [
  ['tls', 'createSecureContext: source', 'takes the set in force where no `ca` is named'],
  ['tls', 'getCACertificates: source', 'lists the set in force'],
  ['tls', 'setDefaultCACertificates: source', 'notes that the program has the last word'],
  ['https', 'globalAgent.createConnection', 'verifies what the default agent connects to'],
  ['https', 'globalAgent.createSocket', 'verifies what the default agent connects to'],
  ['worker_threads', 'Worker: source', 'has workers load the package first'],
];

const optionSets = [
  {},
  { watch: true },
  { workers: false },
  { childProcesses: true },
  { fetchIntermediates: true },
  { revocation: 'soft-fail' },
];

/** Prints one builtin, which the program imports before anything else. */
const show = `const { describe } = await import('../exports.mjs');
  console.log(JSON.stringify(describe(face.default, face)));`;
const importFirst = (name: string): string => `import * as face from 'node:${name}';\n${show}`;
const injectFirst = (name: string): string =>
  `import { inject } from 'os-truststore';\ninject();\nconst face = await import('node:${name}');\n${show}`;

const DIED = 'ended with';
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
  if (actual[0]?.startsWith(DIED) === true) return [`${name}: ${actual[0]}`];
  const isException = (line: string): boolean =>
    exceptions.some(([builtin, start]) => builtin === name && line.startsWith(start!));
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

  const firsts = [
    ['--require os-truststore/register', '--require', importFirst],
    ['--import os-truststore/register', '--import', importFirst],
    ['inject()', 'stock', injectFirst],
  ] as const;
  let stockFirst: Promise<Lines[]> | undefined;
  for (const [title, way, source] of firsts) {
    void test(`that is the first to be imported after ${title}`, async () => {
      const names = Object.keys(stock).filter((name) => name !== 'globalThis');
      const wanted = await (stockFirst ??= firstExports(names, 'stock', importFirst));
      const found = await firstExports(names, way, source);
      const differences = names.map((name, index) =>
        difference(name, wanted[index]!, found[index]!),
      );
      assert.deepEqual(differences.flat(), []);
    });
  }
});

/** What each builtin exports that is the first import of a program of its own; how the program ended, where it died. */
function firstExports(
  names: readonly string[],
  way: Way,
  source: (name: string) => string,
): Promise<Lines[]> {
  return inPairs(names, async (name) => {
    const program = project.write(`first/${name.replaceAll('/', '-')}.mjs`, source(name));
    const { stdout, stderr, status } = await project.run(way, [program], env);
    return status === 0 ? (JSON.parse(stdout) as Lines) : [`${DIED} ${String(status)} ${stderr}`];
  });
}

/** `work` on each, two at a time. */
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
