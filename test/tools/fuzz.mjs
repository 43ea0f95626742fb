/**
 * Fuzzes the readers with libFuzzer under ASan and UBSan, starting from the checked-in corpus.
 *
 *   node test/tools/fuzz.mjs [--seconds=20] [--target=pem] [--summary=FILE] [--keep=DIRECTORY]
 *   node test/tools/fuzz.mjs --learn=DIRECTORY
 *
 * Fails on any finding: a crash, a leak, a broken property, more than ten seconds or 2 GiB for one input. It leaves the
 * input in build/findings. --keep stores what the run discovered in a directory per target; --learn adds the few of
 * those that reach new code to the checked-in corpus.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../native/prebuild/gyp-sources.mjs';
import { compile, findClang, link, sanitizerFlags } from './clang.mjs';
import { coreSources } from './driver-sources.mjs';

const targets = ['pem', 'certificate', 'pkcs7', 'input', 'p11_kit'];
const corpusOf = (target) => path.join(root, 'native/fuzz/corpus', target);
const findings = path.join(root, 'build/findings');

const options = Object.fromEntries(
  process.argv.slice(2).map((argument) => argument.replace(/^--/, '').split('=')),
);
const seconds = Number(options.seconds ?? 20);
const chosen = options.target === undefined ? targets : options.target.split(',');

async function buildTargets(directory) {
  const clang = findClang();
  const flags = [...sanitizerFlags, '-Inative'];
  const instrumented = [...flags, '-fsanitize=fuzzer-no-link'];
  const sources = [...coreSources(), 'native/linux/p11_kit.cc'];
  const core = await compile(clang, sources, instrumented, path.join(directory, 'core'));
  const programs = new Map();
  for (const target of chosen) {
    const source = `native/fuzz/fuzz_${target}.cc`;
    const objects = await compile(clang, [source], instrumented, path.join(directory, target));
    const program = path.join(directory, `fuzz_${target}`);
    await link(clang, [...objects, ...core], [...flags, '-fsanitize=fuzzer'], program);
    programs.set(target, program);
  }
  return programs;
}

/** Runs one program to its end; libFuzzer reports on standard error. */
function execute(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject).on('close', (status) => resolve({ status, output }));
  });
}

async function fuzz(target, program, directory) {
  const found =
    options.keep === undefined
      ? path.join(directory, `found_${target}`)
      : path.join(options.keep, target);
  mkdirSync(found, { recursive: true });
  mkdirSync(findings, { recursive: true });
  const { status, output } = await execute(program, [
    `-max_total_time=${seconds}`,
    '-timeout=10',
    '-rss_limit_mb=2048',
    '-max_len=16384',
    '-print_final_stats=1',
    `-artifact_prefix=${findings}/${target}-`,
    found,
    corpusOf(target),
  ]);
  const executions = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0);
  const passed = status === 0 && executions > 0;
  if (!passed) console.error(output.slice(-8000));
  console.log(
    `fuzz ${target}: ${executions} executions in ${seconds} s, ${passed ? 'no finding' : 'FAILED'}`,
  );
  return { target, executions, passed };
}

/** Adds the inputs of --learn that reach code which the corpus does not; how often they reach it does not count. */
async function learn(target, program) {
  const corpus = corpusOf(target);
  const before = readdirSync(corpus).length;
  const found = path.join(options.learn, target);
  const merge = ['-merge=1', '-set_cover_merge=1', '-use_counters=0', corpus, found];
  const { status, output } = await execute(program, merge);
  if (status !== 0) throw new Error(output.slice(-4000));
  console.log(`fuzz ${target}: ${before} inputs in the corpus, ${readdirSync(corpus).length} now`);
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-fuzz-'));
try {
  const results = [];
  for (const [target, program] of await buildTargets(directory)) {
    if (options.learn !== undefined) await learn(target, program);
    else results.push(await fuzz(target, program, directory));
  }
  const failed = results.filter((result) => !result.passed).length;
  if (options.summary !== undefined) {
    writeFileSync(
      options.summary,
      JSON.stringify({ passed: results.length - failed, failed, results }, null, 2),
    );
  }
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
