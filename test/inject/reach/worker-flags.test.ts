/**
 * A worker sees the same flags of the process as in stock Node, and inherits the injection whatever those flags are.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { InstalledProject } from '../../helpers/installed.js';
import { childEnvironment } from '../harness.js';

const project = new InstalledProject();
const env = childEnvironment();
const KEY = "Symbol.for('os-truststore.injection')";

before(() => {
  const exports = { one: './one.js', default: './other.js' };
  project.write('node_modules/chosen/package.json', JSON.stringify({ name: 'chosen', exports }));
  project.write('node_modules/chosen/one.js', `module.exports = 'one';`);
  project.write('node_modules/chosen/other.js', `module.exports = 'other';`);
});

const program = (options: string): string => `
  if (process.env.INJECT) require('os-truststore').inject();
  const { Worker } = require('worker_threads');
  const inWorker = \`console.log(JSON.stringify([process.execArgv, require('chosen'),
    Boolean(process.env.INJECT) === (${KEY} in require('diagnostics_channel'))]))\`;
  new Worker(inWorker, ${options});`;

async function compare(args: readonly string[], text: string): Promise<void> {
  const file = project.write('program.cjs', text);
  const all = args.includes('-e') ? args : [...args, file];
  const stock = await project.run('stock', all, env);
  assert.equal(stock.status, 0, stock.stderr);
  assert.match(stock.stdout, /true\]/);
  assert.deepEqual(await project.run('stock', all, { ...env, INJECT: '1' }), stock);
}

const usual = program('{ eval: true }');

for (const flags of [
  [],
  ['--title', 'name', '--conditions', 'one'],
  ['--title=a, b', '-C', 'one'],
  ['--v8-pool-size', '2', '--expose-gc', '--max-old-space-size=400'],
  ['-C', 'one', '-p', '-e', `${usual};''`],
  ['-e', usual],
]) {
  void test(`flags of the process: ${flags.join(' ').slice(0, 40)}`, async () => {
    await compare(flags, usual);
  });
}

for (const options of [
  'new (class { #code = true; get eval() { return this.#code; } })()',
  'Object.assign(() => undefined, { eval: true })',
  'Object.freeze({ eval: true, execArgv: ["-C", "one"] })',
]) {
  void test(`options: ${options}`, async () => {
    await compare([], program(options));
  });
}
