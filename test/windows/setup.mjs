/**
 * Installs what the tests under Wine need: Wine and mingw from apt, Windows' node.exe from npm, a Wine prefix to copy,
 * the packages under test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { Missing } from '../../native/prebuild/missing.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const aptPackages = {
  wine: 'wine',
  wineserver: 'wine64',
  'x86_64-w64-mingw32-g++-posix': 'g++-mingw-w64-x86-64-posix',
  cc: 'gcc',
};
const nodeLines = ['20', '22', '24', '26'];
/** The packaged Wine starts the executables of these lines as they are; others run as patched copies, see patchNode. */
const unpatchedLines = ['20', '22'];

function onPath(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** Fails instead of skipping: a machine without Wine has not tested Windows. */
export function installTools() {
  const missing = Object.keys(aptPackages).filter((command) => !onPath(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((command) => aptPackages[command]))];
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new Missing(
      `the Windows tests need ${missing.join(', ')}; as root: apt-get install ${packages.join(' ')}`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  execFileSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'ca-certificates', ...packages],
    { stdio: ['ignore', 'ignore', 'inherit'], env },
  );
}

/** The packages of test/windows say that they are for Windows only, but Wine can run them. */
export function installPackages() {
  for (const directory of ['test/windows', 'native/prebuild']) {
    installPinned(path.join(root, directory));
  }
}

/**
 * Node 24 and later reserve memory by a function that Wine 8 lacks, and fall back when the function is missing: a copy
 * that asks for a nonexistent name starts. Only for test copies.
 */
function patchNode(bytes) {
  for (let at = bytes.indexOf('VirtualAlloc2\0'); at >= 0; at = bytes.indexOf('VirtualAlloc2\0')) {
    bytes.write('X', at + 'VirtualAlloc'.length, 'latin1');
  }
  return bytes;
}

/**
 * Returns the executables by line, and one under another name: the host of an Electron or single-executable program.
 */
export function prepareNodes(directory) {
  mkdirSync(directory, { recursive: true });
  const nodes = {};
  for (const line of nodeLines) {
    const packaged = path.join(root, `test/windows/node_modules/node-win-${line}/bin/node.exe`);
    nodes[line] = packaged;
    if (unpatchedLines.includes(line)) continue;
    nodes[line] = path.join(directory, line, 'node.exe');
    mkdirSync(path.dirname(nodes[line]));
    writeFileSync(nodes[line], patchNode(readFileSync(packaged)));
  }
  const renamed = path.join(directory, 'some-application.exe');
  cpSync(nodes['22'], renamed);
  return { nodes, renamed };
}

/** Copies the built package with one addon in it, laid out as npm would. */
export function preparePackage(directory, addon) {
  for (const name of ['package.json', 'dist']) {
    cpSync(path.join(root, name), path.join(directory, name), { recursive: true });
  }
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    cpSync(path.join(root, 'node_modules', name), path.join(directory, 'node_modules', name), {
      recursive: true,
    });
  }
  const target = path.join(directory, 'prebuilds/win32-x64/os-truststore.node');
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(addon, target);
  return directory;
}

/** Builds the native tests of the Windows backend as a console program. */
export async function buildNativeTests(output) {
  const { addonSources } = await import('../../native/prebuild/gyp-sources.mjs');
  const { buildProgram, toolchain } = await import('../../native/prebuild/windows-toolchain.mjs');
  const tested = addonSources("OS == 'win'").sources.filter(
    (source) =>
      !source.startsWith('native/binding/') &&
      !['native/windows/windows_api.cc', 'native/windows/system_store.cc'].includes(source) &&
      !['native/windows/pin_module.cc', 'native/windows/chain_verifier.cc'].includes(source) &&
      !['native/read_job.cc', 'native/verify_job.cc'].includes(source),
  );
  const own = [
    'chain_judge_test',
    'check',
    'fake_windows',
    'main',
    'real_windows',
    'store_reader_test',
    'watch_test',
  ];
  await buildProgram({
    tools: toolchain('mingw', 'x64'),
    sources: [...tested, ...own.map((name) => `test/native/windows/${name}.cc`)],
    output,
  });
  return output;
}

/** Builds hide_certificates.c; see there. */
export function buildPreload(output) {
  const source = path.join(root, 'test/windows/hide_certificates.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-o', output, source, '-ldl']);
  return output;
}

/** Keeps only what Wine needs, because this machine's variables that change trust must not reach Windows programs. */
export function wineEnvironment(prefix) {
  return {
    PATH: process.env.PATH,
    HOME: path.dirname(prefix),
    LANG: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
  };
}

/** Makes a stopped prefix that claims to be Windows 10. */
export function createTemplate(prefix) {
  const env = wineEnvironment(prefix);
  mkdirSync(prefix, { recursive: true });
  for (const args of [
    ['wineboot', '-i'],
    ['wine', 'winecfg', '-v', 'win10'],
    ['wineserver', '-w'],
  ]) {
    execFileSync(args[0], args.slice(1), { env, stdio: 'ignore', timeout: 120_000 });
  }
  return prefix;
}
