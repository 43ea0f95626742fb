/**
 * Bundles a program that uses the package with each bundler, by the recipe lib/recipes/single-executable.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../../native/prebuild/install-pinned.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export function installBundlers() {
  installPinned(folder);
}

/** Names that CommonJS modules have and ES modules lack. */
const banner = path.resolve(folder, '../../examples/single-executable/banner.mjs');
const commonJsNames = readFileSync(banner, 'utf8');

const names = ['os-truststore', 'os-truststore/first-use'];

const external = (bundled) => (bundled ? [] : names);

async function esbuild({ entry, output, bundled, format }) {
  const { build } = require('esbuild');
  await build({
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    platform: 'node',
    format,
    external: external(bundled),
    banner: format === 'esm' && bundled ? { js: commonJsNames } : {},
    logLevel: 'error',
  });
}

function webpack({ entry, output, bundled }) {
  const configuration = {
    mode: 'production',
    target: 'node',
    entry,
    context: path.dirname(entry),
    output: { path: path.dirname(output), filename: path.basename(output) },
    externals: Object.fromEntries(external(bundled).map((name) => [name, `commonjs ${name}`])),
    node: { __dirname: false, __filename: false },
  };
  return new Promise((done, fail) => {
    require('webpack')(configuration, (error, stats) => {
      if (error || stats.hasErrors()) fail(error ?? new Error(stats.toString('errors-only')));
      else done();
    });
  });
}

async function rollup({ entry, output, bundled, format }) {
  const { rollup: run } = require('rollup');
  const { default: commonjs } = await import('@rollup/plugin-commonjs');
  const { default: resolve } = await import('@rollup/plugin-node-resolve');
  const bundle = await run({
    input: entry,
    external: external(bundled),
    plugins: [
      resolve({ exportConditions: ['node'], preferBuiltins: true }),
      commonjs({ ignoreDynamicRequires: true, strictRequires: true }),
    ],
    onwarn: () => undefined,
  });
  await bundle.write({
    file: output,
    format: format === 'esm' ? 'es' : 'cjs',
    inlineDynamicImports: true,
    banner: format === 'esm' && bundled ? commonJsNames : '',
  });
}

async function vite({ entry, output, bundled }) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: path.dirname(entry),
    logLevel: 'error',
    ssr: bundled ? { noExternal: true } : { external: ['os-truststore'] },
    build: {
      ssr: entry,
      outDir: path.dirname(output),
      emptyOutDir: false,
      rolldownOptions: {
        output: {
          entryFileNames: path.basename(output),
          banner: bundled ? commonJsNames : '',
        },
      },
    },
  });
}

const bundlers = { esbuild, webpack, rollup, vite };

/** Bundles `entry` into `output`. */
export async function bundle({ bundler, output, ...options }) {
  mkdirSync(path.dirname(output), { recursive: true });
  writeFileSync(path.join(path.dirname(output), 'package.json'), '{}\n');
  await bundlers[bundler]({ output, ...options });
}

/** Puts `blob` into a copy of Node, as the documentation of single executable applications describes. */
export async function injectBlob(executable, blob) {
  const { inject } = require('postject');
  await inject(executable, 'NODE_SEA_BLOB', blob, {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
}
