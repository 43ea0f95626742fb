/**
 * Runs Node core's own tests of TLS, HTTP/2, agents and workers: with os-truststore loaded they must end as without.
 *
 *   node test/system/node-core/run.mjs [--node=PATH] [--filter=REGEX] [--jobs=N] [--modes=MODE,...]
 *
 * Each test runs stock and in the modes of test/system/README.md. Where stock fails, the test is for another version of
 * Node or another machine, and is set aside. A difference that shows again when the test runs alone is reported, and
 * fails the run unless explained.mjs has a line for it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { testEnvironment } from '../../tools/environment.mjs';
import { explained } from './explained.mjs';
import { fetchTests, installPackage, tree } from './sources.mjs';

const chosen = /^test-(tls|https|http2|http-agent|worker).*\.m?js$/;
const timeLimitMs = 60_000;
/** How often a difference must show again, alone, to be one. */
const repetitions = 2;

const register = '--require os-truststore/register';
const verify = {
  OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1',
  OS_TRUSTSTORE_REVOCATION: 'soft-fail',
};
const modes = {
  stock: () => ({}),
  register: () => ({ NODE_OPTIONS: register }),
  verification: () => ({ NODE_OPTIONS: register, ...verify }),
  exclusion: (node) => ({ NODE_OPTIONS: register, OS_TRUSTSTORE_EXCLUDE: ask(node, someRoot) }),
  agents: () => ({ NODE_OPTIONS: `${register} --require verifying-agents` }),
};
/** Modes that make no difference to most tests. */
const limits = { agents: /^test-https/ };

/** One of Node's own roots, so that something is removed from what it trusts, and not only added. */
const someRoot =
  'new (require("crypto").X509Certificate)(require("tls").rootCertificates[0]).fingerprint256';

function ask(node, expression) {
  const { stdout } = spawnSync(node, ['-p', expression], {
    encoding: 'utf8',
    env: testEnvironment(),
  });
  return stdout.trim();
}

function parseArguments(args) {
  const options = Object.fromEntries(args.map((arg) => arg.replace(/^--/, '').split(/=(.*)/s)));
  return {
    node: path.resolve(options.node ?? process.execPath),
    filter: new RegExp(options.filter ?? ''),
    jobs: Number(options.jobs ?? os.cpus().length),
    chosenModes: options.modes?.split(',') ?? Object.keys(modes).slice(1),
  };
}

/** Reads them as Node's own runner does. */
function flagsOf(file) {
  const lines = readFileSync(file, 'utf8').matchAll(/^\/\/ Flags:(.*)$/gm);
  return [...lines].flatMap(([, flags]) => flags.trim().split(/\s+/));
}

/**
 * Returns the environments for a Node's runs, one for each mode.
 *
 * @param version - the version of the tests, because they know the globals of no other
 */
function environmentsOf(node, version) {
  const major = (text) => /\d+/.exec(text)[0];
  const common = {
    ...testEnvironment(),
    // A user's own CAs must not take part.
    XDG_CONFIG_HOME: '/nonexistent',
    XDG_CACHE_HOME: tree,
    // No server listens there, so the addresses in the tests' certificates lead nowhere.
    http_proxy: 'http://127.0.0.1:9',
    TEST_PARALLEL: '1',
    ...(major(ask(node, 'process.version')) === major(version)
      ? {}
      : { NODE_TEST_KNOWN_GLOBALS: '0' }),
  };
  return Object.fromEntries(
    Object.entries(modes).map(([mode, more]) => [mode, { ...common, ...more(node) }]),
  );
}

/** `job` separates the temporary folders of tests that run at the same time. */
function startTest({ node, environments }, name, mode, job) {
  const file = path.join('test/parallel', name);
  return spawn(node, [...flagsOf(path.join(tree, file)), file], {
    cwd: tree,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environments[mode], TEST_THREAD_ID: String(job) },
  });
}

const running = new Set();

/** Also ends what the test has started, because that would hold its output open. */
function end(child) {
  running.delete(child);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Everything has already ended.
  }
}

