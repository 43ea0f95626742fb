/**
 * One fresh process of test/bench/root-lists.mjs: connects again and again with one kind of `ca`, or calls only our
 * hook. Prints one JSON object with figures per connection or call.
 */
'use strict';
const { readFileSync } = require('node:fs');
const https = require('node:https');
const tls = require('node:tls');

const { inject, median, request, settle, timeConnections } = require('./connecting.cjs');

const { way, measure, kind, count, warmUp, ports, files } = JSON.parse(process.argv[2]);

const own = readFileSync(files.root, 'latin1');
const list = () => [...tls.rootCertificates, own];
const asBytes = () => list().map((pem) => Buffer.from(pem));
/** Reads all of Node's roots but one: the longest list that is not taken for the defaults. */
const readLarge = () => readFileSync(files.large);
const always = (options) => () => options;
const identity = () => ({
  key: readFileSync(files.key, 'latin1'),
  cert: readFileSync(files.cert, 'latin1'),
});

/** `each` makes the options of one connection; `agent` is what a program gives its agent. */
const kinds = {
  'list, made for each connection': () => ({ each: () => ({ ca: list() }) }),
  'list of an agent': () => ({ agent: { ca: list() } }),
  'list of Buffers': () => ({ each: always({ ca: asBytes() }) }),
  'list of Buffers, made for each connection': () => ({ each: () => ({ ca: asBytes() }) }),
  'list as one text': () => ({ each: always({ ca: list().join('\n') }) }),
  'list, with a client certificate': () => ({
    each: always({ ca: list(), ...identity() }),
    port: ports.mutual,
  }),
  'one certificate': () => ({ each: always({ ca: own }) }),
  'all roots but one, as one text': () => ({ each: always({ ca: readLarge().toString() }) }),
  'all roots but one, as one Buffer': () => ({ each: always({ ca: readLarge() }) }),
  'all roots but one, read for each connection': () => ({ each: () => ({ ca: readLarge() }) }),
};

async function connections() {
  const { each = () => ({}), agent, port = ports.plain } = kinds[kind]();
  if (way === 'injected') await inject();
  // Makes full handshakes: no connection is kept and no session is resumed.
  const shared = new https.Agent({ ...agent, keepAlive: false, maxCachedSessions: 0 });
  const connect = () => request({ host: '127.0.0.1', port, agent: shared, ...each() });
  for (let i = 0; i < warmUp; i++) await connect();
  await settle();
  return timeConnections(connect, count);
}

/** Measures what our hook adds to a call, in microseconds, over a `createSecureContext` that does nothing. */
async function hook() {
  const { each = () => ({}), agent } = kinds[kind]();
  const context = { context: { addCACert: () => undefined } };
  tls.createSecureContext = () => context;
  const connection = {
    ...{ rejectUnauthorized: true, checkServerIdentity: tls.checkServerIdentity },
    ...{ minDHSize: 1024, ...agent },
  };
  const call = () => {
    const options = { ...connection, ...each() };
    const start = performance.now();
    tls.createSecureContext(options);
    return (performance.now() - start) * 1000;
  };
  const time = () => {
    for (let i = 0; i < warmUp; i++) call();
    return median(Array.from({ length: count }, call));
  };
  const without = time();
  await inject();
  call();
  await settle();
  return { hook: time() - without };
}

({ connections, hook })[measure]().then((figures) => {
  process.stdout.write(JSON.stringify(figures), () => process.exit(0));
});
