/**
 * Compiles the macOS backend against the fake frameworks on Linux: as a plain program for the C++ tests, as a Node
 * addon, and as the library that the shipped Mach-O file is bound to.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addonSources, root } from '../../native/prebuild/gyp-sources.mjs';
import { readMachO } from '../../native/prebuild/mach-o.mjs';
import { nodeApiHeaders, zigDirectory } from '../../native/prebuild/macos/toolchain.mjs';
import { compileAll, run, withCore } from '../../native/prebuild/processes.mjs';

/** Everything is built in this folder; `npm run build:native` empties it. */
export const buildDirectory = path.join(root, 'build/macos-test');
const declarations = path.join(root, 'native/prebuild/macos/include');
const clang = ['clang++-19'];

const { sources: addonSource, defines } = addonSources("OS == 'mac'");
const filesIn = (folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => `${folder}/${name}`);

const nodeApiSources = addonSource.filter((source) => source.startsWith('native/binding/'));
const backendSources = addonSource.filter((source) => !source.startsWith('native/binding/'));
/** The sources that use Security or threads; other tests run the rest of the backend under sanitizers. */
const sanitizedSources = backendSources.filter((source) =>
  /macos|mac_trust|mac_verdict|chain_shape|read_job|verify_job/.test(source),
);
const controlSource = 'test/macos/fake/node_control.cc';
const fakeSources = filesIn('test/macos/fake').filter((file) => file !== controlSource);
const unitSources = filesIn('test/macos/unit');

const commonFlags = ['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror', '-fPIC'];
const includes = ['native', 'test/macos/fake', 'test/macos/unit', declarations].flatMap(
  (folder) => ['-I', path.resolve(root, folder)],
);
const nodeFlags = [
  ...defines.map((define) => `-D${define}`),
  ...nodeApiHeaders.flatMap((folder) => ['-isystem', folder]),
];

/** Returns the objects by source. `replace` maps a source to its replacement. */
async function compile(compiler, sources, flags, folder, replace = {}) {
  const all = [...commonFlags, ...includes, ...flags];
  const file = (source) => replace[source] ?? source;
  const objects = await compileAll(compiler, sources, folder, () => all, file);
  return new Map(sources.map((source, index) => [source, objects[index]]));
}

async function link([command, ...base], objects, flags, output) {
  mkdirSync(path.dirname(output), { recursive: true });
  const always = ['-ldl', '-pthread'];
  await withCore(() => run(command, [...base, ...objects, ...flags, ...always, '-o', output]));
  return output;
}

const linkShared = (compiler, objects, flags, output) =>
  link(compiler, objects, ['-shared', '-Wl,--allow-shlib-undefined', ...flags], output);

const plainFolder = path.join(buildDirectory, 'plain');

/** Compiles everything but the Node-API surface once for the tests, the mutants and the addon. */
export function compilePlain() {
  const sources = [...backendSources, ...fakeSources, ...unitSources];
  return compile(clang, sources, [], plainFolder);
}

export const linkTests = (plain) =>
  link(clang, plain.values(), ['-fuse-ld=lld'], path.join(plainFolder, 'tests'));

/** Builds the C++ tests with a sanitizer. */
export async function buildSanitized(name, plain) {
  const flags = [`-fsanitize=${name}`, '-g', '-fno-omit-frame-pointer'];
  const sources = [...sanitizedSources, ...fakeSources, ...unitSources];
  const folder = path.join(buildDirectory, name.replace(',', '-'));
  const objects = new Map([...plain, ...(await compile(clang, sources, flags, folder))]);
  return link(clang, objects.values(), [...flags, '-fuse-ld=lld'], path.join(folder, 'tests'));
}

/** Builds the C++ tests with `file` in place of one source. */
export async function buildMutant(plain, source, file, folder) {
  // A bug may leave things unused; a warning alone must not be what catches it.
  const mutant = await compile(clang, [source], ['-w'], folder, { [source]: file });
  const objects = new Map([...plain, ...mutant]);
  return link(clang, objects.values(), ['-fuse-ld=lld'], path.join(folder, 'tests'));
}

