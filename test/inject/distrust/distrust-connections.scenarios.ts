/**
 * Connections with options of their own, where something is distrusted.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions, PeerCertificate } from 'node:tls';

import type { MemoryStore } from '../../helpers/memory-binding.js';
import { codeOf, viaFetch, viaHttp2, viaHttps, viaTls } from '../attempts.js';
import { withStore } from '../scenario-tools.js';
import { askForSession, makers, patches, takeSession } from './distrust-matrix.clients.js';
import type { Patcher } from './distrust-matrix.scenarios.js';

export type Servers = Record<string, string>;

export interface Input {
  servers: Servers;
  store: MemoryStore;
  root: string;
}

type Way<Result = string> = (url: string) => Promise<Result>;
type Outcomes<Result = string> = Record<string, Record<string, Result>>;

/** Tries one after the other, by way and server. */
async function tryAll<Result>(
  servers: Servers,
  ways: Record<string, Way<Result>>,
): Promise<Outcomes<Result>> {
  const outcomes: Outcomes<Result> = {};
  for (const [way, reach] of Object.entries(ways)) {
    const outcome: Record<string, Result> = {};
    for (const [name, url] of Object.entries(servers)) outcome[name] = await reach(url);
    outcomes[way] = outcome;
  }
  return outcomes;
}

/** Makes connections with a trust of their own, before, between and after others. */
export async function explicitTrust(input: Input & { pfx: string }): Promise<unknown> {
  const { servers, store, root } = input;
  const pfx = Buffer.from(input.pfx, 'base64');
  withStore(store).truststore.inject();
  const tls = require('node:tls') as typeof import('node:tls');
  const secureContext = tls.createSecureContext({ ca: root });
  const explicit: Record<string, Way> = {
    'tls, ca': (url) => viaTls(url, { ca: root }),
    'https, ca': (url) => viaHttps(url, { ca: root }),
    'http2, ca': (url) => viaHttp2(url, { ca: root }),
    'tls, secureContext': (url) => viaTls(url, { secureContext }),
    'https, secureContext': (url) => viaHttps(url, { secureContext }),
    'tls, pfx with its CA': (url) => viaTls(url, { pfx, passphrase: 'test' }),
  };
  return {
    before: await tryAll(servers, explicit),
    usual: await tryAll(servers, {
      tls: viaTls,
      https: viaHttps,
      http2: viaHttp2,
      fetch: viaFetch,
    }),
    after: await tryAll(servers, explicit),
  };
}

const readUnverified = (options: ConnectionOptions): Way =>
  function (url) {
    const tls = require('node:tls') as typeof import('node:tls');
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      const to = { host: hostname, port: Number(port), servername: hostname };
      const socket = tls.connect({ ...to, rejectUnauthorized: false, ...options }, () => {
        resolve(`${String(socket.authorized)} ${String(socket.authorizationError ?? '')}`);
        socket.destroy();
      });
      socket.on('error', (error) => {
        resolve(codeOf(error));
      });
    });
  };

/** Returns what programs read that connect in any case. */
export async function unverified({ servers, store, root }: Input): Promise<unknown> {
  withStore(store).truststore.inject();
  const ways = { usual: readUnverified({}), ca: readUnverified({ ca: root }) };
  const first = await tryAll(servers, ways);
  await tryAll(servers, { tls: viaTls });
  return { first, then: await tryAll(servers, ways) };
}

interface Asked {
  host: string;
  leaf: string;
  linked: number;
  more: number;
  ofOptions: unknown;
}

interface Checked {
  outcome: string;
  asked: Asked[];
}

/** The program's own check, which records what it is asked. */
function checkedBy(
  answer: Error | undefined,
  connect: (url: string, options: ConnectionOptions) => Promise<string>,
): Way<Checked> {
  return async (url) => {
    const asked: Asked[] = [];
    const options = {
      marker: 'ours',
      checkServerIdentity(this: unknown, host: string, leaf: PeerCertificate, ...more: unknown[]) {
        asked.push({
          ...{ host, leaf: leaf.fingerprint256, linked: countLinked(leaf), more: more.length },
          ofOptions: (this as { marker?: unknown } | undefined)?.marker,
        });
        return answer;
      },
    };
    return { outcome: await connect(url, options), asked };
  };
}

function countLinked(leaf: PeerCertificate): number {
  let count = 1;
  let current = leaf as { issuerCertificate?: typeof current };
  while (current.issuerCertificate && current.issuerCertificate !== current) {
    current = current.issuerCertificate;
    count++;
  }
  return count;
}

/** @param trust - `ca` for a process without an injection, nothing for one with it */
export async function ownCheck(input: Input & { trust: ConnectionOptions }): Promise<unknown> {
  const { servers, store, trust } = input;
  if (!trust.ca) withStore(store).truststore.inject();
  const answer = Object.assign(new Error('by the program'), { code: 'ERR_OWN' });
  const connects = {
    tls: (url: string, options: ConnectionOptions) => viaTls(url, { ...trust, ...options }),
    https: (url: string, options: ConnectionOptions) =>
      viaHttps(url, { ...trust, ...options } as object),
  };
  return tryAll(servers, {
    'tls, content': checkedBy(undefined, connects.tls),
    'tls, refusing': checkedBy(answer, connects.tls),
    'https, content': checkedBy(undefined, connects.https),
    'https, refusing': checkedBy(answer, connects.https),
  });
}

function tunnel(proxy: string, url: string): Promise<Socket> {
  const http = require('node:http') as typeof import('node:http');
  const { host } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request(proxy, { method: 'CONNECT', path: host, agent: false });
    request.on('connect', (_response: IncomingMessage, socket: Socket) => {
      resolve(socket);
    });
    request.on('error', reject).end();
  });
}

