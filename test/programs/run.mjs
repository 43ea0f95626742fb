/**
 * Runs programs that people use, stock and then with register as README names it: exit code and output must be the
 * same.
 *
 *   node test/programs/run.mjs [--summary=FILE] [line | program]...
 *
 * The library is installed in a folder above theirs and found by its name.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { testEnvironment } from '../tools/environment.mjs';
import { installRuntimes } from '../tools/runtimes/runtimes.mjs';
import { difference, normalised } from './compare.mjs';
import { programs } from './programs.mjs';
import { runProgram } from './process.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const lines = [18, 20, 22, 24, 26];
const parallel = 2;
/**
 * How often stock may run until one of its outputs equals the injected one, because the order of parallel work varies.
 */
const stockRuns = 3;

/** The ways to name register, and which programs start with each. */
const variants = [
  {
    name: '--require',
    env: { NODE_OPTIONS: '--require os-truststore/register' },
    applies: () => true,
  },
  {
    name: '--import',
    env: { NODE_OPTIONS: '--import os-truststore/register' },
    // With --import, Node loads the program itself differently, whatever is imported.
    stock: { NODE_OPTIONS: '--import data:text/javascript,' },
    applies: ({ slow }, line) => [22, 26].includes(line) && slow !== true,
  },
  {
    name: 'fetchIntermediates',
    env: {
      NODE_OPTIONS: '--require os-truststore/register',
      OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1',
    },
    applies: ({ verified }) => verified === true,
  },
];

