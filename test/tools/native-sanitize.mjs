/**
 * Runs the native code under AddressSanitizer, UndefinedBehaviorSanitizer and leak checking.
 *
 *   node test/tools/native-sanitize.mjs [--summary=FILE]
 *
 * Three runs: the native tests with the addon itself sanitized (without leak checks, because Node leaks); the native
 * tests with a sanitized driver, which also checks for leaks; and that driver over the fuzz corpus and this machine's
 * store. Needs compiled tests (`npm run build:test`). Anything missing is reported in one line and is a failure.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { headerDirectory } from '../../native/build.mjs';
import { Missing } from '../../native/prebuild/missing.mjs';
import { addonSources, root } from '../../native/prebuild/gyp-sources.mjs';
import { compile, findClang, link, sanitizerFlags } from './clang.mjs';
import { driverSources, unixCondition } from './driver-sources.mjs';
import { testEnvironment } from './environment.mjs';

const summary = process.argv.find((argument) => argument.startsWith('--summary='))?.slice(10);
const clang = findClang();
const runtimeLibrary = execFileSync(clang, ['-print-file-name=libclang_rt.asan-x86_64.so'], {
  encoding: 'utf8',
}).trim();
if (!path.isAbsolute(runtimeLibrary)) {
  throw new Missing('no sanitizers for x64 beside clang: apt install libclang-rt-19-dev');
}
const headers = headerDirectory();
if (headers === undefined) throw new Missing('no headers of Node found: set npm_config_nodedir');
const report =
  'abort_on_error=0:exitcode=99:strict_string_checks=1:detect_stack_use_after_return=1';

async function buildDriver(directory) {
  const flags = [...sanitizerFlags, '-Inative', '-Itest/native'];
  const sources = [
    'test/native/driver.cc',
    'test/native/driver_output.cc',
    'test/native/starve.cc',
    ...driverSources('linux'),
  ];
  const objects = await compile(clang, sources, flags, path.join(directory, 'driver.o'));
  // node-gyp links programs like this: a function of the driver's stands for one of OpenSSL's.
  const linkFlags = [...sanitizerFlags, '-pthread', '-ldl', '-rdynamic'];
  return link(clang, objects, linkFlags, path.join(directory, 'driver'));
}

/** Builds into `directory`, where node-gyp-build looks when OS_TRUSTSTORE_PREBUILD names it. */
async function buildAddon(directory) {
  const napi = createRequire(import.meta.url)('node-addon-api').include_dir;
  const { sources, defines } = addonSources(unixCondition);
  const flags = [
    ...sanitizerFlags,
    '-fPIC',
    '-Inative',
    `-I${path.resolve(root, napi)}`,
    `-I${path.join(headers, 'include/node')}`,
    ...defines.map((define) => `-D${define}`),
  ];
  const objects = await compile(clang, sources, flags, path.join(directory, 'addon.o'));
  const release = path.join(directory, 'build/Release');
  mkdirSync(release, { recursive: true });
  await link(
    clang,
    objects,
    [...sanitizerFlags, '-shared', '-shared-libsan', '-pthread', '-Wl,-z,nodelete'],
    path.join(release, 'os_truststore.node'),
  );
  return directory;
}

/** Returns compiled tests, or those among them that run the driver. */
function nativeTests(usesDriver = () => true) {
  const directory = path.join(root, 'dist-test/native');
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => path.join(directory, file))
    .filter(usesDriver);
  if (files.length === 0) throw new Error('no compiled native tests: run npm run build:test');
  return ['--test', '--test-reporter=tap', ...files];
}

const usesDriver = (file) => readFileSync(file, 'utf8').includes('./driver.js');

/** Runs one step and shows the sanitizer's report of its output. */
function step(name, command, args, environment) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...testEnvironment(), UBSAN_OPTIONS: 'print_stacktrace=1', ...environment },
    maxBuffer: 1 << 28,
  });
  const output = `${stdout}${stderr}`;
  const found = /ERROR: (Address|Leak)Sanitizer|runtime error:/.test(output);
  const passed = status === 0 && !found;
  const [, count] = /^# pass (\d+)$/m.exec(stdout) ?? [];
  console.log(
    `${name}: ${passed ? 'clean' : 'FAILED'}${count === undefined ? '' : `, ${count} tests`}`,
  );
  if (!passed) console.error(`${error ?? signal ?? ''}${output.slice(-20_000)}`);
  return passed;
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-sanitize-'));
try {
  const driver = await buildDriver(directory);
  const addon = await buildAddon(directory);
  const leaks = { ASAN_OPTIONS: `${report}:detect_leaks=1` };
  const corpus = path.join(root, 'native/fuzz/corpus');
  const fixtures = readdirSync(corpus).flatMap((target) =>
    readdirSync(path.join(corpus, target)).map((file) => path.join(corpus, target, file)),
  );
  const results = [
    step('driver, corpus', driver, fixtures, leaks),
    step("driver, this machine's store", driver, ['--root='], leaks),
    step('native tests, sanitized driver', process.execPath, nativeTests(usesDriver), {
      ...leaks,
      OS_TRUSTSTORE_TEST_DRIVER: driver,
    }),
    step('native tests, sanitized addon', process.execPath, nativeTests(), {
      // These tests start the plain driver, because two copies of the runtime do not mix.
      OS_TRUSTSTORE_PREBUILD: addon,
      LD_PRELOAD: runtimeLibrary,
      ASAN_OPTIONS: `${report}:detect_leaks=0`,
    }),
  ];
  const failed = results.filter((passed) => !passed).length;
  if (summary !== undefined) {
    writeFileSync(summary, JSON.stringify({ passed: results.length - failed, failed }, null, 2));
  }
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
