/**
 * Compares what the documents say with what the repository holds: names, links, and numbers that are written down twice.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { ErrorCodes } from '../../dist/index.js';

const root = resolve(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const installed = new Set(['node_modules', 'fixtures', 'build', 'dist', 'dist-test']);

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) return installed.has(entry.name) ? [] : filesBelow(file, pattern);
    return pattern.test(entry.name) ? [file] : [];
  });
}

const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
documents.push(
  ...['.github', 'lib', 'native', 'test'].flatMap((folder) => filesBelow(folder, /\.md$/)),
);
const texts = new Map(documents.map((file) => [file, read(file)]));
const textOf = (file: string): string => texts.get(file)!.replace(/\s+/g, ' ');

/** Every match of `pattern` in the documents, each with its file. */
function mentions(pattern: RegExp): { file: string; found: string }[] {
  return [...texts].flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map((match) => ({ file, found: match.slice(1).find(Boolean)! })),
  );
}

/** The parts of `text` that `pattern` captures. */
const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!);

interface Manifest {
  homepage: string;
  engines: { node: string };
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const count = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const nodeVersions = all(
  all(read('test/tools/runtimes/runtimes.mjs'), /nodeVersions = \[([^\]]+)\]/g)[0]!,
  /'([\d.]+)'/g,
);
const nodeLines = nodeVersions.filter((version) => !version.includes('.'));

function assertStates(file: string, ...sentences: (string | RegExp)[]): void {
  for (const sentence of sentences) {
    const states =
      typeof sentence === 'string' ? textOf(file).includes(sentence) : sentence.test(textOf(file));
    assert.ok(states, `${file} does not say: ${String(sentence)}`);
  }
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const slugs = all(text.replace(/^```[\s\S]*?^```/gm, ''), /^#+ (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replace(/ /g, '-'),
  );
  return slugs.map((slug, index) => {
    const before = slugs.slice(0, index).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

test('files and anchors that documents link to are there', () => {
  for (const { file, found } of mentions(/\]\((?!https?:)([^)\s]+)\)/g)) {
    const [path = '', anchor] = found.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    assert.ok(existsSync(join(root, target)), `${file}: ${found}`);
    if (anchor === undefined) continue;
    assert.ok(anchorsOf(read(target)).includes(anchor), `${file}: ${found}`);
  }
});

test('paths that documents name are there', () => {
  const paths = /(?<![\w/.-])((?:lib|native|test|\.github|\.ci)\/[\w./-]*\w)(?![\w*<-])/g;
  const named = mentions(paths);
  assert.ok(named.length > 20, String(named.length));
  for (const { file, found } of named) {
    assert.ok(existsSync(join(root, found)), `${file}: ${found}`);
  }
});

/** Folders below `folder` that hold sources. */
function rooms(folder: string, depth: number): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const below = entries.filter(
    (entry) => entry.isDirectory() && !/^(node_modules|build)$/.test(entry.name),
  );
  const deeper =
    depth === 0 ? [] : below.flatMap(({ name }) => rooms(`${folder}/${name}`, depth - 1));
  return [folder, ...deeper];
}

test('the map in CONTRIBUTING has a line for each room', () => {
  const map = read('CONTRIBUTING.md');
  const named = rooms('lib', 2)
    .concat(rooms('native', 1))
    .filter((room) => room.includes('/'));
  // `build` is also a folder of what native/ compiles, which rooms() leaves out.
  const unnamed = [...named, 'lib/build'].filter((room) => !map.includes(`\n| \`${room}\` `));
  assert.deepEqual(unnamed, []);
});

