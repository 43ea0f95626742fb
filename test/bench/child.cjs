/**
 * Makes one measurement in a process of its own: `node child.cjs <measure> <contender>` prints figures in milliseconds
 * or KiB as one line of JSON. SSL_CERT_FILE and SSL_CERT_DIR choose the store, because every contender honours them.
 */
'use strict';
const { resolve } = require('node:path');

const packageRoot = resolve(__dirname, '..', '..');
const now = () => Number(process.hrtime.bigint()) / 1e6;
const rssKiB = () => process.memoryUsage.rss() / 1024;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Loading and reading are separate, because a program pays for them at different times. */
const contenders = {
  ours: () => {
    const { getSystemCAs, getSystemCAsAsync } = require(packageRoot);
    return {
      read: () => getSystemCAs(),
      readAsync: () => getSystemCAsAsync({ deadlineMs: 600_000 }),
    };
  },
  node: () => {
    const tls = require('node:tls');
    const read = () => tls.getCACertificates('system');
    // There is no other asynchronous way: it blocks just the same.
    return { read, readAsync: async () => read() };
  },
  'system-ca': () => {
    const { systemCertsSync, systemCertsAsync } = require('system-ca');
    return { read: () => systemCertsSync(), readAsync: () => systemCertsAsync() };
  },
  empty: () => {
    require('./empty.cjs');
    return { read: () => [], readAsync: () => sleep(300) };
  },
};

function load(name) {
  const start = now();
  const contender = contenders[name]();
  return { contender, required: now() - start };
}

function timed(action) {
  const start = now();
  const result = action();
  return { ms: now() - start, result };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const measures = {
  cold(name) {
    const { contender, required } = load(name);
    const before = process.cpuUsage();
    const { ms, result } = timed(contender.read);
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1000;
    return { require: required, call: ms, total: required + ms, cpu, count: result.length };
  },

  /** Times the steps of the first call as `getSystemCAs()` takes them. */
  phases() {
    const part = (file) => require(resolve(packageRoot, 'dist', file));
    const { getSystemCAs } = part('trust/store/system-store.js');
    const { systemStoreCache } = part('trust/store/store-cache.js');
    const { resolveSystemOptions } = part('trust/options/options.js');
    const { toStoreRead } = part('trust/options/resolved-options.js');
    const addon = timed(() => part('addon/load-binding.js').loadBinding()).ms;
    const { ms: options, result: resolved } = timed(() => toStoreRead(resolveSystemOptions()));
    const { ms: open, result: store } = timed(() => systemStoreCache().open(resolved));
    const answer = timed(() => systemStoreCache().usable(resolved, store, Date.now())).ms;
    const again = timed(() => getSystemCAs()).ms;
    const glue = options + open - store.durationMs;
    return { addon, native: store.durationMs, glue, answer, again };
  },

  warm(name) {
    const { contender } = load(name);
    contender.read();
    const samples = Array.from({ length: 200 }, () => timed(contender.read).ms);
    return { call: median(samples) };
  },

  memory(name) {
    const before = rssKiB();
    const { contender } = load(name);
    const loaded = rssKiB();
    const kept = contender.read();
    const after = rssKiB();
    return {
      load: loaded - before,
      read: after - loaded,
      total: after - before,
      count: kept.length,
    };
  },

  /** Appends a certificate to the store and asks, again and again. */
  change(name) {
    const fs = require('node:fs');
    const [file, additions] = process.argv.slice(4);
    const extra = JSON.parse(fs.readFileSync(additions, 'utf8'));
    const { contender } = load(name);
    let count = contender.read().length;
    let noticed = 0;
    const samples = extra.map((pem) => {
      fs.appendFileSync(file, pem);
      const { ms, result } = timed(contender.read);
      if (result.length === count + 1) noticed++;
      count = result.length;
      return ms;
    });
    return { call: median(samples), noticed: noticed / extra.length };
  },

  async async(name) {
    const { monitorEventLoopDelay } = require('node:perf_hooks');
    const { contender } = load(name);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let widestGap = 0;
    let last = now();
    let running = true;
    const tick = () => {
      const time = now();
      widestGap = Math.max(widestGap, time - last);
      last = time;
      if (running) setImmediate(tick);
    };
    await sleep(100);
    delay.enable();
    await sleep(20);
    delay.reset();
    // The first interval after a reset is not counted, so the read must come later.
    await sleep(10);
    last = now();
    setImmediate(tick);
    const start = now();
    const result = await contender.readAsync();
    const duration = now() - start;
    await sleep(5);
    running = false;
    delay.disable();
    return { delay: delay.max / 1e6, gap: widestGap, duration, count: result?.length ?? 0 };
  },

  /** `child.cjs merge ours <file>`: merges everything once, then adds the file of user CAs. */
  merge() {
    const [file] = process.argv.slice(4);
    const { getTrustedCAs } = require(packageRoot);
    const cold = timed(() => getTrustedCAs()).ms;
    const { ms, result } = timed(() => getTrustedCAs({ userCAs: { files: [file] } }));
    const again = timed(() => getTrustedCAs({ userCAs: { files: [file] } })).ms;
    return { cold, call: ms, again, count: result.length };
  },
};

const [measure, name] = process.argv.slice(2);
Promise.resolve(measures[measure](name)).then((figures) => {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
});
