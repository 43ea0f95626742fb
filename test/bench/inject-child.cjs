/**
 * One fresh process of test/bench/inject.mjs: sets trust up in one way and measures what that costs. Prints one JSON
 * object.
 */
const { performance } = require('node:perf_hooks');
const { readFileSync } = require('node:fs');

const { way, measure, url, root, count = 0 } = JSON.parse(process.argv[2]);

const timed = (run) => {
  const start = performance.now();
  run();
  return performance.now() - start;
};

const readPem = (file) =>
  readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);

/** Returns the certificates of the store that Node does not bundle, and the test's root. */
const systemList = () => [
  ...(process.env.BENCH_BUNDLE ? readPem(process.env.BENCH_BUNDLE) : []),
  readFileSync(root, 'latin1'),
];

/** Each sets trust up and returns what every request then needs. */
const ways = {
  stock: () => ({}),
  'use-system-ca': () => ({}),
  ours: () => {
    require('../../dist/index.js').inject();
    return {};
  },
  'ca option': () => ({ ca: [...require('node:tls').rootCertificates, ...systemList()] }),
  // mac-ca and win-ca inject like this: the list becomes an option of the global agent.
  'agent option': () => {
    const https = require('node:https');
    https.globalAgent.options.ca = [...require('node:tls').rootCertificates, ...systemList()];
    return { agent: https.globalAgent };
  },
};

function request(options) {
  const https = require('node:https');
  return new Promise((resolve, reject) => {
    https
      .get(url, { agent: false, ...options, headers: { connection: 'close' } }, (response) => {
        response.resume().on('end', resolve);
      })
      .on('error', reject);
  });
}

const measures = {
  /** Measures the median of contexts after the first, as tls.connect makes them. */
  contexts: async () => {
    const options = ways[way]();
    const tls = require('node:tls');
    const connection = {
      ...{
        rejectUnauthorized: true,
        checkServerIdentity: tls.checkServerIdentity,
        minDHSize: 1024,
      },
      ...(options.ca ? { ca: options.ca } : {}),
    };
    tls.createSecureContext({ ...connection });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const later = [];
    for (let i = 0; i < count; i++) {
      later.push(timed(() => tls.createSecureContext({ ...connection })));
    }
    later.sort((a, b) => a - b);
    return { later: later[later.length >> 1] };
  },
  /** Makes full handshakes one after the other and measures them and the memory they leave. */
  handshakes: async () => {
    const options = ways[way]();
    for (let i = 0; i < 20; i++) await request(options);
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < count; i++) await request(options);
    const ms = performance.now() - start;
    const used = process.cpuUsage(cpu);
    return { perSecond: (count * 1000) / ms, cpuMs: (used.user + used.system) / 1000 / count };
  },
  /** Measures the memory of a connection that stays open. */
  memory: async () => {
    const options = ways[way]();
    const tls = require('node:tls');
    const { hostname, port } = new URL(url);
    const connect = () =>
      new Promise((resolve, reject) => {
        const socket = tls.connect({ host: hostname, port, ca: options.ca }, () => resolve(socket));
        socket.on('error', reject);
      });
    const sockets = [];
    for (let i = 0; i < 20; i++) sockets.push(await connect());
    globalThis.gc();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < count; i++) sockets.push(await connect());
    globalThis.gc();
    const kib = (process.memoryUsage().rss - before) / 1024 / count;
    for (const socket of sockets) socket.destroy();
    return { kib };
  },
};

Promise.resolve(measures[measure]()).then((result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
});
