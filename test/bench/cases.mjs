/**
 * Lists what is measured, who is compared, and what the design requires.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { emptyDirectory, makePems, storeDirectory, storeFile } from './stores.mjs';

const child = fileURLToPath(new URL('child.cjs', import.meta.url));

/** A Debian store has 144 certificates; a thousand times that tests how long the event loop stands still. */
const hugeStore = 144_000;

/**
 * A row of the table: `figure` of each contender, and what ours has to reach.
 * @typedef {{ title: string, figure: string, unit: string, target?: string,
 *   check?: (figures: Record<string, { min: number, median: number, max: number }>) => boolean }} Row
 * @typedef {{ id: string, contenders: object[], rounds: number, rows: Row[] }} Case
 */

const atMost = (limit) => ({
  target: `≤ ${String(limit)}`,
  check: ({ ours }) => ours.median <= limit,
});

const atMostMax = (limit) => ({
  target: `≤ ${String(limit)} (worst)`,
  check: ({ ours }) => ours.max <= limit,
});

/** A promise relative to others in the same run; missing contenders do not count. */
const ratios = (limits, limit) => ({
  target: [
    ...(limit === undefined ? [] : [`≤ ${String(limit)}`]),
    ...Object.entries(limits).map(([name, factor]) =>
      factor >= 1 && name === 'bare'
        ? `≤ ${String(factor)} × ${name}`
        : `≥ ${String(factor)} × faster than ${name}`,
    ),
  ].join(', '),
  check: (figures) =>
    (limit === undefined || figures.ours.median <= limit) &&
    Object.entries(limits).every(([name, factor]) => {
      const other = figures[name];
      if (!other) return true;
      return name === 'bare'
        ? figures.ours.median <= factor * other.median
        : figures.ours.median * factor <= other.median;
    }),
});

class Bench {
  constructor({ node, hasListing, bareLoop, storePaths, folder, rounds }) {
    Object.assign(this, { node, hasListing, bareLoop, storePaths, folder, rounds });
  }

  js(measure, name, env = {}, ...args) {
    return { name, command: [this.node, child, measure, name, ...args], env };
  }

  /** The contenders: ours, Node's where this Node has it, and system-ca. */
  readers(measure, env, ...args) {
    const names = ['ours', ...(this.hasListing ? ['node'] : []), 'system-ca'];
    return names.map((name) => this.js(measure, name, env, ...args));
  }

  bare(file, directory) {
    if (!this.bareLoop) return [];
    const parse = (text) => {
      const [call, count] = text.trim().split(' ').map(Number);
      return { call, count };
    };
    return [{ name: 'bare', command: [this.bareLoop, file, directory], env: {}, parse }];
  }

  only(file) {
    return { SSL_CERT_FILE: file, SSL_CERT_DIR: emptyDirectory(this.folder) };
  }
}

function coldCase(bench) {
  const { file, directory } = bench.storePaths;
  return {
    id: 'cold',
    rounds: bench.rounds,
    contenders: [
      ...bench.readers('cold'),
      ...bench.bare(file, directory),
      bench.js('cold', 'empty'),
    ],
    rows: [
      {
        title: "cold `getSystemCAs()`, this machine's store",
        figure: 'call',
        unit: 'ms',
        ...ratios({ bare: 1.5, node: 10, 'system-ca': 5 }, 1.5),
      },
      { title: 'the same, CPU time of all threads', figure: 'cpu', unit: 'ms' },
      { title: '`require()`', figure: 'require', unit: 'ms', ...atMost(5) },
      { title: '`require()` and the first call', figure: 'total', unit: 'ms' },
      { title: 'entries in the answer', figure: 'count', unit: '' },
    ],
  };
}

/** Splits the first row into its phases. */
function phasesCase(bench) {
  return {
    id: 'phases',
    rounds: bench.rounds,
    contenders: [bench.js('phases', 'ours')],
    rows: [
      { title: 'cold, of which: finding and loading the addon', figure: 'addon', unit: 'ms' },
      { title: 'cold, of which: native read', figure: 'native', unit: 'ms' },
      { title: 'cold, of which: options, cache, crossing over', figure: 'glue', unit: 'ms' },
      { title: 'cold, of which: judging, PEM strings', figure: 'answer', unit: 'ms' },
      { title: 'second call, everything still cold', figure: 'again', unit: 'ms' },
    ],
  };
}

