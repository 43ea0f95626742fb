/**
 * Clients with `ca: [...tls.rootCertificates, own]`, each made once and used for several connections. None is kept,
 * because a verified connection is not judged again.
 */
const tls = require('node:tls');
const { attempt, hasUndici } = require('./clients.cjs');

const undici = (name, makeDispatcher) => (ca) => {
  const dispatcher = makeDispatcher(require(name), ca);
  return async (url) => {
    const { body } = await require(name).request(url, { dispatcher, reset: true });
    await body.text();
  };
};
const agent = ({ Agent }, ca) => new Agent({ connect: { ca } });

const httpsAgent = (ca) => new (require('node:https').Agent)({ ca });

/** The built-in fetch takes dispatchers of its own undici's version only. */
const builtinUndici = `undici-${process.versions.undici.split('.')[0]}`;

/** `proxy` is the URL of a proxy that supports CONNECT. */
function makersOf(proxy) {
  const proxyAgent = ({ ProxyAgent }, ca) => new ProxyAgent({ uri: proxy, requestTls: { ca } });
  const makers = {
    axios: (ca) => {
      const client = require('axios').create({ httpsAgent: httpsAgent(ca) });
      return async (url) => (await client.get(url)).data;
    },
    got: (ca) => {
      const options = { https: { certificateAuthority: ca }, retry: { limit: 0 } };
      return async (url) => (await import('got')).got(url, options).text();
    },
    'node-fetch 2': (ca) => {
      const options = { agent: httpsAgent(ca) };
      return async (url) => (await require('node-fetch-2')(url, options)).text();
    },
    'node-fetch 3': (ca) => {
      const options = { agent: httpsAgent(ca) };
      return async (url) => (await (await import('node-fetch-3')).default(url, options)).text();
    },
    superagent: (ca) => (url) => require('superagent').get(url).ca(ca),
    ws: (ca) => (url) =>
      new Promise((resolve, reject) => {
        const { WebSocket } = require('ws');
        const socket = new WebSocket(url.replace('https', 'wss'), { ca });
        socket.on('error', reject);
        socket.on('open', () => {
          socket.terminate();
          resolve();
        });
      }),
  };
  for (const name of ['undici-5', 'undici-6', 'undici-7'].filter(hasUndici)) {
    makers[`${name}, Agent`] = undici(name, agent);
    makers[`${name}, ProxyAgent`] = undici(name, proxyAgent);
    if (name !== builtinUndici) continue;
    makers[`fetch, Agent of ${name}`] = (ca) => {
      const dispatcher = agent(require(name), ca);
      return async (url) =>
        (await fetch(url, { dispatcher, headers: { connection: 'close' } })).text();
    };
  }
  return makers;
}

/**
 * Makes clients with a list that names every root of Node and `own`, and with one that lacks a root.
 *
 * @param write - turns a list into the value of `ca`
 */
function makeClients(own, proxy, write = (list) => list) {
  const lists = {
    whole: [...tls.rootCertificates, own],
    short: [...tls.rootCertificates.slice(1), own],
  };
  const clients = {};
  for (const [list, pems] of Object.entries(lists)) {
    const ca = write(pems);
    for (const [name, make] of Object.entries(makersOf(proxy))) {
      clients[`${name}, ${list}`] = make(ca);
    }
  }
  return clients;
}

/** `urls` are a server of the store, a distrusted one, and one of the program's own CA. */
async function attemptLists(clients, urls) {
  const results = {};
  for (const [name, client] of Object.entries(clients)) {
    results[name] = {};
    for (const [kind, url] of Object.entries(urls)) {
      results[name][kind] = await attempt(client, url);
    }
  }
  return results;
}

module.exports = { makeClients, attemptLists };
