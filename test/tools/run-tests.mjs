/**
 * Runs the compiled tests with node:test, the same way on every Node line.
 *
 *   node test/tools/run-tests.mjs [--concurrency=N] [--summary=FILE] [--file-timeout=SECONDS] [--without=test/file.test.ts,…]
 *     [test/folder | test/file.test.ts]...
 *
 * Without arguments it runs every test but the opt-in folders. A run fails when a test fails, when nothing ran, when a
 * file holds no test, when a test is `todo`, and when one is skipped without a reason.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { registryEnvironment, testEnvironment } from './environment.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * These need another platform, a packed tarball, real servers, the machine's own store or much time; `npm run
 * test:matrix` and CI run them.
 */
const optIn = [
  'system',
  'packaging',
  'windows',
  'macos',
  'doctor',
  'report',
  'types',
  'verify-table',
  'distrust-table',
].map((name) => `test/${name}`);
const fileTimeoutSeconds = 180;

function parseArguments(args) {
  const options = Object.fromEntries(
    args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')),
  );
  return {
    concurrency: Number(options.concurrency ?? os.cpus().length),
    summary: options.summary,
    without: options.without?.split(',') ?? [],
    fileTimeoutMs: Number(options['file-timeout'] ?? fileTimeoutSeconds) * 1000,
    chosen: args.filter((arg) => !arg.startsWith('--')),
  };
}

function* testSources(target) {
  const absolute = path.join(root, target);
  if (statSync(absolute).isFile()) {
    yield target;
    return;
  }
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const child = `${target}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules' && !optIn.includes(child)) {
      yield* testSources(child);
    } else if (/\.test\.[cm]?ts$/.test(entry.name)) {
      yield child;
    }
  }
}

/** Finds the output by the source, so that output of an earlier build never runs. */
function compiled(source) {
  const file = path.join(root, source.replace(/^test\//, 'dist-test/').replace(/ts$/, 'js'));
  if (!existsSync(file)) throw new Error(`${source} is not compiled; run npm run build:test`);
  return file;
}

const label = (event) => `${path.relative(root, event.file ?? '')}: ${event.name}`;

/** Counts what a reporter would only print. Node reports `true` for a skip without a reason. */
class Tally {
  passed = 0;
  failed = 0;
  skipped = [];
  problems = [];

  count(type, event) {
    if (event.file !== undefined && path.resolve(root, event.name) === event.file) {
      // A file is reported as a test only when it holds no test, or died before its tests could report.
      if (type === 'test:pass') {
        this.problems.push(`no tests in ${path.relative(root, event.file)}`);
      } else this.failed += 1;
      return;
    }
    const isSuite = event.details?.type === 'suite';
    if (event.todo !== undefined && event.todo !== false) {
      this.problems.push(`todo: ${label(event)}`);
    } else if (event.skip !== undefined && event.skip !== false) {
      const reason = typeof event.skip === 'string' ? event.skip : '';
      this.skipped.push({ test: label(event), reason });
      if (reason === '') this.problems.push(`skipped without a reason: ${label(event)}`);
    } else if (type === 'test:fail') {
      if (event.details?.error?.failureType !== 'subtestsFailed') this.failed += 1;
    } else if (!isSuite) {
      this.passed += 1;
    }
  }

  finish() {
    if (this.passed === 0) this.problems.push('no test ran');
    for (const { test, reason } of this.skipped) console.log(`skipped: ${test} (${reason})`);
    for (const problem of this.problems) console.log(`problem: ${problem}`);
    const failed = this.failed + this.problems.length;
    const skipped = this.skipped.length > 0 ? `, ${this.skipped.length} skipped` : '';
    console.log(`Node ${process.versions.node}: ${this.passed} passed, ${failed} failed${skipped}`);
    return { passed: this.passed, failed, skipped: this.skipped };
  }
}

async function main() {
  const { concurrency, summary, without, fileTimeoutMs, chosen } = parseArguments(
    process.argv.slice(2),
  );
  const targets = chosen.length > 0 ? chosen : ['test'];
  const files = targets
    .flatMap((target) => [...testSources(target.replace(/\/$/, ''))])
    .filter((file) => !without.includes(file));
  if (files.length === 0) throw new Error(`no test files under ${targets.join(', ')}`);

  // node:test gives its own environment to the processes it starts.
  const environment = { ...testEnvironment(), ...registryEnvironment() };
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  Object.assign(process.env, environment);

  const tally = new Tally();
  const events = run({ files: files.map(compiled).sort(), concurrency, timeout: fileTimeoutMs });
  events.on('test:pass', (event) => tally.count('test:pass', event));
  events.on('test:fail', (event) => tally.count('test:fail', event));
  for await (const chunk of events.compose(new spec())) process.stdout.write(chunk);

  const result = tally.finish();
  if (summary !== undefined) writeFileSync(summary, JSON.stringify(result, null, 2));
  process.exitCode = result.failed > 0 ? 1 : 0;
}

await main();