/** Also tries the first connection of the process. */
export async function overSockets(input: Input & { proxy: string }): Promise<unknown> {
  const { servers, store, proxy } = input;
  const net = require('node:net') as typeof import('node:net');
  const { Duplex } = require('node:stream') as typeof import('node:stream');
  const dial = (url: string): Socket => net.connect(Number(new URL(url).port), '127.0.0.1');
  const dialled = async (url: string): Promise<Socket> => {
    const socket = dial(url);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  withStore(store).truststore.inject();
  return tryAll(servers, {
    'a connecting socket': (url) => viaTls(url, { socket: dial(url) }),
    'a connected socket': async (url) => viaTls(url, { socket: await dialled(url) }),
    'a stream': async (url) => {
      const socket = await dialled(url);
      return viaTls(url, { socket: Duplex.from({ readable: socket, writable: socket }) as Socket });
    },
    'a tunnel': async (url) => viaTls(url, { socket: await tunnel(proxy, url) }),
    'https through a tunnel': async (url) => {
      const socket = await tunnel(proxy, url);
      return viaHttps(url, { socket } as object);
    },
    'undici through a proxy': (url) => viaProxyAgent(url, proxy),
  });
}

async function viaProxyAgent(url: string, proxy: string): Promise<string> {
  const { ProxyAgent, request } = require('undici') as typeof import('undici');
  const dispatcher = new ProxyAgent(proxy);
  try {
    const { body } = await request(url, { dispatcher });
    return await body.text();
  } catch (error) {
    return codeOf(error);
  } finally {
    await dispatcher.destroy();
  }
}

type Kept = Record<string, Buffer | undefined>;

async function keepSessions(servers: Servers, options: ConnectionOptions): Promise<Kept> {
  const kept: Kept = {};
  for (const [name, url] of Object.entries(servers)) kept[name] = await askForSession(url, options);
  return kept;
}

/** Tries each client with the kept session of each server. */
function resume(servers: Servers, sessions: Kept): Promise<Outcomes> {
  const names = new Map(Object.entries(servers).map(([name, url]) => [url, name]));
  const resumed =
    (name: 'tls' | 'https' | 'http2' | 'undici'): Way =>
    (url) => {
      const session = sessions[names.get(url) ?? ''];
      return session ? makers[name]()(url, session) : Promise.resolve('no session');
    };
  return tryAll(servers, {
    tls: resumed('tls'),
    https: resumed('https'),
    http2: resumed('http2'),
    undici: resumed('undici'),
  });
}

/**
 * Resumes sessions of every origin with default trust. Without an injection, NODE_EXTRA_CA_CERTS makes the root
 * trusted.
 */
export async function sessions({ servers, store, root }: Input): Promise<unknown> {
  const agent = makers.https();
  const agentBefore = await tryAll(servers, { agent });
  const stock = await keepSessions(servers, {});
  withStore(store).truststore.inject();
  const kept = {
    'from before inject()': stock,
    'of rejectUnauthorized: false': await keepSessions(servers, { rejectUnauthorized: false }),
    'of an explicit ca': await keepSessions(servers, { ca: root }),
  };
  const strangers: Record<string, Outcomes> = {};
  for (const [origin, of] of Object.entries(kept)) strangers[origin] = await resume(servers, of);
  const own = await keepSessions(servers, {});
  return {
    agent: { ...agentBefore, ...(await tryAll(servers, { after: agent })) },
    strangers,
    // A refused server gives no session.
    own: await resume(servers, own),
  };
}

/** The distrust changes while agents, pools and programs keep sessions. */
export async function changes(input: Input & { later: MemoryStore }): Promise<unknown> {
  const { servers, store, later } = input;
  const { truststore, binding } = withStore(store);
  const injection = truststore.inject();
  const clients = {
    https: makers.https(),
    tls: makers.tls(),
    fetch: makers.fetch(),
    undici: makers.undici(),
    http2: makers.http2(),
  };
  const first = await tryAll(servers, clients);
  const kept = await keepSessions(servers, {});
  binding.setStore(later);
  await injection.reload();
  const distrusted = { ...(await tryAll(servers, clients)), ...named(await resume(servers, kept)) };
  binding.setStore(store);
  await injection.reload();
  return { first, distrusted, again: await tryAll(servers, clients) };
}

/** A CA of the program's own is added and removed, beside what the machine distrusts. */
export async function addedAndRemoved(input: Input & { patcher?: Patcher }): Promise<unknown> {
  const { servers, store, root, patcher } = input;
  const { X509Certificate } = require('node:crypto') as typeof import('node:crypto');
  const { truststore } = withStore(store);
  if (patcher?.when === 'before') patches[patcher.name]();
  const injection = truststore.inject();
  if (patcher?.when === 'after') patches[patcher.name]();
  const clients = { https: makers.https(), tls: makers.tls(), fetch: makers.fetch() };
  const before = await tryAll(servers, clients);
  injection.add(root);
  const added = await tryAll(servers, clients);
  const kept: Kept = {};
  for (const [name, url] of Object.entries(servers)) kept[name] = await takeSession(url);
  injection.remove(new X509Certificate(root).fingerprint256);
  const resumed = await resume(servers, kept);
  return { before, added, removed: { ...(await tryAll(servers, clients)), ...named(resumed) } };
}

const named = (outcomes: Outcomes): Outcomes =>
  Object.fromEntries(Object.entries(outcomes).map(([way, of]) => [`${way}, kept session`, of]));
