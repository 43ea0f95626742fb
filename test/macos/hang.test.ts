import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { loadBinding } from '../../dist/addon/load-binding.js';
import {
  getSystemCAsAsync,
  getTrustedCAsAsync,
  inject,
  readSystemStoreAsync,
} from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import { assertClean, eventually, mac } from './fake-mac.js';

const KEYCHAIN_ITEM_ADDED = 1 << 3;
const TRUST_SETTINGS_CHANGED = 1 << 12;

/** Returns how long the event loop stood still at most while `work` ran. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await work();
  clearInterval(timer);
  return Math.max(longest, performance.now() - last);
}

/** Runs a script with the same Mac in this Node, or in the emulator it runs in. */
function runNode(script: string) {
  const emulator = (process.env.MACOS_TEST_EMULATOR ?? '').split(' ').filter(Boolean);
  const command = [...emulator, process.execPath, '-e', script];
  return spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
}

const paths = {
  fake: JSON.stringify(require.resolve('./fake-mac.js')),
  index: JSON.stringify(require.resolve('../../dist/index.js')),
};

describe('a store that does not answer', () => {
  afterEach(async () => {
    mac.unhang();
    await eventually(() => mac.hanging() === 0, 'the end of the hanging read');
  });

  for (const call of ['SecTrustSettingsCopyCertificates', 'SecItemCopyMatching']) {
    test(`rejects at the deadline while ${call} hangs, and the event loop goes on`, async () => {
      const root = await createCertificate({ commonName: 'Apple' });
      mac.reset([{ der: root.der, system: true }]);
      mac.hang(call);
      const start = performance.now();
      const block = await longestBlock(async () => {
        await assert.rejects(getSystemCAsAsync({ deadlineMs: 2000 }), {
          name: 'TruststoreError',
          code: 'ERR_TRUSTSTORE_DEADLINE',
        });
      });
      const elapsed = performance.now() - start;
      assert.ok(elapsed >= 1990 && elapsed < 10_000, `rejected after ${String(elapsed)} ms`);
      // A blocked loop would stand still for both seconds; a busy machine stays well below.
      assert.ok(block < 1500, `the event loop stood still for ${String(block)} ms`);
      mac.unhang();
      assert.deepEqual(await getSystemCAsAsync(), [root.pem]);
      assertClean();
    });
  }

  test('does not keep a process alive that has given up', async () => {
    const child = runNode(`
      const { mac } = require(${paths.fake});
      const { getSystemCAsAsync } = require(${paths.index});
      mac.reset([]);
      mac.hang('SecTrustSettingsCopyCertificates');
      getSystemCAsAsync({ deadlineMs: 50 }).catch((error) => console.log(error.code));
    `);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0);
    assert.equal(output, 'ERR_TRUSTSTORE_DEADLINE\n');
  });

  test('does not stop a process that exits in the middle of a read', async () => {
    const child = runNode(`
      const { mac } = require(${paths.fake});
      const { getSystemCAsAsync } = require(${paths.index});
      mac.reset([]);
      mac.hang('SecItemCopyMatching');
      getSystemCAsAsync();
      const timer = setInterval(() => { if (mac.hanging()) process.exit(7); }, 5);
    `);
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 7);
  });

  test('lets a worker that reads be terminated, and comes back late into nothing', async () => {
    const root = await createCertificate({ commonName: 'Apple' });
    mac.reset([{ der: root.der, system: true }]);
    mac.hang('SecTrustSettingsCopyCertificates');
    const worker = new Worker(`require(${paths.index}).getSystemCAsAsync();`, { eval: true });
    await eventually(() => mac.hanging() === 1, 'the worker’s read');
    await worker.terminate();
    mac.unhang();
    await eventually(() => mac.hanging() === 0, 'the late return');
    assert.deepEqual(await getSystemCAsAsync(), [root.pem]);
    await eventually(() => mac.report().leaks.length === 0, 'the release of everything');
    assertClean();
  });
});

test('a slow store does not hold up the event loop', async () => {
  const root = await createCertificate({ commonName: 'Apple' });
  mac.reset([{ der: root.der, system: true }]);
  mac.delay('SecTrustSettingsCopyCertificates', 1000);
  const block = await longestBlock(() => readSystemStoreAsync({ deadlineMs: 30_000 }));
  assert.ok(block < 900, `the event loop stood still for ${String(block)} ms`);
});

test('four workers read at once, one after the other inside Security', async () => {
  const root = await createCertificate({ commonName: 'Apple' });
  mac.reset([{ der: root.der, system: true }]);
  mac.delay('SecTrustSettingsCopyCertificates', 5);
  const script = `
    const { parentPort } = require('node:worker_threads');
    require(${paths.index}).getSystemCAsAsync().then((pems) => parentPort.postMessage(pems));`;
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const worker = new Worker(script, { eval: true });
      // Both are awaited from the start, because a quick worker ends right after its message.
      const events = [once(worker, 'message'), once(worker, 'exit')];
      const [[pems]] = (await Promise.all(events)) as [[string[]], unknown[]];
      return pems;
    }),
  );
  for (const pems of answers) assert.deepEqual(pems, [root.pem]);
  assertClean();
});

describe('a store that changes', () => {
  test('is heard of, and the callback goes with the watch', async () => {
    mac.reset([]);
    let changes = 0;
    const watch = loadBinding().watch({}, () => changes++);
    assert.ok(watch !== undefined);
    await eventually(() => mac.hasKeychainCallback(), 'registration');
    mac.postKeychainEvent(TRUST_SETTINGS_CHANGED);
    await eventually(() => changes === 1, 'the first change');
    mac.postKeychainEvent(KEYCHAIN_ITEM_ADDED);
    await eventually(() => changes === 2, 'the second change');
    watch.close();
    await eventually(() => !mac.hasKeychainCallback(), 'unregistration');
    assertClean();
  });

  test('changes what an injection trusts', async (t) => {
    const before = await createCertificate({ commonName: 'Before' });
    const after = await createCertificate({ commonName: 'After' });
    mac.reset([{ der: before.der, admin: [] }]);
    const injection = inject({ watch: true, bundled: false });
    t.after(() => {
      injection.restore();
    });
    await injection.ready;
    assert.deepEqual(injection.certificates, [before.pem]);
    await eventually(() => mac.hasKeychainCallback(), 'registration');
    mac.reset([{ der: after.der, admin: [] }]);
    mac.postKeychainEvent(TRUST_SETTINGS_CHANGED);
    await eventually(() => injection.certificates.join() === after.pem, 'the change');
  });
});

test('an injection whose store hangs leaves the bundled roots in force', async (t) => {
  mac.reset([]);
  mac.hang('SecTrustSettingsCopyCertificates');
  t.after(() => {
    mac.unhang();
  });
  const injection = inject({ deadlineMs: 100 });
  t.after(() => {
    injection.restore();
  });
  const { default: tls } = await import('node:tls');
  await eventually(() => mac.hanging() === 1, 'the read');
  assert.ok(injection.certificates.length >= tls.rootCertificates.length);
  mac.unhang();
  await injection.ready;
  assert.ok((await getTrustedCAsAsync()).length >= tls.rootCertificates.length);
});
