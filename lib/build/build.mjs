/**
 * The last step of `npm run build:ts`, after tsc: joins the library's modules into a few files. The modules stay beside them
 * for unit tests and are not published.
 */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

import { build, transform } from 'esbuild';

import { bundleFiles, INCLUDED, includedFile } from './bundle-files.mjs';
import { FILES, STANDALONE } from './joined-files.mjs';
import { lineMap } from './line-map.mjs';
import { writeIgnoreFile } from './unshipped.mjs';

const lib = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(lib, '..', 'dist');

/** Makes the script and the style that `os-truststore report` writes into every page. */
async function bundlePage() {
  const { metafile } = await build({
    entryPoints: { page: join(lib, 'report', 'page', 'main.ts') },
    outdir: join(dist, 'report'),
    bundle: true,
    format: 'iife',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    minify: true,
    target: 'es2022',
  });
  const script = join(dist, 'report', 'page.js');
  // Compressed, because few users make such a page but every user installs it.
  const text = licencesOf(metafile) + readFileSync(script, 'utf8');
  writeFileSync(`${script}.br`, brotliCompressSync(text));
  rmSync(script);
  const style = readFileSync(join(lib, 'report', 'page', 'page.css'), 'utf8');
  const { code } = await transform(style, { loader: 'css', minify: true });
  writeFileSync(join(dist, 'report', 'page.css'), code);
}

/** The licences of the packages in a file. They ask to be passed on with the packages, and so with every page. */
function licencesOf({ inputs }) {
  const packages = new Set(
    Object.keys(inputs).flatMap(
      (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
    ),
  );
  const byText = new Map();
  for (const folder of packages) {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${folder} has no licence`);
    const text = readFileSync(join(folder, file), 'utf8').trim();
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join(', ')}:\n${text}`);
  return `/*!\n${parts.join('\n\n').replaceAll('*/', '* /')}\n*/\n`;
}

/**
 * Packs the sources of dist/ and of the addon into one small file, because few users need them but every user installs them:
 * source maps name them, and `os-truststore build` compiles the addon. The package has no binding.gyp at its top, because
 * package managers would then compile at install.
 */
function packSources(maps) {
  const root = join(lib, '..');
  const list = (folder) =>
    readdirSync(join(root, folder), { recursive: true }).map(
      (name) => `${folder}/${name.replaceAll('\\', '/')}`,
    );
  const native = list('native').filter(
    (name) => /\.(cc|h)$/.test(name) && !/^native\/(fuzz|prebuild)\//.test(name),
  );
  const named = ([file, { map }]) =>
    map.sources.map((source) => relative(root, join(dirname(join(dist, file)), source)));
  const library = [...new Set(Object.entries(maps).flatMap(named))].map((name) =>
    name.replaceAll('\\', '/'),
  );
  const files = [...library, ...native, 'native/linux/exports.map', 'binding.gyp'].sort();
  const texts = files.map((name) => [name, readFileSync(join(root, name), 'utf8')]);
  const packed = brotliCompressSync(JSON.stringify(Object.fromEntries(texts)));
  writeFileSync(join(dist, 'sources.json.br'), packed);
}

/** Makes one file of a package that the command uses, with its licence. Minified, because its sources are on npm. */
async function includePackage(name) {
  const outfile = join(dist, includedFile(name));
  const { metafile } = await build({
    stdin: { contents: `module.exports = require('${name}');`, resolveDir: lib },
    outfile,
    bundle: true,
    format: 'cjs',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    minify: true,
    platform: 'node',
    target: 'es2022',
  });
  writeFileSync(outfile, licencesOf(metafile) + readFileSync(outfile, 'utf8'));
}

/** Tells ES modules what an entry point exports. */
function exportByName(file) {
  const names = Object.keys(createRequire(import.meta.url)(file)).join(', ');
  // Never runs: it tells the names to ES modules that import this file.
  appendFileSync(file, `0 && (module.exports = { ${names} });\n`);
  // Each name is exported on its own: bun build loses what `export *` takes from a CommonJS module without side effects.
  writeFileSync(file.replace(/js$/, 'mjs'), `export { ${names} } from './index.js';\n`);
}

/** Makes a module that is published by itself: it loads the joined files. */
async function convert(file) {
  const source = join(lib, file.replace(/\.js$/, '.ts'));
  const { code, map } = await transform(readFileSync(source, 'utf8'), {
    format: 'cjs',
    loader: 'ts',
    sourcefile: relative(dirname(join(dist, file)), source).replaceAll('\\', '/'),
    sourcemap: 'external',
    target: 'es2022',
    tsconfigRaw: { compilerOptions: { alwaysStrict: true } },
  });
  return { code, map: lineMap(JSON.parse(map), code, 0) };
}

const files = {
  ...(await bundleFiles(FILES, STANDALONE)),
  'register.js': await convert('register.js'),
  'cli/main.js': await convert('cli/main.js'),
};
rmSync(join(dist, 'parts'), { recursive: true, force: true });
mkdirSync(join(dist, 'parts'));
for (const [file, { code, map }] of Object.entries(files)) {
  writeFileSync(join(dist, file), code);
  writeFileSync(join(dist, `${file}.map`), JSON.stringify(map));
}
await bundlePage();
await Promise.all(INCLUDED.map(includePackage));
for (const name of ['index.js', ...Object.keys(STANDALONE)]) exportByName(join(dist, name));
for (const file of Object.keys(files)) {
  appendFileSync(join(dist, file), `//# sourceMappingURL=${basename(file)}.map\n`);
}
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
packSources(files);
writeIgnoreFile(join(lib, '..'));
