import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createCertificate } from '../helpers/pki';
import { ask } from './client';
import { writeCertificates } from './native-certificates';
import { addToStores } from './stores';
import { Prefix, setup, windowsPath } from './wine';

const reads = 400;
/**
 * A leaked ROOT store of this size is tens of kilobytes, a leaked certificate one or two; these reads would leak far
 * more.
 */
const allowedGrowth = 512 * 1024;

describe('reading and verifying again and again', () => {
  let prefix: Prefix;

  before(async () => {
    prefix = new Prefix();
    const certificates = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        createCertificate({ commonName: `root ${String(index)}` }),
      ),
    );
    await addToStores(
      prefix,
      certificates.map((certificate) => ({ certificate, location: 'CURRENT_USER', store: 'ROOT' })),
    );
  });
  after(() => {
    prefix.remove();
  });

  /** Runs the native program that repeats its work. */
  async function assertFlat(...more: string[]): Promise<void> {
    const { output } = await prefix.run(setup.nativeTests, [`--repeat=${String(reads)}`, ...more]);
    const numbers = [...output.matchAll(/\d+/g)].map(Number);
    assert.equal(numbers.length, 4, output);
    const [handlesBefore = 0, handlesAfter = 0, bytesBefore = 0, bytesAfter = 0] = numbers;
    assert.ok(handlesBefore > 0, output);
    assert.equal(handlesAfter, handlesBefore, output);
    assert.ok(bytesAfter - bytesBefore < allowedGrowth, output);
  }

  it('leaves handles and memory flat', () => assertFlat());

  it('leaves them flat when it verifies, with both engines', async () => {
    await assertFlat(windowsPath(await writeCertificates()));
  });

  it('gives back natively what JavaScript has dropped', async () => {
    const { stores, grown } = await ask<{ stores: number; grown: number }>(
      prefix,
      '22',
      setup.shipped,
      `require('node:v8').setFlagsFromString('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      const addon = require(addonPath);
      let alive = 0;
      const registry = new FinalizationRegistry(() => { alive -= 1; });
      const read = () => {
        const store = addon.read({});
        alive += 1;
        registry.register(store);
      };
      const settle = async () => {
        for (let round = 0; round < 3; round += 1) {
          gc();
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return process.memoryUsage.rss();
      };
      for (let index = 0; index < 100; index += 1) read();
      const before = await settle();
      for (let index = 0; index < 200; index += 1) read();
      report({ grown: (await settle()) - before, stores: alive });`,
    );
    assert.ok(stores <= 1, `${String(stores)} stores are left`);
    assert.ok(grown < 8 * allowedGrowth, `grown by ${String(grown)} bytes`);
  });
});
