/**
 * Tests the edges of an environment's life: worker threads, exits and terminations in the middle of a read, and an
 * addon loaded more than once. Each case runs in a process of its own; a crash shows as a signal.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const library = JSON.stringify(join(__dirname, '..', '..', 'dist', 'index.js'));
const addon = JSON.stringify(join(__dirname, '..', '..', 'dist', 'addon', 'load-addon.js'));

function run(script: string): string {
  const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(child.signal, null, child.stderr);
  assert.equal(child.status, 0, child.stderr);
  return child.stdout.trim();
}

describe('environment teardown', () => {
  it('exits while a read is under way', () => {
    run(`const t = require(${library});
      for (let i = 0; i < 20; i++) t.readSystemStoreAsync({ env: { SSL_CERT_DIR: '/usr:' + i } });
      process.exit(0);`);
  });

  it('ends by itself when only an abandoned read is left', () => {
    run(`const { loadAddon } = require(${addon});
      loadAddon().startRead({}, () => { throw new Error('cancelled reads never call back'); }).cancel();
      const unreferenced = loadAddon().startRead({}, () => {});
      unreferenced.unref();`);
  });

  it('terminates workers in the middle of reads, again and again', () => {
    const output = run(`const { Worker } = require('node:worker_threads');
      const code = 'const t = require(' + ${JSON.stringify(library)} + ');' +
        'for (let i = 0; i < 8; i++) t.getSystemCAsAsync({ env: { SSL_CERT_DIR: "/etc/ssl/certs:" + i } });' +
        'require("node:worker_threads").parentPort.postMessage(0);';
      let left = 30;
      (function next() {
        if (left-- === 0) return console.log('done');
        const worker = new Worker(code, { eval: true });
        worker.once('message', () => worker.terminate().then(next));
      })();`);
    assert.equal(output, 'done');
  });

  it('reads in many workers at once, the same everywhere', () => {
    const output = run(`const { Worker } = require('node:worker_threads');
      const code = 'const t = require(' + ${JSON.stringify(library)} + ');' +
        'const { parentPort } = require("node:worker_threads");' +
        't.getSystemCAsAsync().then((pems) => parentPort.postMessage(pems.join("")));';
      const expected = require(${library}).getSystemCAs().join('');
      Promise.all(Array.from({ length: 8 }, () => new Promise((resolve, reject) => {
        new Worker(code, { eval: true }).once('message', resolve).once('error', reject);
      }))).then((texts) => console.log(texts.every((text) => text === expected)));`);
    assert.equal(output, 'true');
  });

  it('answers when the package is loaded twice', () => {
    const output = run(`const first = require(${library});
      const expected = first.getSystemCAs();
      for (const key of Object.keys(require.cache)) delete require.cache[key];
      const second = require(${library});
      if (first === second) throw new Error('not loaded twice');
      console.log(JSON.stringify(second.getSystemCAs()) === JSON.stringify(expected));`);
    assert.equal(output, 'true');
  });

  it('maps the addon by being imported, and loads no TLS and no crypto', () => {
    const output = run(`const before = new Set(process.moduleLoadList);
      require(${library});
      const loaded = process.moduleLoadList.filter((name) => !before.has(name));
      console.log(loaded.filter((name) => /NativeModule (tls|crypto|https|net)$/.test(name)).join());
      const report = process.report.getReport().sharedObjects;
      console.log(report.some((path) => path.includes('truststore')));`);
    assert.equal(output, 'true');
  });
});
