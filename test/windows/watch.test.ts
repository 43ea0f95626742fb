import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createCertificate } from '../helpers/pki';
import { ask, clientSource } from './client';
import { addToStores, removeFromStores } from './stores';
import type { Location, StoreEntry } from './stores';
import { Prefix, setup } from './wine';

/** Reports at every change what the store then holds; ends by itself when it holds `last`. */
const watching = `
const addon = require(addonPath);
// Wine fills ROOT at the first read; the test must not wait for that change.
addon.read({});
const alive = setInterval(() => {}, 1000);
const watch = addon.watch({}, () => {
  const names = library.readSystemStore().certificates.map(({ subject }) => subject);
  const found = ['last', 'second', 'first'].find((name) => names.includes('CN=' + name));
  print('CHANGED ' + (found ?? 'none'));
  if (found !== 'last') return;
  watch.close();
  clearInterval(alive);
});
print('READY');
`;

async function entry(name: string, location: Location): Promise<StoreEntry> {
  return { certificate: await createCertificate({ commonName: name }), location, store: 'ROOT' };
}

async function withPrefix(body: (prefix: Prefix) => Promise<void>): Promise<void> {
  const prefix = new Prefix();
  try {
    await body(prefix);
  } finally {
    prefix.remove();
  }
}

describe('watching the Windows stores', { concurrency: 2 }, () => {
  for (const line of Object.keys(setup.nodes)) {
    it(`tells Node ${line} of what another process adds and removes`, () =>
      withPrefix(async (prefix) => {
        const first = await entry('first', 'CURRENT_USER');
        const client = prefix.startNode(line, clientSource(setup.shipped, watching));
        await client.line('READY');
        await addToStores(prefix, [first]);
        await client.line('CHANGED first');
        await removeFromStores(prefix, [first]);
        await client.line('CHANGED none');
        // Group policy has had no key for stores until now.
        await addToStores(prefix, [await entry('second', 'LOCAL_MACHINE_GROUP_POLICY')]);
        await client.line('CHANGED second');
        await addToStores(prefix, [await entry('last', 'CURRENT_USER_GROUP_POLICY')]);
        await client.line('CHANGED last');
        assert.equal((await client.finish()).code, 0);
      }));

    it(`lets Node ${line} exit, by itself and by process.exit, with a watch running`, () =>
      withPrefix(async (prefix) => {
        const start = `const watch = require(addonPath).watch({}, () => {});
          if (watch.error) throw new Error(watch.error.message);`;
        const idle = await prefix.node(line, clientSource(setup.shipped, start));
        assert.deepEqual([idle.code, idle.output], [0, '']);
        const exit = await prefix.node(
          line,
          clientSource(setup.shipped, `${start} process.exit(7);`),
        );
        assert.deepEqual([exit.code, exit.output], [7, '']);
      }));

    it(`ends the watches of workers of Node ${line} that exit or are terminated`, () =>
      withPrefix(async (prefix) => {
        const worker = `const { parentPort, workerData } = require('node:worker_threads');
          require(workerData.addonPath).watch({}, () => {});
          parentPort.postMessage('ready');
          if (workerData.exit) process.exit(3);
          setInterval(() => {}, 1000);`;
        const codes = await ask<number[]>(
          prefix,
          line,
          setup.shipped,
          `const { Worker } = require('node:worker_threads');
          const codes = [];
          for (const exit of [true, false, true, false]) {
            const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: { addonPath, exit } });
            const ended = new Promise((resolve) => worker.once('exit', resolve));
            await new Promise((resolve) => worker.once('message', resolve));
            if (!exit) await worker.terminate();
            codes.push(await ended);
          }
          report(codes);`,
        );
        assert.deepEqual(codes, [3, 1, 3, 1]);
      }));
  }

  it('knows by the signature of a read whether anything has changed since', () =>
    withPrefix(async (prefix) => {
      const client = prefix.startNode(
        '22',
        clientSource(
          setup.shipped,
          `const addon = require(addonPath);
          addon.read({});
          const store = addon.read({});
          print('CURRENT ' + store.isCurrent());
          while (store.isCurrent()) await new Promise((resolve) => setTimeout(resolve, 20));
          print('STALE, a new read is ' + (addon.read({}).isCurrent() ? 'current' : 'stale too'));`,
        ),
      );
      assert.equal(await client.line('CURRENT '), 'true');
      await addToStores(prefix, [await entry('new', 'LOCAL_MACHINE')]);
      assert.equal(await client.line('STALE, a new read is '), 'current');
      assert.equal((await client.finish()).code, 0);
    }));
});
