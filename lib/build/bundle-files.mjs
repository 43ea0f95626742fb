/**
 * Joins the library's modules into a few files: finding forty modules takes longer than reading the store, and compiling
 * unused code takes as long again. The first file is the package; each other one is loaded when a program first needs
 * something in it. A module belongs only to the first file that reaches it, so a process has one instance of each.
 *
 * All files but the first are functions of the values they take from others. base/part.ts calls each function once, because
 * looking up a loaded file takes as long as running it.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { compact } from './compact.mjs';
import { lineMap } from './line-map.mjs';

const lib = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Packages that the command uses. They are published inside this one, so that the library has one dependency;
 * see build.mjs.
 */
export const INCLUDED = ['commander', 'picocolors'];

export const includedFile = (name) => `cli/packages/${name}.js`;

const SETTINGS = {
  absWorkingDir: lib,
  bundle: true,
  packages: 'external',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  platform: 'node',
  target: 'es2022',
  write: false,
};

/** The package itself, whose exports are the API. */
const MAIN = 'index.js';

/**
 * @param files - for each path in dist/, the modules that are asked for by name in that file. The order is the order of
 * loading: a file takes modules that it shares with an earlier file from there. The first is the package itself.
 * @param standalone - files that take nothing from others, with their entry points
 * @returns the code and the source map of each file by its path
 */
export async function bundleFiles(files, standalone) {
  const { owners, late } = await findOwners(files);
  const plan = { files, standalone, owners, late };
  const exported = await listExports(owners);
  const drafts = await joinAll({ ...plan, takes: exported, isDraft: true });
  const takes = Object.fromEntries(
    Object.keys(files).map((file) => [file, namesTaken(Object.values(drafts), file)]),
  );
  const buildId = createHash('sha256').update(JSON.stringify(drafts)).digest('hex').slice(0, 8);
  const joined = await joinAll({ ...plan, takes, drafts, build: buildId, isDraft: false });
  for (const [file, entry] of Object.entries(standalone)) {
    if (takes[file].size > 0) throw new Error(`${file} is not apart: ${[...takes[file]].join()}`);
    joined[file] = outputOf(await build({ ...SETTINGS, ...outputTo(file), entryPoints: [entry] }));
  }
  return Object.fromEntries(
    Object.entries(joined).map(([file, output]) => {
      const { code, map } = compact(output);
      const isModule = file === MAIN || file in standalone;
      return [file, isModule ? asModule(code, map) : asFunction(code, map, buildId)];
    }),
  );
}

/** The names through which a file takes values: from the first file, and from other files. */
const SHARED = '__shared';
const LINK = '__linkFile';

const asModule = (code, map) => ({ code: `"use strict";\n${code}`, map: lineMap(map, code, 1) });

/**
 * Wraps a file's code in a function. It first checks its build, since the folder may have been replaced. The parentheses make
 * V8 compile it at once, because it is called at once.
 */
function asFunction(code, map, build) {
  const before = `module.exports = (function (${SHARED}, ${LINK}) {
"use strict";
${SHARED}.check("${build}");
var module = {};
`;
  return {
    code: `${before}${code}return module.exports;\n});\n`,
    map: lineMap(map, code, before.split('\n').length - 1),
  };
}

/** The module that an import names, as a path in lib/. */
function moduleOf({ path: specifier, resolveDir }) {
  return path.relative(lib, path.resolve(resolveDir, specifier.replace(/\.js$/, '.ts')));
}

const RELATIVE = /^\.\.?\//;

/** Finds out which file each module belongs to, and which modules are asked for by name. */
async function findOwners(files) {
  const owners = new Map();
  const late = new Set();
  const leaveOutLate = ({ onResolve }) => {
    onResolve({ filter: RELATIVE }, (args) => {
      if (args.kind !== 'require-call') return undefined;
      late.add(moduleOf(args));
      return { path: args.path, external: true };
    });
  };
  for (const [file, roots] of Object.entries(files)) {
    const { metafile } = await join(exportAll(roots), leaveOutLate);
    for (const module of Object.keys(metafile.inputs)) {
      if (module !== '<stdin>' && !owners.has(module)) owners.set(module, file);
    }
  }
  return { owners, late };
}

