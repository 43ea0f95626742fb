/**
 * Measures what a user waits for: whole processes from start to exit that make one request with node:https or fetch, or
 * use no TLS. Contenders take turns: the runtime as it is (NODE_EXTRA_CA_CERTS names the root), its own flag for the
 * system's store, and ours by register. Prints Markdown and writes JSON. For Linux only, because SSL_CERT_FILE names
 * the store.
 *
 *   npm run bench:start -- [--node PATH]... [--rounds N] [--all] [--quick] [--json FILE]
 *
 * `--node` names any runtime; the default is the installed ones of test/tools/runtimes. `--all` measures options and
 * 1,000 more CAs in each, not only in Node 24; `--quick` runs one round without them, to see that everything works.
 */
import { parseArgs } from 'node:util';

import {
  clients,
  contenderOf,
  identify,
  insideContenders,
  moreWaysOf,
  prepare,
  programs,
  proveVerified,
  waysOf,
} from './start-contenders.mjs';
import { measure, sample, summarize, summarizeFigures } from './measure.mjs';
import {
  LINES,
  installedRuntimes,
  machineFacts,
  markdownTable,
  nodeOptions,
  withScratch,
  writeResults,
} from './nodes.mjs';

/**
 * Compares with another way: differences and ratios of the same round, so that other load on the machine affects both.
 */
function beside(found, base) {
  if (!base || found === base) return undefined;
  const each = (compare) => summarize(found.map(({ ms }, round) => compare(ms, base[round].ms)));
  return { difference: each((ms, other) => ms - other), ratio: each((ms, other) => ms / other) };
}

/** Runs every program in every way in turns, first timed and then with each probe; the result is by program and way. */
function measureWays(runtime, server, { ways, names, rounds }) {
  const run = (programs, probe, count) => {
    const cases = programs.flatMap((program) => Object.keys(ways).map((way) => [program, way]));
    const contenders = cases.map(([program, way]) =>
      contenderOf(runtime, `${program}: ${way}`, ways[way], program, server, probe),
    );
    return sample(contenders, count);
  };
  const few = Math.ceil(rounds / 2);
  const timed = run(names, undefined, rounds);
  const whole = run(names, 'whole', few);
  // A program that makes no request has no time before an answer.
  const blocks = run(
    names.filter((program) => clients.includes(program)),
    'block',
    few,
  );
  const figuresOf = (program) => (way) => {
    const name = `${program}: ${way}`;
    const other = (base) => beside(timed[name], timed[`${program}: ${base}`]);
    const figures = [timed, whole, blocks].map((found) => found[name]).filter(Boolean);
    return {
      ...Object.assign({}, ...figures.map(summarizeFigures)),
      ...{ ofStock: other(ways[way].base ?? 'stock'), ofFlag: other('flag') },
    };
  };
  const all = (list, of) => Object.fromEntries(list.map((name) => [name, of(name)]));
  return all(names, (program) => all(Object.keys(ways), figuresOf(program)));
}

function benchRuntime(runtime, server, { rounds, more }) {
  proveVerified(runtime, server);
  const ways = waysOf(runtime, server.known);
  return {
    start: measureWays(runtime, server, { ways, names: programs, rounds }),
    inside: measure(insideContenders(runtime, server), rounds),
    ...(more && {
      more: measureWays(runtime, server, {
        ...{ ways: moreWaysOf(runtime, server), names: clients, rounds },
      }),
    }),
  };
}

const show = (summary, digits = 1) => summary?.median?.toFixed(digits).replace('-', '−') ?? '–';
const titles = {
  https: 'first `https` answer',
  fetch: 'first `fetch` answer',
  none: 'no TLS used',
};

/** Makes the table of README.md beside this file. */
function overview(results) {
  const cell = ({ stock, flag, ours }) =>
    `${show(stock.ms, 0)} / ${show(flag?.ms, 0)} / ${show(ours.ms, 0)} ` +
    `(${show(ours.ofStock.ratio, 2)}, ${show(ours.ofFlag?.ratio, 2)})`;
  const memory = ({ stock, flag, ours }) =>
    [stock, flag, ours].map((way) => show(way?.mib, 0)).join(' / ');
  return markdownTable(
    ['', ...programs.map((program) => titles[program]), 'peak memory, `https`'],
    Object.entries(results).map(([title, { start }]) => [
      title,
      ...programs.map((program) => cell(start[program])),
      memory(start.https),
    ]),
  );
}

const detailTitles = [
  ...['runtime', 'program', 'way', 'ms', 'least', 'beyond stock', '× stock', '× flag'],
  ...['CPU ms', 'peak, MiB', 'block before the first turn, ms', 'longest block after it, ms'],
];

const details = (title, figures) =>
  Object.entries(figures).flatMap(([program, ways]) =>
    Object.entries(ways).map(([name, way]) => [
      ...[title, program, name, show(way.ms), way.ms.min.toFixed(1)],
      ...[show(way.ofStock?.difference), show(way.ofStock?.ratio, 2), show(way.ofFlag?.ratio, 2)],
      ...[show(way.cpu), show(way.mib), show(way.first), show(way.later)],
    ]),
  );

const steps = { require: '`require`', inject: '`inject()`', tls: '`node:tls`' };
const stepTitles = [...Object.values(steps), 'first context'];

function inside(title, ways) {
  return Object.entries(ways).map(([name, figures]) => [
    ...[title, name],
    ...[...Object.keys(steps), 'context'].map((step) => show(figures[step])),
  ]);
}

function toMarkdown(results, { storeSize }) {
  const all = Object.entries(results);
  const rows = (key, toRows) => all.flatMap(([title, one]) => toRows(title, one[key] ?? {}));
  return [
    `Store of ${storeSize} certificates. Milliseconds from start to exit, stock / flag / ours (ours × stock, × flag):`,
    overview(results),
    'All figures, medians:',
    markdownTable(detailTitles, [...rows('start', details), ...rows('more', details)]),
    'Inside a process, milliseconds of the main thread:',
    markdownTable(['runtime', 'way', ...stepTitles], rows('inside', inside)),
  ].join('\n\n');
}

async function bench(scratch, values) {
  const server = await prepare(scratch);
  const rounds = values.quick ? 1 : Number(values.rounds);
  const results = { ...machineFacts(), rounds, storeSize: server.storeSize, runtimes: {} };
  const binaries =
    values.node.length > 0 ? values.node : await installedRuntimes([...LINES, 'bun', 'deno']);
  try {
    for (const runtime of binaries.map(identify)) {
      process.stderr.write(`${runtime.title}\n`);
      const wantsMore = values.all || runtime.title.startsWith('Node 24.');
      const options = { rounds, more: !values.quick && wantsMore };
      results.runtimes[runtime.title] = benchRuntime(runtime, server, options);
    }
  } finally {
    server.stop();
  }
  console.log(toMarkdown(results.runtimes, results));
  writeResults(values.json, results);
}

const { values } = parseArgs({
  options: {
    ...nodeOptions('start'),
    rounds: { type: 'string', default: '15' },
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
await withScratch((scratch) => bench(scratch, values));