/** @returns `passed`, `skipped`, or how it failed; with its output */
function runTest(subject, name, mode, job) {
  const child = startTest(subject, name, mode, job);
  running.add(child);
  let text = '';
  let late = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  }
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, timeLimitMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      clearTimeout(timer);
      end(child);
    });
    child.on('close', (code, signal) => {
      const skipped = /^1\.\.0 # Skipped/m.test(text) ? 'skipped' : 'passed';
      const failure = late ? 'timed out' : `ended with ${code ?? signal}`;
      const warning = /\] TruststoreWarning: /.test(text)
        ? ', with a warning of os-truststore'
        : '';
      resolve({ outcome: `${code === 0 ? skipped : failure}${warning}`, text });
    });
  });
}

/** Runs `work` for each item, as many at a time as there are jobs. */
async function inParallel(items, jobs, work) {
  const queue = [...items];
  const worker = async (job) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, job);
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => worker(job + 1)));
}

/** Runs it alone and beside stock, so that a busy machine makes no difference. */
async function showsAgain(subject, name, mode) {
  for (let time = 0; time < repetitions; time++) {
    const plain = await runTest(subject, name, 'stock', 0);
    const loaded = await runTest(subject, name, mode, 0);
    if (plain.outcome === loaded.outcome) return false;
    if (!/passed|skipped/.test(plain.outcome)) return false;
  }
  return true;
}

function explanationOf({ name, mode }) {
  return explained.find(
    ({ test, modes: where }) => `${test}.js` === name && (where?.includes(mode) ?? true),
  );
}

async function compare(subject, { jobs, chosenModes }, names) {
  const counts = { passed: 0, skipped: 0 };
  const setAside = [];
  const suspects = [];
  await inParallel(names, jobs, async (name, job) => {
    const stock = await runTest(subject, name, 'stock', job);
    if (!(stock.outcome in counts)) {
      setAside.push(name);
      return;
    }
    counts[stock.outcome]++;
    for (const mode of chosenModes.filter((one) => limits[one]?.test(name) ?? true)) {
      const { outcome, text } = await runTest(subject, name, mode, job);
      if (outcome === stock.outcome) continue;
      suspects.push({ name, mode, outcome, stock: stock.outcome, text });
      console.log(`suspected  ${name} (${mode}): ${outcome}, stock ${stock.outcome}`);
    }
  });
  const differences = [];
  for (const suspect of suspects) {
    const isDifference =
      explanationOf(suspect) !== undefined ||
      (await showsAgain(subject, suspect.name, suspect.mode));
    if (isDifference) differences.push(suspect);
  }
  return { counts, setAside, differences };
}

function report({ counts, setAside, differences }, logs) {
  const found = differences.sort((a, b) => a.name.localeCompare(b.name));
  for (const difference of found) {
    const { name, mode, outcome, stock, text } = difference;
    writeFileSync(path.join(logs, `${name}.${mode}.log`), text);
    const why = explanationOf(difference)?.why;
    console.log(
      `${why ? 'explained' : 'DIFFERENT'}  ${name} (${mode}): ${outcome}, stock ${stock}`,
    );
    if (why) console.log(`           ${why}`);
  }
  writeFileSync(path.join(logs, 'set-aside.txt'), setAside.sort().join('\n'));
  const unexplained = found.filter((difference) => !explanationOf(difference));
  console.log(
    `node core: ${counts.passed} passed and ${counts.skipped} skipped stock, ${setAside.length} set aside, ` +
      `${found.length} differences, ${unexplained.length} of them unexplained`,
  );
  if (unexplained.length > 0) console.log(`what they printed: ${logs}`);
  return unexplained.length === 0 && counts.passed > 0;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running.forEach(end);
    process.exit(1);
  });
}

const options = parseArguments(process.argv.slice(2));
const version = fetchTests();
installPackage();
const names = readdirSync(path.join(tree, 'test/parallel')).filter(
  (name) => chosen.test(name) && options.filter.test(name),
);
const subject = { node: options.node, environments: environmentsOf(options.node, version) };
const logs = path.join(tree, '../logs', path.basename(path.resolve(options.node, '../..')));
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });
console.log(`node core: ${names.length} tests of ${version}, run by ${options.node}`);
process.exitCode = report(await compare(subject, options, names), logs) ? 0 : 1;
