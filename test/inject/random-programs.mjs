/**
 * Runs random small programs, stock and under register: exit code, output and warnings must never differ because of us.
 *
 *   node test/inject/random-programs.mjs [--count=250] [--seed=1] [--node=PATH]
 *
 * Each program has its own seed, counting from `--seed`: `--count=1 --seed=N` runs one again.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { testEnvironment } from '../tools/environment.mjs';
import { randomProgram } from './random/program.mjs';

const require = createRequire(import.meta.url);

/** Programs that answer differently each time prove nothing, so there must be few. */
const unsteadyShare = 0.05;
const parallel = 2;

/** Options of register; most often none. */
const settings = [
  ...[{}, {}, {}, {}, {}, {}],
  { OS_TRUSTSTORE_CHILD_PROCESSES: '1' },
  { OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1' },
  { OS_TRUSTSTORE_REVOCATION: 'soft-fail' },
  { OS_TRUSTSTORE_WATCH: '1' },
  { OS_TRUSTSTORE_WORKERS: '0' },
];

const files = {
  // Flags alone change the order of turns and some errors. So ours is compared with a package that does nothing.
  'node_modules/nothing/register.js': '',

  'thread.cjs': `require('node:https'); require('node:worker_threads').parentPort.postMessage('cjs');`,
  'thread.mjs': `import { promisify } from 'node:util'; import { parentPort, workerData } from 'node:worker_threads';
parentPort.postMessage(['mjs', typeof promisify, workerData]);`,
  'thread-lib.mjs': `import 'node:util'; export const answer = 42;`,
  'forked.cjs': `import('node:util').then(() => process.send?.(['forked', process.argv.length]));`,
};

async function prepare() {
  const { InstalledProject, registerWays } = require('../../dist-test/helpers/installed.js');
  const { createCertificate } = require('../../dist-test/helpers/pki.js');
  const project = new InstalledProject();
  const { pem, keyPem } = await createCertificate({ commonName: 'a stranger', ip: ['127.0.0.1'] });
  project.write('identity.pem', pem + keyPem);
  for (const [name, text] of Object.entries(files)) project.write(name, text);
  mkdirSync(path.join(project.path, 'home'));
  const home = path.join(project.path, 'home');
  // Warnings are shown, as in most environments.
  const env = { ...testEnvironment(), XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home };
  return { project, ways: registerWays, env };
}

/**
 * Removes what differs between any two runs, and the lines of a stack, because ours are among them where an error is
 * thrown through `tls`.
 */
function comparable({ status, stdout, stderr }) {
  const steady = (text) =>
    text
      .replaceAll(/\(node:\d+\)/g, '(node)')
      .replaceAll(/^ +at .*\n/gm, '')
      .replaceAll(/\(rejection id: \d+\)/g, '')
      // Node 26 shows that the class is a proxy; name, text and instances are the same.
      .replaceAll(
        'Proxy([class Worker extends EventEmitter])',
        '[class Worker extends EventEmitter]',
      )
      .replaceAll(/0x[0-9a-f]+/g, '0x');
  // The native stack of process.abort() consists of addresses.
  const complaint = steady(stderr).replaceAll(/^ *\d+: 0x.*\n/gm, '');
  return JSON.stringify({ status, stdout: steady(stdout), stderr: complaint }, null, 1);
}

/** @returns undefined where both ran alike */
async function compare({ project, ways, env }, seed, node) {
  const { text, file, flags } = randomProgram(seed);
  if (file !== undefined) project.write(file, text);
  const way = ways[seed % ways.length];
  const set = settings[seed % settings.length];
  const args = [...flags, ...(file === undefined ? [] : [file])];
  const run = async (register) =>
    comparable(await project.run(way, args, { ...env, ...set }, { node, register }));
  const [nothing, ours] = ['nothing/register.js', 'os-truststore/register'];
  const [stock, injected] = [await run(nothing), await run(ours)];
  if (stock === injected) return undefined;
  // A second run decides whether the difference is chance.
  const isSteady = (await run(nothing)) === stock && (await run(ours)) === injected;
  const shown = flags.filter((flag) => flag !== text);
  const how = [way, JSON.stringify(set), ...shown].join(' ');
  return { seed, how, text, stock, injected, isSteady };
}

function report({ seed, how, text, stock, injected, isSteady }) {
  const often = isSteady ? '' : ', once of two times';
  console.log(`\n--- seed ${seed}, ${how}${often}\n${text}`);
  console.log(`--- stock\n${stock}\n--- injected\n${injected}\n`);
}

async function main() {
  const given = process.argv.slice(2).map((arg) => arg.replace(/^--/, '').split('='));
  const { count = 250, seed = 1, node = process.execPath } = Object.fromEntries(given);
  const prepared = await prepare();
  const outcomes = [];
  const last = Number(seed) + Number(count);
  let next = Number(seed);
  const work = async () => {
    while (next < last) {
      const outcome = await compare(prepared, next++, node);
      outcomes.push(outcome);
      if (outcome) report(outcome);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const differences = outcomes.filter((outcome) => outcome?.isSteady);
  const unsteady = outcomes.filter((outcome) => outcome && !outcome.isSteady);
  for (const outcome of unsteady) console.log(`unsteady: seed ${outcome.seed}, ${outcome.how}`);
  const isWorthIt = outcomes.length === Number(count) && unsteady.length <= count * unsteadyShare;
  if (!isWorthIt) {
    console.log(`problem: ${outcomes.length} ran, of which ${unsteady.length} unsteady`);
  }
  const failed = differences.length + (isWorthIt ? 0 : 1);
  const passed = outcomes.length - differences.length - unsteady.length;
  const from = `seeds ${seed} to ${last - 1}, ${unsteady.length} unsteady`;
  console.log(`random programs: ${passed} passed, ${failed} failed (${from})`);
  process.exitCode = failed > 0 ? 1 : 0;
}

await main();
