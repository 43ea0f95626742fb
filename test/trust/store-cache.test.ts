import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';

import { resolveSystemOptions } from '../../dist/trust/options/options.js';
import { toStoreRead } from '../../dist/trust/options/resolved-options.js';
import { StoreCache } from '../../dist/trust/store/store-cache.js';
import { createFakeBinding, fakeFacts } from '../helpers/fake-binding.js';

const options = (overrides = {}) => toStoreRead(resolveSystemOptions({ env: {}, ...overrides }));

describe('store cache', () => {
  it('reads once while nothing changes, and again at once when something did', () => {
    const binding = createFakeBinding({ store: { facts: [fakeFacts('A')] } });
    const cache = new StoreCache(binding);
    assert.equal(cache.open(options()), cache.open(options()));
    assert.equal(binding.reads.length, 1);
    binding.setStore({ facts: [fakeFacts('B')] });
    const store = cache.open(options());
    assert.equal(binding.reads.length, 2);
    assert.deepEqual(cache.usable(options(), store, 0), [fakeFacts('B').pem]);
  });

  it('never answers one environment with the certificates of another', () => {
    const binding = createFakeBinding();
    const cache = new StoreCache(binding);
    cache.open(options());
    cache.open(options({ env: { SSL_CERT_FILE: 'a.pem' } }));
    cache.open(options({ env: { SSL_CERT_FILE: '' } }));
    assert.deepEqual(binding.reads, [{}, { sslCertFile: 'a.pem' }]);
  });

  it('judges again when a validity period begins or ends', () => {
    const binding = createFakeBinding({ store: { facts: [fakeFacts('A')], validUntil: 100 } });
    const cache = new StoreCache(binding);
    const store = cache.open(options());
    const before = cache.usable(options(), store, 99);
    assert.equal(cache.usable(options(), store, 99), before);
    assert.notEqual(cache.usable(options(), store, 100), before);
  });

  it('judges again when the clock is set back', () => {
    const binding = createFakeBinding({ store: { facts: [fakeFacts('A')], validUntil: 100 } });
    const cache = new StoreCache(binding);
    const store = cache.open(options());
    assert.notEqual(cache.usable(options(), store, 50), cache.usable(options(), store, 49));
  });

  it('reads again after a day, by a clock that may be set either way', () => {
    const day = 86_400_000;
    let now = day;
    const binding = createFakeBinding();
    const cache = new StoreCache(binding, () => now);
    for (const [time, reads] of [
      [day, 1],
      [2 * day - 1, 1],
      [2 * day, 2],
      [day, 3],
    ] as const) {
      now = time;
      cache.open(options());
      assert.equal(binding.reads.length, reads);
    }
  });

  it('shares one read among concurrent callers', async () => {
    const binding = createFakeBinding({ delayMs: 5 });
    const cache = new StoreCache(binding);
    await Promise.all([
      cache.openAsync(options()),
      cache.openAsync(options()),
      cache.openAsync(options()),
    ]);
    assert.equal(binding.reads.length, 1);
  });

  it('a caller who joined a read that is out of date when it ends reads again', async () => {
    const binding = createFakeBinding({ delayMs: 20, store: { facts: [fakeFacts('A')] } });
    const cache = new StoreCache(binding);
    const first = cache.openAsync(options());
    const second = cache.openAsync(options());
    binding.setStore({ facts: [fakeFacts('B')] });
    await first;
    assert.deepEqual((await second).facts({} as never), [fakeFacts('B')]);
    assert.equal(binding.reads.length, 2);
  });

  it('rejects with a coded error at the deadline, and serves later calls from the late answer', async () => {
    const binding = createFakeBinding({ delayMs: 60, store: { facts: [fakeFacts('A')] } });
    const cache = new StoreCache(binding);
    await assert.rejects(cache.openAsync(options({ deadlineMs: 5 })), {
      name: 'TruststoreError',
      code: 'ERR_TRUSTSTORE_DEADLINE',
    });
    const store = await cache.openAsync(options());
    assert.equal(binding.reads.length, 1, 'the second call waits for the read under way');
    assert.equal(cache.open(options()), store);
  });

  it('takes an answer that came in time though the program was busy until after the deadline', async () => {
    const fake = createFakeBinding();
    const startRead: typeof fake.startRead = (request, callback) => {
      // The message arrives as the addon's answers do: through the event loop, after its timers.
      const { port1, port2 } = new MessageChannel();
      port2.once('message', () => {
        port2.close();
        callback(fake.read(request, {} as never));
      });
      port1.postMessage('answer');
      const nothing = (): undefined => undefined;
      return { wait: nothing, cancel: nothing, ref: nothing, unref: nothing };
    };
    const cache = new StoreCache({ ...fake, startRead });
    // From here on timers come first.
    await new Promise((resolve) => setImmediate(resolve));
    const answer = cache.openAsync(options({ deadlineMs: 5 }));
    const busyUntil = performance.now() + 50;
    while (performance.now() < busyUntil);
    assert.equal((await answer).size, 0);
  });
});
