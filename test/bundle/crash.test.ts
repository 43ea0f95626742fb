/**
 * Whatever happens to the writers, a reader finds the whole bundle or none.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { writeBundle } from '../../dist/index.js';
import { libraryPath, makeMachine, makePki, runScript } from './machine.js';
import type { Machine } from './machine.js';

const skip = process.platform === 'win32' && 'Windows has no SIGKILL';

/**
 * Kills itself before the n-th call that changes the file system, with a write half done. Prints how many calls there
 * were when it was not killed.
 */
const crashing = `
const fs = require('node:fs');
const [, deadly] = process.argv;
let calls = 0;
const die = () => { process.kill(process.pid, 'SIGKILL'); for (;;); };
const names = ['mkdirSync', 'openSync', 'writeFileSync', 'fchmodSync', 'fsyncSync', 'closeSync', 'renameSync',
  'chmodSync', 'utimesSync', 'rmSync'];
const watched = (path) => typeof path === 'number' || String(path).startsWith(process.env.XDG_CACHE_HOME);
for (const name of names) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (!watched(args[0]) || ++calls !== Number(deadly)) return original(...args);
    if (name === 'writeFileSync') original(args[0], args[1].slice(0, args[1].length / 2));
    die();
  };
}
require(${JSON.stringify(libraryPath)}).writeBundle({ bundled: false });
console.log(calls);
`;

function bundlesIn(machine: Machine): string[] {
  const directory = join(machine.directory, 'cache', 'os-truststore');
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .filter((name) => name.startsWith('ca-bundle-'))
    .map((name) => join(directory, name));
}

test(
  'kill -9 at every step leaves no partial file, and the next call mends it',
  { skip },
  async (t) => {
    const { root } = await makePki();
    let kills = 0;
    for (let deadly = 1; ; deadly++) {
      const machine = makeMachine(t);
      machine.trust(root);
      const { signal, stdout, stderr } = await runScript(machine, crashing, [String(deadly)]);
      for (const path of bundlesIn(machine)) assert.equal(fs.readFileSync(path, 'utf8'), root.pem);
      const { path } = writeBundle({ bundled: false, system: { env: machine.env } });
      assert.equal(fs.readFileSync(path, 'utf8'), root.pem);
      if (signal === null) {
        assert.equal(Number(stdout), deadly - 1, stderr);
        break;
      }
      assert.equal(signal, 'SIGKILL');
      kills++;
    }
    assert.ok(kills >= 7, `only ${kills} steps`);
  },
);

const writers = 50;

test(`${writers} processes write at once, and readers never see part of a file`, async (t) => {
  const machine = makeMachine(t);
  const { root, intermediate } = await makePki();
  machine.trust(root, intermediate);
  const script = `console.log(require(${JSON.stringify(libraryPath)}).writeBundle().path)`;
  let running = true;
  const ended = Promise.all(
    Array.from({ length: writers }, () => runScript(machine, script)),
  ).finally(() => {
    running = false;
  });
  const seen = new Map<string, string>();
  let reads = 0;
  while (running) {
    await new Promise((next) => setTimeout(next, 1));
    for (const path of bundlesIn(machine)) {
      const text = fs.readFileSync(path, 'utf8');
      assert.equal(text, seen.get(path) ?? text, 'a file has changed');
      assert.match(text, /-----END CERTIFICATE-----\n$/);
      seen.set(path, text);
      reads++;
    }
  }
  const results = await ended;
  for (const { status, stderr } of results) assert.equal(status, 0, stderr);
  const [path, ...more] = new Set(results.map(({ stdout }) => stdout.trim()));
  assert.deepEqual(more, []);
  assert.ok(reads > 0);
  const expected = writeBundle({ system: { env: machine.env } });
  assert.equal(expected.path, path);
  assert.deepEqual(
    [...seen.keys()].map((file) => basename(file)).sort(),
    [expected.path, expected.env['NODE_EXTRA_CA_CERTS'] ?? ''].map((file) => basename(file)).sort(),
  );
  // Nothing half-written is left.
  const names = fs.readdirSync(join(machine.directory, 'cache', 'os-truststore'));
  assert.deepEqual(
    names.filter((name) => name.endsWith('.tmp')),
    [],
  );
});
