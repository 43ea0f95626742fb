/**
 * Tests everything about the macOS backend that can be shown without a Mac: `npm run test:macos-fake`.
 *
 * 1. The C++ tests against a fake CoreFoundation and Security, under ASan/UBSan and TSan.
 * 2. Seeded bugs, each of which those tests must catch.
 * 3. The JavaScript API over the backend compiled for Linux.
 * 4. The addon cross-compiled for macOS: checked as a file, built twice with the same result, and its x86_64 and arm64 code
 *    run inside Linux Node, the latter in qemu, under the same JavaScript tests.
 *
 * Missing tools are installed where apt can; nothing is ever skipped. With --prebuilt the file in prebuilds/ is checked
 * and run.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../native/prebuild/gyp-sources.mjs';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { addonProblems, readMachO } from '../../native/prebuild/mach-o.mjs';
import { testEnvironment } from '../tools/environment.mjs';

const execute = promisify(execFile);
const started = performance.now();
const isPrebuilt = process.argv.includes('--prebuilt');
const arm64Node = path.join(root, 'test/tools/runtimes/node_modules/node-24-arm64/bin/node');
const emulator = 'qemu-aarch64 -L /usr/aarch64-linux-gnu';

const results = { passed: 0, failed: 0 };

async function step(name, work) {
  const start = performance.now();
  let problem;
  try {
    await work();
    results.passed++;
  } catch (error) {
    problem = error;
    results.failed++;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${problem ? 'not ok' : 'ok'} ${name} (${seconds} s)`);
  if (problem) console.log(String(problem.message ?? problem).replace(/^/gm, '    '));
}

/** Commands, by the Debian package that brings them. */
const tools = [
  ['clang-19', 'clang++-19'],
  ['libclang-rt-19-dev', '/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.tsan-x86_64.a'],
  ['lld-19', 'ld64.lld-19'],
  ['llvm-19', 'llvm-lipo-19'],
  ['qemu-user', 'qemu-aarch64'],
  ['libc6-arm64-cross', '/usr/aarch64-linux-gnu/lib/libc.so.6'],
  ['libstdc++6-arm64-cross', '/usr/aarch64-linux-gnu/lib/libstdc++.so.6'],
];

const isThere = (tool) =>
  path.isAbsolute(tool)
    ? existsSync(tool)
    : process.env.PATH.split(':').some((folder) => existsSync(path.join(folder, tool)));

function installTools() {
  const missing = () => tools.filter(([, tool]) => !isThere(tool)).map(([name]) => name);
  if (missing().length > 0) {
    const sudo = process.getuid() === 0 ? [] : ['sudo'];
    const apt = (...args) => {
      const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
      execFileSync(command, rest, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    };
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...missing());
  }
  if (missing().length > 0) throw new Error(`not installed: ${missing().join(', ')}`);
  installPinned(path.join(root, 'native/prebuild'));
}

async function runTests(binary, { timeout = 240_000, env = {} } = {}) {
  const { stdout } = await execute(binary, [], {
    timeout,
    maxBuffer: 1 << 26,
    env: { ...testEnvironment(), ...env },
  }).catch((error) => {
    const report = `${error.stdout}${error.stderr}`
      .split('\n')
      .filter((line) => !/^ok /.test(line));
    throw new Error(report.slice(0, 60).join('\n') || error.message, { cause: error });
  });
  return stdout.trim().split('\n').at(-1);
}

async function testMutants(build, plain) {
  const { mutations, writeMutant } = await import('./mutations.mjs');
  const survivors = await Promise.all(
    mutations.map(async (mutation, index) => {
      const folder = path.join(build.buildDirectory, 'mutants', String(index));
      const file = writeMutant(mutation, folder);
      const binary = await build.buildMutant(plain, mutation.source, file, folder);
      // Some bugs show as waiting in vain, which needs no core. The tests alone take half a second.
      const killed = await runTests(binary, { timeout: 25_000 }).then(
        () => false,
        () => true,
      );
      return killed ? [] : [mutation.name];
    }),
  );
  const names = survivors.flat();
  if (names.length > 0) throw new Error(`nobody noticed:\n${names.join('\n')}`);
  console.log(`    ${mutations.length} seeded bugs, all noticed`);
}