/** No colours, no questions, nothing kept between runs, and no network but loopback. */
const quiet = {
  ...{ NO_COLOR: '1', CI: '1', NEXT_TELEMETRY_DISABLED: '1', YARN_ENABLE_TELEMETRY: '0' },
  ...{ npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false' },
  npm_config_logs_max: '0',
  YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
  ...{ NO_UPDATE_NOTIFIER: '1', XDG_CONFIG_HOME: '/nonexistent', YARN_ENABLE_NETWORK: '0' },
};

/** Makes a folder in which programs and the library as npm installs it are found, and a root that is not trusted. */
async function prepare() {
  const { InstalledProject } = require('../../dist-test/helpers/installed.js');
  const project = new InstalledProject().path;
  // Yarn would take everything below it for parts of it.
  rmSync(path.join(project, 'package.json'));
  const scratch = path.join(project, 'programs');
  mkdirSync(scratch);
  const from = path.join(folder, 'node_modules');
  // These are fifty thousand files: links where the file system can, else copies.
  const copied = ['-al', '-a'].some(
    (flag) => spawnSync('cp', [flag, from, scratch], { stdio: 'ignore' }).status === 0,
  );
  if (!copied) throw new Error(`${from} could not be copied to ${scratch}`);
  const { createCertificate } = require('../../dist-test/helpers/pki.js');
  const ca = await createCertificate({ commonName: 'Programs' });
  const leaf = await createCertificate({
    ...{ commonName: 'localhost', issuer: ca, ca: false },
    ...{ dns: ['localhost'], ip: ['127.0.0.1'] },
  });
  const tls = path.join(scratch, 'tls');
  mkdirSync(tls);
  writeFileSync(path.join(tls, 'ca.pem'), ca.pem);
  writeFileSync(path.join(tls, 'cert.pem'), leaf.pem);
  writeFileSync(path.join(tls, 'key.pem'), leaf.keyPem);
  return scratch;
}

/** Resolves to the first command of a package, a file of one, or the argument itself. */
function started(scratch, [first, ...rest]) {
  if (/^[.-]/.test(first)) return [first, ...rest];
  const installed = path.join(scratch, 'node_modules', first);
  if (/\.[cm]?js$/.test(first)) return [installed, ...rest];
  const { bin } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  return [path.join(installed, typeof bin === 'string' ? bin : Object.values(bin)[0]), ...rest];
}

/** Runs one program on one line of Node; every run finds the same paths and nothing of an earlier run. */
class Trial {
  constructor(scratch, node, line, program) {
    Object.assign(this, { scratch, node, line, program });
    this.place = path.join(scratch, `node-${line}`, program.name.replace(/[^\w.-]+/g, '-'));
  }

  async run(extra) {
    const at = (name) => path.join(this.place, name);
    rmSync(this.place, { recursive: true, force: true, maxRetries: 3 });
    for (const name of ['home', 'tmp']) mkdirSync(at(name), { recursive: true });
    cpSync(path.join(folder, 'fixtures', this.program.in ?? 'project'), at('app'), {
      recursive: true,
    });
    const env = {
      ...testEnvironment(),
      ...quiet,
      ...{ HOME: at('home'), TMPDIR: at('tmp'), FIXTURE_TLS: path.join(this.scratch, 'tls') },
      PATH: `${path.dirname(this.node)}${path.delimiter}${process.env.PATH}`,
      ...extra,
    };
    const args = started(this.scratch, this.program.start);
    return normalised(await runProgram(this.node, args, { cwd: at('app'), env }));
  }

  /** Returns what is wrong with stock, because then there is nothing to compare with. */
  stockProblem({ exit, stdout, stderr }) {
    const { exit: expected = 0, prints } = this.program;
    if (exit !== expected) return `stock ended with ${exit}\n${stdout}${stderr}`;
    if (!`${stdout}${stderr}`.includes(prints)) {
      return `stock did not print ${prints}\n${stdout}${stderr}`;
    }
    return undefined;
  }

  /** Returns a row for each variant: what differs, or undefined. */
  async compare() {
    const first = await this.run({});
    const problem = this.stockProblem(first);
    if (problem !== undefined) return [{ variant: 'stock', problem }];
    const rows = [];
    for (const variant of variants.filter(({ applies }) => applies(this.program, this.line))) {
      const { warned, ...injected } = withoutWarnings(await this.run(variant.env));
      const isVerified = 'OS_TRUSTSTORE_FETCH_INTERMEDIATES' in variant.env;
      if (warned !== (isVerified && this.program.warns?.(this.line) === true)) {
        const problem = `${warned ? 'a warning' : 'no warning'} that an option does not apply`;
        rows.push({ variant: variant.name, problem });
        continue;
      }
      let found = difference(first, injected);
      for (let left = stockRuns - 1; found !== undefined && left > 0; left -= 1) {
        const again = difference(await this.run(variant.stock ?? {}), injected);
        if (again === undefined) found = undefined;
      }
      rows.push({ variant: variant.name, problem: found });
    }
    return rows;
  }
}

/** Removes our warning that a mocking library prevents verification, and nothing else. */
function withoutWarnings({ stderr, ...rest }) {
  const ours =
    /^\(node:<pid>\) \[ERR_TRUSTSTORE_NOT_REACHED\].*\n(\(Use `node --trace-warnings .*\n)?/gm;
  return { ...rest, stderr: stderr.replace(ours, ''), warned: ours.test(stderr) };
}

/** Checks that a variant really injects, because otherwise nothing would differ. */
async function checkVariants(scratch, node, line) {
  const loaded = 'Object.keys(require.cache).some((file) => file.includes("os-truststore/dist"))';
  const program = { name: 'is it injected', start: ['-p', loaded] };
  const trial = new Trial(scratch, node, line, program);
  for (const { name, env, expected = 'true' } of [
    { name: 'stock', env: {}, expected: 'false' },
    ...variants.filter(({ applies }) => applies({ verified: true }, line)),
  ]) {
    const { stdout, stderr } = await trial.run(env);
    if (stdout.trim() !== expected) {
      throw new Error(`Node ${line}, ${name}: register is loaded: ${stdout}${stderr}`);
    }
  }
}

const supported = ({ from = 18, lines: only }, line) =>
  line >= from && (only === undefined || only.includes(line));

/** Runs every program of the table on its lines, two at a time, slow ones first. */
async function runTrials(trials) {
  const waiting = [...trials];
  const counts = { passed: 0, failed: 0 };
  const worker = async () => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      for (const { variant, problem } of await trial.compare()) {
        counts[problem === undefined ? 'passed' : 'failed'] += 1;
        if (problem === undefined) continue;
        console.log(`Node ${trial.line}, ${trial.program.name}, ${variant}: ${problem}`);
      }
      rmSync(trial.place, { recursive: true, force: true, maxRetries: 3 });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return counts;
}

async function main() {
  const args = process.argv.slice(2);
  const summary = args.find((arg) => arg.startsWith('--summary='))?.slice('--summary='.length);
  const chosen = args.filter((arg) => !arg.startsWith('--'));
  const chosenLines = lines.filter((line) => chosen.includes(String(line)));
  const names = chosen.filter((arg) => !lines.includes(Number(arg)));
  const unknown = names.find((name) => programs.every((program) => program.name !== name));
  if (unknown !== undefined) throw new Error(`no line and no program ${unknown}`);
  installPinned(folder);
  const runtimes = installRuntimes();
  const scratch = await prepare();
  let counts;
  try {
    const trials = [];
    for (const line of chosenLines.length > 0 ? chosenLines : lines) {
      const node = runtimes[`node-${line}`];
      await checkVariants(scratch, node, line);
      for (const program of programs) {
        if (!supported(program, line)) continue;
        if (names.length > 0 && !names.includes(program.name)) continue;
        trials.push(new Trial(scratch, node, line, program));
      }
    }
    trials.sort((a, b) => programs.indexOf(a.program) - programs.indexOf(b.program));
    counts = await runTrials(trials);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (counts.passed === 0) counts.failed += 1;
  console.log(`programs: ${counts.passed} passed, ${counts.failed} failed`);
  if (summary !== undefined) writeFileSync(summary, JSON.stringify(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

await main();
