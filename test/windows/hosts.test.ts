import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createCertificate } from '../helpers/pki';
import type { TestCertificate } from '../helpers/pki';
import { ask, clientSource, reported } from './client';
import { addToStores } from './stores';
import { Prefix, setup } from './wine';

/** Makes a worker that runs `body` with the library. */
function workerOf(body: string): string {
  return `new (require('node:worker_threads').Worker)(
    ${JSON.stringify(`const library = require(require('node:worker_threads').workerData.directory);
    const addon = require(require('node:worker_threads').workerData.addonPath);
    const { parentPort } = require('node:worker_threads');
    ${body}`)},
    { eval: true, workerData: { directory: packageDirectory, addonPath } },
  )`;
}

const reads = 'report(library.getSystemCAs());';

describe('loading the addon', { concurrency: 2 }, () => {
  let root: TestCertificate;
  let prefix: Prefix;

  before(async () => {
    root = await createCertificate({ commonName: 'loaded' });
    prefix = new Prefix();
    await addToStores(prefix, [{ certificate: root, location: 'LOCAL_MACHINE', store: 'ROOT' }]);
  });
  after(() => {
    prefix.remove();
  });

  for (const line of Object.keys(setup.nodes)) {
    it(`works in Node ${line}, required and imported`, async () => {
      const pems = await ask<string[][]>(
        prefix,
        line,
        setup.shipped,
        `const url = require('node:url').pathToFileURL(packageDirectory + '\\\\dist\\\\index.mjs');
        const module = await import(url);
        report([library.getSystemCAs(), await module.getSystemCAsAsync()]);`,
      );
      assert.equal(pems[0]?.includes(root.pem), true);
      assert.deepEqual(pems[0], pems[1]);
    });

    it(`works in three worker threads of Node ${line} at once`, async () => {
      const counts = await ask<number[]>(
        prefix,
        line,
        setup.shipped,
        `const workers = [1, 2, 3].map(() => ${workerOf(
          'parentPort.postMessage(library.getSystemCAs().length);',
        )});
        report(await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }))));`,
      );
      assert.equal(counts.length, 3);
      assert.equal(new Set(counts).size, 1);
      assert.ok((counts[0] ?? 0) > 0);
    });

    it(`outlives workers of Node ${line} that end while they read`, async () => {
      const left = await ask<number>(
        prefix,
        line,
        setup.shipped,
        `for (let round = 0; round < 10; round += 1) {
          const worker = ${workerOf('addon.startRead({}, () => {}); parentPort.postMessage(1);')};
          await new Promise((resolve) => worker.once('message', resolve));
          await worker.terminate();
        }
        report(library.getSystemCAs().length);`,
      );
      assert.ok(left > 0);
    });
  }

  it('works in a host that is not called node.exe', async () => {
    const result = await prefix.node(setup.renamed, clientSource(setup.shipped, reads));
    assert.equal(reported<string[]>(result).includes(root.pem), true);
  });

  it('lets the process exit while a read is under way', async () => {
    const body = `require(addonPath).startRead({}, () => {}); process.exit(7);`;
    const { code, output } = await prefix.node('22', clientSource(setup.shipped, body));
    assert.equal(code, 7, output);
  });

  it('reads off the main thread without holding up the event loop', async () => {
    const pems = await ask<string[]>(
      prefix,
      '22',
      setup.shipped,
      'report(await library.getSystemCAsAsync());',
    );
    assert.equal(pems.includes(root.pem), true);
  });
});