const testFiles = readdirSync(path.join(root, 'test/macos'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.join(root, 'dist-test/macos', name.replace(/ts$/, 'js')));

/** Each file in a process of its own, run directly: node --test would start processes that qemu does not know. */
/**
 * Linux' unwinder cannot pass Mach-O code, so an exception that node-addon-api throws and catches itself ends the
 * process here and nowhere else, for example when a worker ends just as its read returns.
 */
function isUnwinding({ stdout = '', stderr = '' }, { OS_TRUSTSTORE_TEST_MACH_O: machO }) {
  const end = 'terminating due to uncaught exception of type Napi::Error';
  return machO !== undefined && `${stdout}${stderr}`.includes(end);
}

async function testJavaScript(
  { package: folder, fake },
  { node = [process.execPath], env = {} } = {},
) {
  for (const file of testFiles) {
    if (!existsSync(file)) throw new Error(`${file} is not compiled; run npm run build:test`);
    const [command, ...args] = [...node, '--test-reporter=tap', file];
    const run = () =>
      execute(command, args, {
        timeout: 240_000,
        maxBuffer: 1 << 26,
        cwd: root,
        env: { ...testEnvironment(), MACOS_TEST_PACKAGE: folder, MACOS_TEST_FAKE: fake, ...env },
      });
    const child = await run()
      .catch((error) => {
        if (!isUnwinding(error, env)) throw error;
        console.log(`    ${path.basename(file)}: an exception met Mach-O code; once more`);
        return run();
      })
      .catch((error) => {
        const output = `${error.stdout}${error.stderr}` || error.message;
        throw new Error(`${path.basename(file)}\n${output}`, { cause: error });
      });
    const count = (what) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(child.stdout)?.[1]);
    if (!(count('pass') > 0) || count('fail') !== 0 || count('skipped') !== 0) {
      throw new Error(`${path.basename(file)}\n${child.stdout}`);
    }
    console.log(`    ${path.basename(file)}: ${count('pass')} passed`);
  }
}

async function buildMachO(build) {
  const { buildAddon, nodeApiSymbols } = await import('../../native/prebuild/macos/toolchain.mjs');
  const folder = isPrebuilt
    ? 'prebuilds/darwin-x64+arm64'
    : path.join(build.buildDirectory, 'darwin');
  const output = path.resolve(root, folder, 'os-truststore.node');
  if (!isPrebuilt) await buildAddon({ output });
  const good = readFileSync(output);
  const problems = addonProblems(good, nodeApiSymbols());
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return output;
}

/** Rebuilds only one slice, the quicker one to compare, because both are built alike. */
async function buildAgain(build, machO) {
  const { buildAddon } = await import('../../native/prebuild/macos/toolchain.mjs');
  const output = path.join(build.buildDirectory, 'darwin-again/os-truststore.node');
  await buildAddon({ output, processors: ['arm64'] });
  const arm64 = (file) =>
    readMachO(readFileSync(file)).find(({ architecture }) => architecture === 'arm64').bytes;
  if (!arm64(machO).equals(arm64(output))) throw new Error('a second build differs');
}

function checkChecker(good) {
  const complaint = (bytes) => addonProblems(bytes, new Set()).join('\n');
  const flipped = Buffer.from(good);
  flipped[readMachO(good)[0].offset + 8192] ^= 1;
  const expectations = [
    [/hash of page/, complaint(flipped)],
    [/_napi_create_object/, complaint(good)],
    [/./, complaint(good.subarray(0, 100))],
    [/not a 64-bit Mach-O/, complaint(Buffer.from('\x7fELF'.padEnd(64)))],
    [
      /holds arm64/,
      complaint(readMachO(good).find(({ architecture }) => architecture === 'arm64').bytes),
    ],
  ];
  for (const [pattern, actual] of expectations) {
    if (!pattern.test(actual)) throw new Error(`${pattern} is not among the problems:\n${actual}`);
  }
}

await step('tools are there', async () => installTools());
const build = await import('./build.mjs');
mkdirSync(build.buildDirectory, { recursive: true });

const plain = await build.compilePlain();
await step('C++ tests', async () => {
  const binary = await build.linkTests(plain);
  console.log(`    ${await runTests(binary)}`);
});
for (const sanitizer of ['address,undefined', 'thread']) {
  await step(`C++ tests with -fsanitize=${sanitizer}`, async () => {
    const binary = await build.buildSanitized(sanitizer, plain);
    console.log(`    ${await runTests(binary)}`);
  });
}
await step('seeded bugs are noticed', () => testMutants(build, plain));
await step('JavaScript API over the backend compiled for Linux', async () => {
  await testJavaScript(await build.buildLinuxAddon(plain));
});

let machO;
await step('the Mach-O file is what macOS 11 loads', async () => {
  machO = await buildMachO(build);
  checkChecker(readFileSync(machO));
});
await step('a second build gives the same bytes', () => buildAgain(build, machO));
const env = { OS_TRUSTSTORE_TEST_MACH_O: machO };
await step('JavaScript API over the Mach-O file, x86_64', async () => {
  await testJavaScript(await build.buildMachORunner('x86_64', machO), { env });
});
await step('JavaScript API over the Mach-O file, arm64 in qemu', async () => {
  installPinned(path.join(root, 'test/tools/runtimes'));
  await testJavaScript(await build.buildMachORunner('aarch64', machO), {
    node: [...emulator.split(' '), arm64Node],
    env: { ...env, MACOS_TEST_EMULATOR: emulator },
  });
});

const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${results.passed} passed, ${results.failed} failed, ${seconds} s`);
process.exitCode = results.failed === 0 ? 0 : 1;