const fakeName = 'libmacos_fake.so';
const fakeLink = [`-Wl,-soname,${fakeName}`];

/** Builds macOS' addon for Linux, with the fake in place of the frameworks. */
export async function buildLinuxAddon(plain) {
  const folder = path.join(buildDirectory, 'linux');
  const ours = [controlSource, ...nodeApiSources];
  const objects = await compile(clang, ours, nodeFlags, path.join(folder, 'objects'));
  const pick = (sources) => sources.map((source) => plain.get(source) ?? objects.get(source));
  const fake = path.join(folder, fakeName);
  await linkShared(clang, pick([...fakeSources, controlSource]), fakeLink, fake);
  // An abandoned read keeps its thread (nodelete), and node-gyp-build looks for addons in build/Release.
  const flags = ['-Wl,-z,nodelete', `-Wl,-rpath,${folder}`, fake];
  const output = path.join(folder, 'build/Release/os_truststore.node');
  await linkShared(clang, pick([...backendSources, ...nodeApiSources]), flags, output);
  return { package: folder, fake };
}

/** zig builds for both processors, and brings a libc++ like the one of macOS. */
const zig = (processor) => [
  path.join(zigDirectory, 'zig'),
  'c++',
  '-target',
  `${processor}-linux-gnu.2.28`,
];

/** Generates a table of what a Mach-O file imports from libc++, with the addresses in the program it is linked into. */
function libcxxTable(machO) {
  const names = new Set(
    readMachO(readFileSync(machO))
      .flatMap(({ imports }) => imports)
      .filter(({ library }) => library.includes('libc++'))
      .map(({ name }) => name),
  );
  const symbols = [...names].sort().map((name, index) => ({ name, variable: `symbol_${index}` }));
  return [
    'struct LibcxxSymbol { const char* name; void* address; };',
    'extern const LibcxxSymbol kLibcxxSymbols[];',
    'extern "C" {',
    ...symbols.map(
      ({ name, variable }) =>
        `extern __attribute__((visibility("hidden"))) char ${variable} __asm__("${name.slice(1)}");`,
    ),
    '}',
    'const LibcxxSymbol kLibcxxSymbols[] = {',
    ...symbols.map(({ name, variable }) => `{"${name}", &${variable}},`),
    '{nullptr, nullptr}};',
    '',
  ].join('\n');
}

/** Builds std::string with the Mach-O file's layout; see the source. */
async function buildAppleString(processor, folder) {
  const layout = processor === 'aarch64' ? ['-D_LIBCPP_ABI_ALTERNATE_STRING_LAYOUT'] : [];
  const sources = filesIn('test/macos/mach-o/string');
  const objects = await compile(zig(processor), sources, layout, path.join(folder, 'objects'));
  const output = path.join(folder, 'build/Release/libapple_string.so');
  return linkShared(zig(processor), objects.values(), ['-Wl,-Bsymbolic'], output);
}

/** Builds the loader of Mach-O files, an addon that becomes what it loads, and a fake for that to bind to. */
export async function buildMachORunner(processor, machO) {
  const folder = path.join(buildDirectory, processor);
  mkdirSync(folder, { recursive: true });
  const table = path.join(folder, 'libcxx_table.cc');
  writeFileSync(table, libcxxTable(machO));
  const loader = [...filesIn('test/macos/mach-o'), path.relative(root, table)];
  const sources = [...loader, ...fakeSources, controlSource];
  const objects = await compile(zig(processor), sources, nodeFlags, path.join(folder, 'objects'));
  const pick = (wanted) => wanted.map((source) => objects.get(source));
  const fake = path.join(folder, fakeName);
  await linkShared(zig(processor), pick([...fakeSources, controlSource]), fakeLink, fake);
  const output = path.join(folder, 'build/Release/os_truststore.node');
  await linkShared(zig(processor), pick(loader), ['-Wl,-rpath,$ORIGIN'], output);
  await buildAppleString(processor, folder);
  return { package: folder, fake };
}
