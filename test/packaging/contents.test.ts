import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';

import { mustRun, pack, projectRoot, temporaryFolder } from './packed.js';
import type { Tarball } from './packed.js';

/** What a user reads without a network, and package.json. */
const documents = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
  ...listed('lib').filter(
    (file) =>
      /^lib\/(\w[\w-]*\/README|recipes\/[\w-]+)\.md$/.test(file) &&
      !/^lib\/(cli|runtime)\//.test(file),
  ),
];
const prebuilds = [
  'prebuilds/darwin-x64+arm64/os-truststore.node',
  'prebuilds/linux-arm64/os-truststore.node',
  'prebuilds/linux-x64/os-truststore.node',
  'prebuilds/win32-arm64/os-truststore.node',
  'prebuilds/win32-x64/os-truststore.node',
];
const packedSources = 'dist/sources.json.br';
/** Other packages that the command uses, each with its licence. They have no source map: their sources are on npm. */
const included = ['commander', 'picocolors'].map((name) => `dist/cli/packages/${name}.js`);
const unpackedBudget = 3 * 1024 * 1024;

function listed(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === 'node_modules') return [];
    return entry.isDirectory() ? listed(path) : [path];
  });
}

/** Lists what is made of lib/, from the sources; anything else in dist/ is left over or out of place. */
function compiledFiles(): string[] {
  // The page of the report is made into one script and one style.
  const page = ['dist/report/page.js.br', 'dist/report/page.css'];
  const compiled = listed('lib').flatMap((source) => {
    if (source.startsWith('lib/report/page/') || !/\.m?ts$/.test(source)) return [];
    const output = source.replace(/^lib\//, 'dist/');
    return output.endsWith('.mts')
      ? [output.replace(/\.mts$/, '.mjs'), output.replace(/\.mts$/, '.d.mts')]
      : [output.replace(/\.ts$/, '.js'), output.replace(/\.ts$/, '.d.ts')];
  });
  const names = readFileSync(join(projectRoot, 'lib', 'build', 'joined-files.mjs'), 'utf8');
  const joined = [...names.matchAll(/'(parts\/[\w-]+\.js)'/g)].map(([, file]) => `dist/${file!}`);
  const scripts = [...compiled, ...joined];
  return [...scripts, ...scripts.map((file) => `${file}.map`), ...page, ...included];
}

/** Returns the files of dist/ that a packed file names, and package.json; they must be there for it to work. */
function needed(file: string): string[] {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  const naming = /["'](\.\.?\/[^"']+\.m?js)["']|^\/\/# sourceMappingURL=(.+)$/gm;
  const names = [...text.matchAll(naming)].map(([, script, map]) =>
    normalize(join(dirname(file), (script ?? map)!)),
  );
  const toTypes = (name: string): string => name.replace(/\.(m?)js$/, '.d.$1ts');
  return /\.d\.m?ts$/.test(file) ? names.map(toTypes) : names;
}

/** Returns the texts of the packed sources by their paths in this repository. */
function unpackSources(): Record<string, string> {
  const packed = readFileSync(join(projectRoot, packedSources));
  return JSON.parse(brotliDecompressSync(packed).toString()) as Record<string, string>;
}

/** Returns every file that package.json points to. */
function entryPoints(value: unknown): string[] {
  if (typeof value === 'string') return [normalize(value)];
  return Object.values(value as object).flatMap(entryPoints);
}

function executable(name: string): string {
  return join(projectRoot, 'node_modules/.bin', name);
}

void describe('the tarball', () => {
  let tarball: Tarball;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder();
    tarball = await pack(folder.path);
  });

  after(() => folder.cleanUp());

  test('holds the documents, the library and the addons, and nothing else', () => {
    const built = prebuilds.filter((file) => existsSync(join(projectRoot, file)));
    assert.ok(built.includes('prebuilds/linux-x64/os-truststore.node'), 'run npm run prebuild');
    const packed = tarball.files.map((file) => file.path);
    assert.deepEqual(
      packed.filter((file) => !file.startsWith('dist/')).sort(),
      [...documents, ...built].sort(),
    );
    const compiled = new Set([...compiledFiles(), packedSources]);
    assert.deepEqual(
      packed.filter((file) => file.startsWith('dist/') && !compiled.has(file)),
      [],
    );
  });

  test('holds the sources of the library, and of the addon for every system', () => {
    const sources = listed('native').filter(
      (file) => /\.(cc|h)$/.test(file) && !/^native\/(fuzz|prebuild)\//.test(file),
    );
    const texts = unpackSources();
    // Of the library those that source maps name, which the next test compares.
    assert.deepEqual(
      Object.keys(texts)
        .filter((file) => !file.startsWith('lib/'))
        .sort(),
      [...sources, 'native/linux/exports.map', 'binding.gyp'].sort(),
    );
    for (const [file, text] of Object.entries(texts)) {
      assert.equal(text, readFileSync(join(projectRoot, file), 'utf8'), file);
    }
    // Every compiled file must be among them; binding.gyp names them.
    const gyp = readFileSync(join(projectRoot, 'binding.gyp'), 'utf8');
    const compiled = [...gyp.matchAll(/"(native\/[^"]+\.cc)"/g)].map(([, file]) => file!);
    assert.ok(compiled.length > 0);
    for (const file of compiled) assert.ok(file in texts, file);
  });

  test('holds a source map for every script, of sources that it holds as well', () => {
    const texts = unpackSources();
    const scripts = tarball.files
      .map(({ path }) => path)
      .filter((path) => path.endsWith('.js') && !included.includes(path));
    assert.ok(scripts.length > 0);
    for (const script of scripts) {
      const map = readFileSync(join(projectRoot, `${script}.map`), 'utf8');
      const { sources } = JSON.parse(map) as { sources: string[] };
      assert.ok(sources.length > 0, script);
      for (const source of sources) {
        assert.ok(normalize(join(dirname(script), source)) in texts, `${source} of ${script}`);
      }
    }
  });

  test('holds every file of the library that is reached from outside, and no other', () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as object;
    const { exports, bin } = manifest as { exports: unknown; bin: unknown };
    const packed = tarball.files
      .map((file) => file.path)
      .filter((file) => file.startsWith('dist/'));
    const wanted = new Set([...entryPoints({ exports, bin }), ...packed.flatMap(needed)]);
    wanted.delete('package.json');
    for (const file of [packedSources, 'dist/report/page.js.br', 'dist/report/page.css']) {
      wanted.add(file);
    }
    assert.deepEqual(packed.sort(), [...wanted].sort());
  });

  test('links between its documents lead to files that it holds', () => {
    const packed = new Set(tarball.files.map(({ path }) => path));
    for (const document of documents.filter((file) => file.endsWith('.md'))) {
      const text = readFileSync(join(projectRoot, document), 'utf8');
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        const target = normalize(join(dirname(document), link));
        const holds =
          packed.has(target) || [...packed].some((file) => file.startsWith(`${target}/`));
        assert.ok(holds, `${document}: ${link} is not packed; link to the repository`);
      }
    }
  });

  test('stays within the size that is promised', () => {
    assert.ok(tarball.unpackedSize <= unpackedBudget, `${String(tarball.unpackedSize)} bytes`);
  });

  test('holds other packages with their licences', () => {
    const packed = tarball.files.map(({ path }) => path);
    for (const file of included) {
      assert.ok(packed.includes(file), file);
      const text = readFileSync(join(projectRoot, file), 'utf8');
      assert.match(text, /^\/\*!\n[\w, ]+:\n[^]*Copyright[^]+\*\/\n/, file);
    }
  });

  test('has the size that README states', () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8').replace(/\s+/g, ' ');
    const assertStated = (stated: string | undefined, bytes: number): void => {
      const megabytes = bytes / 1e6;
      assert.ok(Math.abs(Number(stated) - megabytes) < 0.07, `${String(megabytes)} MB`);
    };
    assertStated(/\btakes ([\d.]+) MB/.exec(readme)?.[1], tarball.unpackedSize);
    // README need not say how much there is to download.
    const [, download] = /([\d.]+) MB to download/.exec(readme) ?? [];
    if (download !== undefined) assertStated(download, statSync(tarball.path).size);
  });

  test('runs no script when it is installed', () => {
    const text = readFileSync(join(projectRoot, 'package.json'), 'utf8');
    const { scripts, gypfile } = JSON.parse(text) as {
      scripts: Record<string, string>;
      gypfile: boolean;
    };
    for (const name of ['preinstall', 'install', 'postinstall']) {
      assert.equal(scripts[name], undefined);
    }
    assert.equal(gypfile, false, 'npm would compile a package that has a binding.gyp');
    assert.equal(
      tarball.files.some((file) => /^[^/]+\.gyp$/.test(file.path)),
      false,
    );
  });

  test('says where it comes from, as provenance needs it', () => {
    const text = readFileSync(join(projectRoot, 'package.json'), 'utf8');
    const { repository, publishConfig } = JSON.parse(text) as {
      repository: { type: string; url: string };
      publishConfig: object;
    };
    assert.equal(repository.type, 'git');
    assert.match(repository.url, /^git\+https:/);
    assert.deepEqual(publishConfig, { access: 'public', provenance: true });
  });

  test('passes publint without a remark', async () => {
    const output = await mustRun(executable('publint'), ['run', '--strict', tarball.path]);
    assert.match(output, /All good!/);
  });

  test('has types that resolve for CommonJS, ES modules and bundlers, and by the rules of Node 10', async () => {
    await mustRun(executable('attw'), ['--no-color', '--no-emoji', tarball.path]);
  });
});