/** The exports of each file's modules, without types. */
async function listExports(owners) {
  const entryPoints = [...owners.keys()];
  const { metafile } = await build({
    ...SETTINGS,
    ...{ bundle: false, packages: undefined, format: 'esm', logLevel: 'silent' },
    ...{ entryPoints, outdir: '.' },
  });
  const names = Object.fromEntries([...owners.values()].map((file) => [file, new Set()]));
  for (const { entryPoint, exports } of Object.values(metafile.outputs)) {
    for (const name of exports) names[owners.get(entryPoint)].add(name);
  }
  return names;
}

const exportAll = (modules) => modules.map((module) => `export * from './${module}';\n`).join('');

async function join(contents, setup, more = {}) {
  const stdin = { contents, resolveDir: lib };
  return build({ ...SETTINGS, ...more, stdin, plugins: [{ name: 'files', setup }] });
}

const outputTo = (file) => ({
  outfile: path.join(lib, '..', 'dist', file),
  sourcemap: 'external',
  sourcesContent: false,
});

function outputOf({ outputFiles }) {
  const [map, code] = outputFiles.map(({ text }) => text);
  return { code, map: JSON.parse(map) };
}

async function joinAll(plan) {
  const joined = {};
  for (const file of Object.keys(plan.files)) {
    if (file in plan.standalone) continue;
    const more = { ...outputTo(file), logLevel: 'silent' };
    const result = await join(entryOf(file, plan), linkTo(file, plan), more);
    const [warning] = result.warnings;
    // For example, two modules of a file export the same name.
    if (warning !== undefined) throw new Error(`${file}: ${warning.text}`);
    joined[file] = outputOf(result);
  }
  return joined;
}

/** The exports of a file: for programs, or for later files. */
function entryOf(file, { files, owners, late, takes, build, isDraft }) {
  const modules = modulesOf(file, owners);
  if (isDraft) return exportAll(modules);
  const names = [...takes[file]].sort().join();
  if (file !== MAIN) {
    const isAsked = (module) => late.has(module) || files[file].includes(module);
    const asked = exportAll(modules.filter(isAsked));
    return `${asked} export { ${names} } from 'all of it';`;
  }
  return `${exportAll(files[file])}
    import { shared } from './base/part.js';
    import { ${names} } from 'all of it';
    Object.assign(shared, { build: '${build}', ${names} });`;
}

const modulesOf = (file, owners) =>
  [...owners.keys()].filter((module) => owners.get(module) === file);

/** Turns imports from other files into properties of those files' exports. */
function linkTo(file, { owners, takes, drafts, isDraft }) {
  const pathTo = (target) => {
    const relative = path.relative(path.dirname(file), target);
    return RELATIVE.test(relative) ? relative : `./${relative}`;
  };
  const toIncluded = ({ path: name }) => ({ path: pathTo(includedFile(name)), external: true });
  const resolve = (args) => {
    const module = moduleOf(args);
    const owner = owners.get(module);
    if (args.kind !== 'require-call') {
      return owner === file ? undefined : { path: owner, namespace: 'taken' };
    }
    if (owner !== undefined) return { path: pathTo(owner), external: true };
    throw new Error(`${file} asks for ${module}, which is in no file`);
  };
  const load = ({ path: owner }) => {
    // Only what this file uses: esbuild leaves in the reading of a property.
    const names = isDraft ? takes[owner] : namesTaken([drafts[file]], owner);
    if (names.size === 0) return { contents: '' };
    const take = (name) =>
      isDraft ? `/* @__PURE__ */ take("${owner}", "${name}")` : `values.${name}`;
    const values = owner === MAIN ? SHARED : `${LINK}(require("${pathTo(owner)}"))`;
    const lines = [...names].map((name) => `export const ${name} = ${take(name)};\n`);
    return { contents: `const values = ${values};\n${lines.join('')}`, resolveDir: lib };
  };
  return ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^(${INCLUDED.join('|')})$`) }, toIncluded);
    onResolve({ filter: /^all of it$/ }, () => ({ path: file, namespace: 'all' }));
    onLoad({ filter: /^/, namespace: 'all' }, () => ({
      contents: exportAll(modulesOf(file, owners)),
      resolveDir: lib,
    }));
    onResolve({ filter: RELATIVE }, (args) =>
      args.namespace === 'taken' ? { path: args.path, external: true } : resolve(args),
    );
    onLoad({ filter: /^/, namespace: 'taken' }, load);
  };
}

function namesTaken(drafts, file) {
  const uses = new RegExp(`\\btake\\("${file}", "(\\w+)"\\)`, 'g');
  const found = drafts.flatMap(({ code }) => [...code.matchAll(uses)]);
  return new Set(found.map(([, name]) => name));
}
