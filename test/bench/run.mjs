/**
 * Compares all contenders in one run of fresh processes that take turns; `npm run bench` runs it. Prints Markdown and
 * writes all figures as JSON. It is not part of CI, because it measures speed, not correctness.
 *
 *   npm run bench:store -- [--node PATH]... [--rounds N] [--only ID]... [--json FILE]
 *
 * Each `--node` runs all cases once. The default is this Node and those of test/tools/runtimes that are installed and
 * can list system CAs themselves.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { compileBareLoop } from './bare-loop.mjs';
import { createCases } from './cases.mjs';
import { benchEnvironment, measure } from './measure.mjs';
import { toMarkdown } from './table.mjs';

const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(packageRoot, 'build', 'bench');

const { values: options } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '41' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string', default: join(packageRoot, 'build', 'bench.json') },
  },
});

/** Evaluates an expression in a Node. */
function askNode(node, expression) {
  const args = ['-p', `JSON.stringify(${expression})`];
  return JSON.parse(execFileSync(node, args, { cwd: packageRoot, env: benchEnvironment() }));
}

const hasListing = (node) =>
  askNode(node, "typeof require('tls').getCACertificates") === 'function';

async function defaultNodes() {
  const list = join(packageRoot, 'test', 'tools', 'runtimes', 'runtimes.mjs');
  if (!existsSync(list)) return [process.execPath];
  const { runtimes } = await import(list);
  const lines = ['node-22', 'node-24', 'node-26'].map((name) => runtimes[name]);
  return [process.execPath, ...lines.filter((file) => existsSync(file))];
}

/** Finds the file and the directory from which our reader takes certificates on this machine. */
function findStorePaths(node) {
  const locations = askNode(node, "require('./dist').readSystemStore().locations");
  const read = locations.filter(({ state }) => state === 'read').map(({ location }) => location);
  const isDirectory = (path) => statSync(path).isDirectory();
  return {
    file: read.find((path) => !isDirectory(path)) ?? '/dev/null',
    directory: read.find(isDirectory) ?? '/dev/null',
  };
}

function describeMachine() {
  const [cpu] = cpus();
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GiB`;
  return `${String(cpus().length)} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${memory}, ${process.platform}-${process.arch}`;
}

/** Medians decide. If only the minima meet the target, it says so, because a busy machine or luck may be the reason. */
function verdict(check, figures) {
  if (check(figures)) return 'yes';
  const minima = Object.fromEntries(
    Object.entries(figures).map(([name, { min }]) => [name, { min, median: min, max: min }]),
  );
  return check(minima) ? 'minima only' : '**no**';
}

function runCase({ id, contenders, rounds, rows }) {
  process.stderr.write(
    `  ${id}: ${String(rounds)} rounds of ${contenders.map((c) => c.name).join(', ')}\n`,
  );
  const measured = measure(contenders, rounds);
  return rows.map(({ title, figure, unit, target, check }) => {
    const figures = Object.fromEntries(
      Object.entries(measured)
        .filter(([, all]) => all[figure] !== undefined)
        .map(([name, all]) => [name, all[figure]]),
    );
    const met = check && verdict(check, figures);
    return { case: id, title, figure, unit, target, met, figures, ratio: unit !== '' };
  });
}

function benchNode(node, bareLoop) {
  const version = askNode(node, 'process.version');
  process.stderr.write(`Node ${version}\n`);
  const bench = {
    node,
    hasListing: hasListing(node),
    bareLoop,
    storePaths: findStorePaths(node),
    folder,
    rounds: Number(options.rounds),
  };
  const cases = createCases(bench);
  const ids = cases.map(({ id }) => id);
  const unknown = options.only.filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new Error(`--only ${unknown.join(', ')}: there is ${ids.join(', ')}`);
  }
  const wanted = cases.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  return { node: version, results: wanted.flatMap(runCase) };
}

mkdirSync(folder, { recursive: true });
const machine = describeMachine();
const load = () => loadavg()[0].toFixed(1);
const loadBefore = load();
const bareLoop = compileBareLoop(folder);
const nodes = options.node.length > 0 ? options.node : await defaultNodes();
const runs = [];
for (const node of nodes) runs.push(benchNode(node, bareLoop));

const loads = `${loadBefore} before, ${load()} after`;
console.log(`${machine}; load average ${loads}. Fresh processes, contender after contender.`);
console.log('Cells: min / median (× ours takes of the bare loop; × others take of ours).');
for (const { node, results } of runs) console.log(`\n### Node ${node}\n\n${toMarkdown(results)}`);
mkdirSync(dirname(resolve(options.json)), { recursive: true });
writeFileSync(
  options.json,
  `${JSON.stringify({ machine, loads, date: new Date(), runs }, null, 2)}\n`,
);
process.stderr.write(`\nAll figures: ${options.json}\n`);