test('a room of lib has about twelve files', () => {
  const sizes = rooms('lib', 2).map((room) => {
    const entries = readdirSync(join(root, room), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.md'));
    return `${room}: ${files.length}`;
  });
  assert.deepEqual(
    sizes.filter((size) => Number(size.split(': ')[1]) > 13),
    [],
  );
});

test('scripts that documents name are in package.json, and CONTRIBUTING or a README names each', () => {
  const named = mentions(/npm run (?:--silent )?([a-z][\w:-]*)/g);
  for (const { file, found } of named) assert.ok(found in manifest.scripts, `${file}: ${found}`);
  const known = new Set(named.map(({ found }) => found));
  // npm runs these itself, or other scripts are made of them.
  for (const name of [
    'prepare',
    'test',
    'build:driver',
    'lint:spelling',
    'lint:native',
    'format:native',
  ]) {
    known.add(name);
  }
  assert.deepEqual(
    Object.keys(manifest.scripts).filter((name) => !known.has(name)),
    [],
  );
});

test('lanes that documents name are in the matrix', () => {
  const lanes = new Set(all(read('test/tools/matrix.mjs'), /name: '([\w-]+)'/g));
  for (const version of nodeVersions) lanes.add(`node-${version}`);
  for (const { file, found } of mentions(/matrix\.mjs ((?:[a-z][\w.-]*[ `])+)/g)) {
    for (const lane of found.split(/[ `]/).filter(Boolean)) {
      assert.ok(lanes.has(lane), `${file}: ${lane}`);
    }
  }
});

test('error codes and variables that documents name are in the code', () => {
  const codes: readonly string[] = Object.values(ErrorCodes);
  for (const { file, found } of mentions(/\b(ERR_TRUSTSTORE_[A-Z_]*[A-Z])(?![A-Z_…])/g)) {
    const ours = codes.includes(found) || found === 'ERR_TRUSTSTORE_REVOCATION_UNKNOWN';
    assert.ok(ours, `${file}: ${found}`);
  }
  const code = filesBelow('lib', /\.ts$/).map(read).join('\n');
  for (const { file, found } of mentions(/\b(OS_TRUSTSTORE_[A-Z_]*[A-Z])\b/g)) {
    assert.ok(code.includes(found), `${file}: ${found}`);
  }
});

test('the oldest Node is the one that engines names, wherever it is named', () => {
  const floor = manifest.engines.node.replace('>=', '');
  assert.equal(floor, nodeLines[0]);
  assertStates('README.md', `Programs that use the package need Node ${floor} or newer`);
  assertStates('CONTRIBUTING.md', `The package itself runs on Node ${floor} and newer`);
  for (const { file, found } of mentions(/Node 18(?:–| to )(\d+)/g)) {
    assert.equal(found, nodeLines.at(-1), file);
  }
});

test('the Node that development needs is the oldest that every tool takes', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { engines?: { node?: string } }>;
  };
  const minors = Object.keys(manifest.devDependencies).map((name) => {
    const [, minor = '0'] =
      /20\.(\d+)/.exec(packages[`node_modules/${name}`]?.engines?.node ?? '') ?? [];
    return Number(minor);
  });
  const needed = `Node 20.${String(Math.max(...minors))} or newer`;
  assertStates('README.md', needed);
  assertStates('CONTRIBUTING.md', needed);
  assert.ok(read('.ci/run').includes(needed), `.ci/run does not say: ${needed}`);
});

test('numbers of versions, programs and long files are those of the tools', async () => {
  const without = all(manifest.scripts['test']!, /--without=(\S+)/g)[0]!.split(',');
  assertStates('CONTRIBUTING.md', `leaves ${count[without.length]!} long files to CI`);
  assertStates('CONTRIBUTING.md', `the tests on ${count[nodeVersions.length]!} Node versions`);
  const programLines = all(read('test/programs/run.mjs'), /const lines = \[([\d, ]+)\]/g)[0]!;
  const fiveLines = `on ${count[programLines.split(',').length]!} lines of Node`;
  const file = pathToFileURL(join(root, 'test/programs/programs.mjs')).href;
  const { programs } = (await import(file)) as { programs: unknown[] };
  assertStates(
    'CONTRIBUTING.md',
    new RegExp(`${String(programs.length)} uses of programs [^|]*${fiveLines}`),
  );
});

test('CI and the measurements have a place for every line of Node', () => {
  const ci = all(read('.github/workflows/ci.yml'), /node: \[([\d, ]+)\]/g)[0]!;
  assert.deepEqual(ci.split(', '), nodeLines);
  assert.deepEqual(all(read('test/bench/README.md'), /^\| Node (\d+) \|/gm), nodeLines);
  const windows = all(read('test/windows/package.json'), /"node-win-(\d+)"/g);
  assertStates('native/README.md', `real Windows \`node.exe\` ${windows.join(', ')} under Wine`);
});

test('what binaries need and what the package weighs is the same wherever it is named', () => {
  const glibc = all(read('native/prebuild/build-linux.mjs'), /glibcFloor = '([\d.]+)'/g)[0]!;
  assertStates('README.md', `glibc ${glibc}`);
  assertStates('native/README.md', `glibc ${glibc} or newer`);
  const napi = all(read('binding.gyp'), /NAPI_VERSION=(\d+)/g)[0]!;
  assertStates('native/README.md', `it uses Node-API ${napi} alone`);
  // test/packaging compares the number with the tarball.
  const sizes = new Set(all(textOf('README.md'), /(?:takes) (\d\.\d MB)/g));
  assert.equal(sizes.size, 1, [...sizes].join(' and '));
});

