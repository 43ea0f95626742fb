/**
 * Starts programs with `os-truststore/register` by its name, in every way README shows.
 */
import assert from 'node:assert/strict';
import { existsSync, realpathSync } from 'node:fs';
import * as modules from 'node:module';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';

import { InstalledProject, registerWays } from '../helpers/installed.js';
import type { Way } from '../helpers/installed.js';
import {
  childEnvironment,
  createLeaf,
  createRoot,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const project = new InstalledProject();

/** Reports whether a server is trusted; `promisify` is of the builtin that aborted the process when it came first. */
const client = `
const answer = (text) => console.log(typeof promisify, text);
get(process.argv[2], { agent: false }, (response) => response.resume().on('end', () => answer('ok')))
  .on('error', (error) => answer(error.code));
`;
const imports = `import { promisify } from 'node:util';\nimport { get } from 'node:https';\n`;
const requires = `const { promisify } = require('node:util');\nconst { get } = require('node:https');\n`;

/** Strips types where Node does not, as loaders of TypeScript users do. */
const loader = `
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: text.replaceAll(': string', ''), shortCircuit: true };
}
`;
const canStrip = Boolean((process.features as { typescript?: unknown }).typescript);
const byLoader =
  'register' in modules ? ['--import', './loader-on.mjs'] : ['--loader', './loader.mjs'];

/** The arguments that start each kind of program. */
const programs: Record<string, string[]> = {
  CommonJS: ['client.cjs'],
  'an ES module': ['client.mjs'],
  'TypeScript by a loader': [...byLoader, 'client.ts'],
  ...(canStrip ? { 'TypeScript by Node itself': ['client.ts'] } : {}),
};

before(() => {
  project.write('client.cjs', requires + client);
  project.write('client.mjs', imports + client);
  project.write('client.ts', imports + client.replace('(text)', '(text: string)'));
  project.write('loader.mjs', loader);
  const on = `import { register } from 'node:module';\nregister('./loader.mjs', import.meta.url);\n`;
  project.write('loader-on.mjs', on);
});

/** Starts a server whose root is only in the system's store. */
async function prepare(t: TestContext): Promise<{ url: string; env: NodeJS.ProcessEnv }> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const directory = temporaryDirectory(t);
  const file = writeFile(directory, 'ca.pem', root.pem);
  const store = { SSL_CERT_FILE: file, SSL_CERT_DIR: directory };
  return { url, env: childEnvironment({ NODE_NO_WARNINGS: '', ...store }) };
}

/** Returns one line, without what differs between any two runs: warnings name the process. */
async function outcome(way: Way, args: string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stdout, stderr, status } = await project.run(way, args, env);
  return [stdout.trim(), stderr.replaceAll(/\(node:\d+\)/g, '(node)'), String(status)];
}

void test('the package that programs get is the one installed', () => {
  const require = modules.createRequire(join(project.path, 'program.js'));
  for (const name of ['os-truststore', 'os-truststore/register', 'node-gyp-build']) {
    const file = realpathSync(require.resolve(name));
    assert.ok(file.startsWith(project.path + sep), file);
  }
  assert.ok(!project.path.startsWith(resolve(__dirname, '../..')));
});

for (const [kind, start] of Object.entries(programs)) {
  void test(`--require, --import and NODE_OPTIONS inject before ${kind} starts`, async (t) => {
    const { url, env } = await prepare(t);
    const args = [...start, url];
    const stock = await outcome('stock', args, env);
    assert.deepEqual([stock[0], stock[2]], [`function ${REFUSED}`, '0'], stock[1]);
    for (const way of registerWays) {
      const [stdout, ...others] = await outcome(way, args, env);
      assert.deepEqual([stdout, others], ['function ok', stock.slice(1)], way);
    }
  });
}

void test('NODE_OPTIONS reaches a program that npm starts', async (t) => {
  const npm = npmCommand();
  if (npm === undefined) {
    t.skip('there is no npm in PATH');
    return;
  }
  const { url, env } = await prepare(t);
  const scripts = { start: `node client.mjs ${url}` };
  project.write('package.json', JSON.stringify({ name: 'program', private: true, scripts }));
  // npm starts the `node` in PATH.
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  for (const way of registerWays.filter((one) => one.startsWith('NODE_OPTIONS'))) {
    const { stdout, stderr, status } = await project.run(way, [npm, '--silent', 'start'], {
      ...env,
      NODE_NO_WARNINGS: '1',
      PATH: path,
    });
    assert.deepEqual([stdout.trim(), stderr, status], ['function ok', '', 0], way);
  }
});

/** Returns npm's script, which runs under any Node, even where `npm` in PATH is a shell script. */
function npmCommand(): string | undefined {
  const running = process.env['npm_execpath'];
  if (running !== undefined) return running;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const npm = folders.map((folder) => join(folder, 'npm')).find((file) => existsSync(file));
  return npm === undefined ? undefined : realpathSync(npm);
}

void test('a program that injects can go on to import anything', async () => {
  const inject = `require('os-truststore').inject();\n`;
  const file = `${inject}import('node:util').then(({ promisify }) => console.log(typeof promisify));`;
  const args = [project.write('inject.cjs', file)];
  assert.deepEqual(await outcome('stock', args, childEnvironment()), ['function', '', '0']);
});

/** Prints which files of the package are loaded at the start and at the first answer. */
const looksAtFiles = `
const parts = () =>
  Object.keys(require.cache).flatMap((file) => /parts[\\\\/](.*)\\.js$/.exec(file)?.[1] ?? []).sort();
const before = parts();
require('node:https').get(process.argv[2], { agent: false }, (response) =>
  response.resume().on('end', () => console.log(JSON.stringify([before, parts()]))));
`;

void test('a program loads of the package what it uses', async (t) => {
  const { url, env } = await prepare(t);
  const args = [project.write('files.cjs', looksAtFiles), url];
  const { stdout } = await project.run('--require', args, env);
  // Where Node does not report the first use, everything must be in place at once.
  const both = ['injection', 'store', 'workers'];
  assert.deepEqual(
    JSON.parse(stdout),
    'registerHooks' in modules ? [[], ['injection', 'store']] : [both, both],
  );
});
