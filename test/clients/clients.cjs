/**
 * Real clients that say nothing about trust. Each opens its own connection and gives `ok` or the code of the failure.
 */
const codeOf = (error) => {
  for (let at = error; at; at = at.cause ?? at.errors?.[0]) {
    if (typeof at.code === 'string' && at.code !== 'UND_ERR_SOCKET') return at.code;
  }
  return String(error?.message ?? error);
};

const onEvents = (start) =>
  new Promise((resolve, reject) => {
    const emitter = start(resolve);
    emitter.on('error', reject);
  });

const [major, minor] = process.versions.node.split('.').map(Number);

/** Undici 7 needs Node 20.18. */
const hasUndici = (name) => name !== 'undici-7' || major > 20 || (major === 20 && minor >= 18);

/** Uses undici with its own Agent. */
const undici = (name) => async (url) => {
  const { Agent, request } = require(name);
  const dispatcher = new Agent();
  try {
    const { body } = await request(url, { dispatcher });
    await body.text();
  } finally {
    await dispatcher.destroy();
  }
};

const web = {
  https: (url) =>
    onEvents((done) =>
      require('node:https').get(url, { agent: false }, (r) => r.resume().on('end', done)),
    ),
  'https, global agent': (url) =>
    onEvents((done) => require('node:https').get(url, (r) => r.resume().on('end', done))),
  http2: (url) =>
    onEvents((done) => {
      const session = require('node:http2').connect(url);
      session.on('connect', () => {
        session.destroy();
        done();
      });
      return session;
    }),
  fetch: async (url) => (await fetch(url)).text(),
  'undici 5': undici('undici-5'),
  'undici 6': undici('undici-6'),
  ...(hasUndici('undici-7') ? { 'undici 7': undici('undici-7') } : {}),
  axios: async (url) => (await require('axios').get(url)).data,
  got: async (url) => (await import('got')).got(url, { retry: { limit: 0 } }).text(),
  'node-fetch 2': async (url) => (await require('node-fetch-2')(url)).text(),
  'node-fetch 3': async (url) => (await (await import('node-fetch-3')).default(url)).text(),
  superagent: (url) => require('superagent').get(url),
};

const others = {
  ws: (url) =>
    onEvents((done) => {
      const { WebSocket } = require('ws');
      const socket = new WebSocket(url.replace('https', 'wss'));
      socket.on('open', () => {
        socket.terminate();
        done();
      });
      return socket;
    }),
  nginx: (url) => web.https(url),
  'nginx, fetch': (url) => web.fetch(url),
  pg: async (url) => {
    const { Client } = require('pg');
    const { port } = new URL(url);
    const client = new Client({
      host: 'localhost',
      port,
      user: 'test',
      database: 'postgres',
      ssl: true,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end().catch(() => undefined);
    }
  },
  ioredis: async (url) => {
    const Redis = require('ioredis');
    const { port } = new URL(url);
    const never = { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true };
    const client = new Redis({ host: 'localhost', port, tls: {}, ...never });
    let failure;
    client.on('error', (error) => (failure ??= error));
    try {
      await client.connect();
      await client.ping();
    } catch (error) {
      throw failure ?? error;
    } finally {
      client.disconnect();
    }
  },
};

async function attempt(run, url) {
  const timeout = new Promise((_, reject) => setTimeout(reject, 20_000, 'timed out').unref());
  return Promise.race([Promise.resolve(url).then(run), timeout]).then(() => 'ok', codeOf);
}

/** `targets` has the URL of one server of each kind. */
async function attemptAll(targets) {
  const results = {};
  const add = async (name, run, url) => (results[name] = await attempt(run, url));
  for (const [name, run] of Object.entries(web)) await add(name, run, targets.web);
  await add('ws', others.ws, targets.web);
  await add('nginx', others.nginx, targets.nginx);
  await add('nginx, fetch', others['nginx, fetch'], targets.nginx);
  await add('pg', others.pg, targets.postgres);
  await add('ioredis', others.ioredis, targets.redis);
  return results;
}

module.exports = { attempt, attemptAll, hasUndici };