/** Sentences with a number, and the constant it is of. Every document that has the sentence has the number. */
const limits: [sentence: RegExp, constant: string, unit: number][] = [
  [/`maximumPending` \((\d+)\)/, 'DEFAULT_MAXIMUM_PENDING', 1],
  [/RSA under (\d+)/, 'RSA_BITS', 1],
  [/a curve under (\d+) bits/, 'CURVE_BITS', 1],
  [/removed when unused for (\d+) days/, 'UNUSED_MS', 24 * 60 * 60 * 1000],
  [/the first (\d+) of a chain/, 'MOST_CERTIFICATES', 1],
  [/(\d+) of a fetched file/, 'MAX_CERTIFICATES_PER_FILE', 1],
  [/each visited once, ([\d,]+) candidates/, 'MOST_LOOKS', 1],
  [/(\d+) signatures for each explanation/, 'MOST_SIGNATURES', 1],
  [/(\d+) for each search of the verdict/, 'MOST_SIGNATURES_AT_ONCE', 1],
  [/no more than (\d+) once it has taken/, 'ALWAYS_CHECKED', 1],
  [/our own work gives way every (\d+) ms/, 'TURN_MS', 1],
  [/`--timeout` \((\d+) s\)/, 'DEFAULT_TIMEOUT_MS', 1000],
  [/for a chain (\d+) files/, 'MAX_FETCHES', 1],
  [/files, (\d+) for a certificate/, 'MAX_URLS_PER_CERTIFICATE', 1],
  [/again within (\d+) minutes of a failure/, 'FAILURE_MS', 60_000],
  [/of a failure \(of the last (\d+)\)/, 'MAX_FAILURES', 1],
  [/([\d,]+) clients, 64 MiB/, 'MAXIMUM_PEERS', 1],
  [/clients, (\d+) MiB/, 'MAXIMUM_BYTES', 1024 * 1024],
  [/only regular files, (\d+) MiB each/, 'kMaxFileSize', 1024 * 1024],
];

/** The value of a constant: a product of numbers and of other constants. */
function valueOf(code: string, constant: string): number {
  const value = new RegExp(`\\b(?:const|int64_t) ${constant} = ([^;]+);`).exec(code)?.[1];
  assert.ok(value, `no constant ${constant}`);
  return value
    .split(' * ')
    .map((factor) => Number(factor.replace(/_/g, '')) || valueOf(code, factor))
    .reduce((product, factor) => product * factor, 1);
}

test('limits that documents state are those of the code', () => {
  const code = [...filesBelow('lib', /\.ts$/), 'native/linux/file_buffer.h'].map(read).join('\n');
  for (const [sentence, constant, unit] of limits) {
    const stated = documents.flatMap((file) => sentence.exec(textOf(file))?.[1] ?? []);
    assert.ok(stated.length > 0, `no document says: ${String(sentence)}`);
    for (const number of stated) {
      assert.equal(Number(number.replace(/,/g, '')) * unit, valueOf(code, constant), constant);
    }
  }
});

test('the list of words for the spell checker is sorted, so that two people add to it without a conflict', () => {
  const { words } = JSON.parse(read('.cspell.json')) as { words: string[] };
  assert.deepEqual(words, [...new Set(words)].sort());
});

test('README fits 15 KB, and no line of a document is so long that a reader loses it', () => {
  const bytes = Buffer.byteLength(read('README.md'));
  assert.ok(bytes <= 15 * 1024, `README.md has ${bytes} bytes`);
  for (const [file, text] of texts) {
    const long = text.split('\n').findIndex((line) => line.length >= 400);
    assert.equal(long, -1, `${file}:${long + 1}`);
  }
});

test('links to other sites are https, and links to this repository lead to what is in it', () => {
  const repository = manifest.homepage.split('#')[0]!;
  for (const { file, found } of mentions(/\]\((\w+:[^)\s]*)\)|<(?=https?:)([^>\s]+)>/g)) {
    const url = URL.canParse(found) ? new URL(found) : undefined;
    assert.equal(url?.protocol, 'https:', `${file}: ${found}`);
    if (!found.startsWith(`${repository}/`)) continue;
    const [kind = '', branch, ...path] = url!.pathname.split('/').slice(3);
    if (!/^(blob|tree|raw)$/.test(kind)) continue;
    assert.equal(branch, 'main', `${file}: ${found}`);
    assert.ok(existsSync(join(root, ...path)), `${file}: ${found}`);
    const anchor = url!.hash.slice(1);
    if (anchor === '') continue;
    assert.ok(anchorsOf(read(path.join('/'))).includes(anchor), `${file}: ${found}`);
  }
});