function sizedCases(bench) {
  return [1000, 10_000].map((count) => {
    const file = storeFile(bench.folder, count);
    return {
      id: `cold-${String(count)}`,
      rounds: Math.max(3, Math.ceil(bench.rounds / (count > 1000 ? 8 : 3))),
      contenders: [
        ...bench.readers('cold', bench.only(file)),
        ...bench.bare(file, emptyDirectory(bench.folder)),
      ],
      rows: [
        {
          title: `cold, ${count.toLocaleString('en')} certificates in a file`,
          figure: 'call',
          unit: 'ms',
          target: 'linear',
        },
      ],
    };
  });
}

function warmCase(bench) {
  return {
    id: 'warm',
    rounds: Math.max(3, Math.ceil(bench.rounds / 4)),
    contenders: bench.readers('warm'),
    rows: [{ title: 'again, nothing changed', figure: 'call', unit: 'ms', ...atMost(0.1) }],
  };
}

function changeCase(bench) {
  const file = join(bench.folder, 'changing.pem');
  const additions = join(bench.folder, 'additions.json');
  writeFileSync(additions, JSON.stringify(makePems(1_000_000, 1_000_020)));
  const base = storeFile(bench.folder, 1000);
  const readers = bench.readers('change', bench.only(file), file, additions);
  return {
    id: 'change',
    rounds: Math.max(3, Math.ceil(bench.rounds / 6)),
    // Each starts from the same thousand.
    contenders: readers.map((contender) => ({
      ...contender,
      prepare: () => {
        copyFileSync(base, file);
      },
    })),
    rows: [
      { title: 'after a change, 1,000 certificates', figure: 'call', unit: 'ms' },
      {
        title: 'changes noticed (share)',
        figure: 'noticed',
        unit: '',
        target: '1',
        check: ({ ours }) => ours.min === 1,
      },
    ],
  };
}

function asyncCases(bench) {
  const file = storeFile(bench.folder, 10_000);
  const directory = storeDirectory(bench.folder, hugeStore);
  const huge = { SSL_CERT_FILE: join(directory, '0.pem'), SSL_CERT_DIR: directory };
  const rows = (title) => [
    {
      title: `${title}: longest event-loop delay`,
      figure: 'delay',
      unit: 'ms',
      ...atMostMax(10),
    },
    { title: `${title}: widest gap between two turns`, figure: 'gap', unit: 'ms' },
    { title: `${title}: time to the answer`, figure: 'duration', unit: 'ms' },
  ];
  return [
    {
      id: 'async-10000',
      rounds: Math.max(5, Math.ceil(bench.rounds / 6)),
      contenders: [...bench.readers('async', bench.only(file)), bench.js('async', 'empty')],
      rows: rows('async, 10,000 certificates'),
    },
    {
      id: 'async-144000',
      rounds: 3,
      contenders: [bench.js('async', 'ours', huge), bench.js('async', 'empty')],
      rows: rows("async, 1,000 × Debian's store"),
    },
  ];
}

function mergeCase(bench) {
  const file = storeFile(bench.folder, 10_000);
  return {
    id: 'merge',
    rounds: Math.max(3, Math.ceil(bench.rounds / 6)),
    contenders: [bench.js('merge', 'ours', {}, file)],
    rows: [
      { title: 'cold `getTrustedCAs()`', figure: 'cold', unit: 'ms' },
      { title: 'merge of 10,000 user certificates', figure: 'call', unit: 'ms', ...atMost(100) },
      { title: 'the same again', figure: 'again', unit: 'ms' },
    ],
  };
}

function memoryCases(bench) {
  const file = storeFile(bench.folder, 10_000);
  return [
    { id: 'memory', title: "resident memory, this machine's store", env: {} },
    { id: 'memory-10000', title: 'resident memory, 10,000 certificates', env: bench.only(file) },
  ].map(({ id, title, env }) => ({
    id,
    rounds: Math.max(3, Math.ceil(bench.rounds / 6)),
    contenders: bench.readers('memory', env),
    rows: [
      { title: `${title}: loading`, figure: 'load', unit: 'KiB' },
      { title: `${title}: reading`, figure: 'read', unit: 'KiB' },
    ],
  }));
}

/** @returns {Case[]} */
export function createCases(options) {
  const bench = new Bench(options);
  return [
    coldCase(bench),
    phasesCase(bench),
    warmCase(bench),
    changeCase(bench),
    ...sizedCases(bench),
    ...asyncCases(bench),
    mergeCase(bench),
    ...memoryCases(bench),
  ];
}
