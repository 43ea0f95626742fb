import type { ConnectionOptions, TlsOptions } from 'node:tls';

import type { RegisteredInjection } from '../../../dist/inject/registry.js';
import type { MemoryStore } from '../../helpers/memory-binding.js';
import { viaHttps, viaTls } from '../attempts.js';
import { withStore, writeDefaults } from '../scenario-tools.js';
import { CLIENTS, makeClient, nodesRoots, shapes } from './root-lists.shapes.js';

interface Input {
  url: string;
  root: string;
  ownUrl: string;
  own: string;
}
interface Identity {
  cert: string;
  key: string;
}
type Tls = typeof import('node:tls');
const loadTls = (): Tls => require('node:tls') as Tls;
const bodyOf = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');

/** The list names something distrusted: tries every shape and every client. */
export async function unwanted(
  input: Input & { store: MemoryStore; inject: object },
): Promise<unknown> {
  withStore(input.store).truststore.inject(input.inject);
  return everyShape(input);
}

async function everyShape(input: Input): Promise<unknown> {
  const results: Record<string, string[]> = {};
  for (const [name, make] of Object.entries(shapes)) {
    for (const client of name === 'spread' ? CLIENTS : ['tls.connect']) {
      const attempt = makeClient(client, make(nodesRoots(), input.own));
      results[`${client}, ${name}`] = [await attempt(input.url), await attempt(input.ownUrl)];
    }
  }
  return results;
}

function sessionOf(url: string, options: ConnectionOptions): Promise<Buffer> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = loadTls().connect({ port: Number(port), servername: 'localhost', ...options });
    socket.on('error', reject);
    socket.once('session', (session) => {
      resolve(session);
      socket.destroy();
    });
    // The tickets of TLS 1.3 come with a server's first data.
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
}

/** Makes clients that keep state: sockets, the sessions of an agent, and sessions in hand. */
async function keepers(url: string, ca: string[]): Promise<() => Promise<string[]>> {
  const https = require('node:https') as typeof import('node:https');
  const agents = [true, false].map((keepAlive) => new https.Agent({ ca, keepAlive }));
  const older: ConnectionOptions = { ca, maxVersion: 'TLSv1.2' };
  const kept = [
    { ca, session: await sessionOf(url, { ca }) },
    { ...older, session: await sessionOf(url, older) },
  ];
  return async () => {
    const results: string[] = [];
    for (const agent of agents) results.push(await viaHttps(url, { agent }));
    for (const options of kept) results.push(await viaTls(url, options));
    return results;
  };
}

type Takeaway = 'remove' | 'exclude' | 'distrust';

/** Removes what only the list names. */
export async function removedLater(
  input: Input & { fingerprint: string; how: Takeaway },
): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [input.root] });
  const injection = truststore.inject();
  const ca = [...nodesRoots(), input.own];
  const attempts = await keepers(input.ownUrl, ca);
  const before = await attempts();
  const ways: Record<Takeaway, () => unknown> = {
    remove: () => {
      injection.remove(input.fingerprint);
    },
    exclude: () => truststore.inject({ exclude: [input.fingerprint] }).reload(),
    distrust: () => {
      binding.setStore({ anchors: [input.root], distrusted: [input.own] });
      return injection.reload();
    },
  };
  await ways[input.how]();
  return { before, after: await attempts(), store: await viaTls(input.url, { ca }) };
}

/** From some point on, lists are no longer taken for the defaults. */
export async function switchedOffLater(input: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [input.root] });
  truststore.inject();
  const ca = [...nodesRoots(), input.own];
  const attempts = await keepers(input.url, ca);
  const before = await attempts();
  truststore.inject({ rootLists: false });
  return { before, after: await attempts(), own: await viaTls(input.ownUrl, { ca }) };
}

/** The program sets the defaults itself while lists, and a plan in use, have contexts. */
export async function setByProgram(
  input: Input & { store: MemoryStore; replace: boolean },
): Promise<unknown> {
  const tls = loadTls() as unknown as Required<Lists>;
  const injection = withStore(input.store).truststore.inject();
  const ca = [...nodesRoots(), input.own];
  const all = async (): Promise<string[]> => [
    await viaTls(input.url, { ca }),
    await viaTls(input.ownUrl, { ca }),
    await viaTls(input.url),
    await viaTls(input.ownUrl),
  ];
  await viaTls(input.url);
  // This writes the list, which otherwise happens later.
  const inForce = tls.getCACertificates();
  const before = await all();
  tls.setDefaultCACertificates(input.replace ? [input.own] : [...inForce, input.own]);
  const after = await all();
  const { takesRootLists } = injection as RegisteredInjection;
  injection.restore();
  return { before, after, takesRootLists, restored: await all() };
}

/** The program replaces the defaults, and lists are taken literally from then on. */
export async function replacedLater(input: Input): Promise<unknown> {
  const tls = loadTls() as unknown as Required<Lists>;
  withStore({ anchors: [input.root] }).truststore.inject();
  const attempts = await keepers(input.url, [...nodesRoots(), input.own]);
  tls.getCACertificates();
  const before = await attempts();
  tls.setDefaultCACertificates([input.own]);
  return { before, after: await attempts() };
}

/** Makes `root` the first of those Node says it bundles, because a test cannot serve a chain of a real one. */
function bundle(root: string): void {
  const { internalBinding } = require('internal/test/binding') as {
    internalBinding(name: string): Record<string, (() => string[]) | undefined>;
  };
  const crypto = internalBinding('crypto');
  for (const name of ['getRootCertificates', 'getBundledRootCertificates']) {
    const original = crypto[name];
    if (original) crypto[name] = () => [root, ...original().slice(1)];
  }
}

/** `url` is under a root that Node bundles. */
export async function bundledRoot(input: Input & { store: MemoryStore }): Promise<unknown> {
  bundle(input.root);
  if (!nodesRoots().includes(input.root)) throw new Error('it is not bundled');
  withStore(input.store).truststore.inject();
  // The very first context of a process holds Node's built-in roots. It is made in another way when something is
  // distrusted.
  if (!input.store.distrusted) (loadTls() as unknown as Partial<Lists>).getCACertificates?.();
  return everyShape(input);
}

/** Returns the context that a connection was made with. */
function contextOf(url: string, options: ConnectionOptions): Promise<unknown> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = loadTls().connect({ port: Number(port), servername: 'localhost', ...options });
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const { _tlsOptions: used } = socket as unknown as { _tlsOptions: TlsOptions };
      socket.destroy();
      resolve((used as { secureContext?: unknown }).secureContext);
    });
  });
}

export async function sharing(input: Input & { client: Identity }): Promise<unknown> {
  const { truststore } = withStore({ anchors: [input.root] });
  const injection = truststore.inject();
  const roots = nodesRoots();
  await viaTls(input.url);
  writeDefaults();
  const at = (ca: unknown, more: ConnectionOptions = {}): Promise<unknown> =>
    contextOf(input.url, { ca: ca as string[], ...more });
  const usual = await at([...roots, input.own]);
  const withClient = await at([...roots, input.own], input.client);
  const relations = {
    'another list with the same besides': usual === (await at([input.own, ...roots])),
    'something else besides': usual === (await at([...roots, input.root, input.own])),
    'nothing besides': usual === (await at(roots)),
    'no list': usual === (await at(undefined)),
    'other parameters': usual === (await at([...roots, input.own], { maxVersion: 'TLSv1.2' })),
    'a client certificate': usual === withClient,
    'a client certificate twice': withClient === (await at([...roots, input.own], input.client)),
  };
  injection.restore();
  const ca = [...roots, input.own];
  return { ...relations, 'after restore': usual === (await contextOf(input.ownUrl, { ca })) };
}

/** `chainUrl` is under `intermediate`, whose root is unknown. */
export async function partialChains(
  input: Input & { chainUrl: string; intermediate: string },
): Promise<unknown> {
  const options = (allow: boolean): ConnectionOptions => ({
    ca: [...nodesRoots(), input.own, input.intermediate],
    ...(allow ? { allowPartialTrustChain: true } : {}),
  });
  const all = async (): Promise<Record<string, string[]>> => {
    const results: Record<string, string[]> = {};
    for (const url of ['url', 'ownUrl', 'chainUrl'] as const) {
      results[url] = [
        await viaTls(input[url], options(false)),
        await viaTls(input[url], options(true)),
      ];
    }
    return results;
  };
  const stock = await all();
  withStore({ anchors: [input.root] }).truststore.inject();
  const first = await all();
  return { stock, first, then: await all() };
}

interface Lists {
  rootCertificates: readonly string[];
  getCACertificates(type?: string): string[];
  setDefaultCACertificates?: (certificates: string[]) => void;
}

/** Returns what programs see that ask for the lists; `early` is a list they set before. */
export function askedLists({ root, own, early }: Input & { early?: string }): unknown {
  const tls = loadTls() as unknown as Lists;
  // A runtime may break the lines of a list in other places.
  const texts = (list: readonly string[]): string => list.map(bodyOf).sort().join();
  const others = (): unknown[] => [
    tls.rootCertificates,
    ...['bundled', 'system', 'extra'].map((type) => tls.getCACertificates(type)),
  ];
  if (early) tls.setDefaultCACertificates?.([...tls.getCACertificates('default'), early]);
  const stock = { default: texts(tls.getCACertificates()), others: others() };
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const fingerprint = new (require('node:crypto') as typeof import('node:crypto')).X509Certificate(
    own,
  ).fingerprint256;
  const isTrue = (): boolean[] => {
    const expected = texts([...injection.certificates, ...(early ? [early] : [])]);
    return [
      texts(tls.getCACertificates('default')) === expected,
      texts(tls.getCACertificates()) === expected,
      tls.getCACertificates().some((pem) => bodyOf(pem) === bodyOf(own)),
      others().every((list, index) => list === stock.others[index]),
    ];
  };
  const results: Record<string, unknown> = { injected: isTrue() };
  injection.add(own);
  results['added'] = isTrue();
  injection.remove(fingerprint);
  results['removed'] = isTrue();
  injection.restore();
  results['restored'] = texts(tls.getCACertificates()) === stock.default;
  return results;
}

/** Returns the channel's messages about lists. */
export async function logged(input: Input): Promise<unknown> {
  const { subscribe } = require('node:diagnostics_channel') as {
    subscribe(name: string, listener: (message: unknown) => void): void;
  };
  const seen: unknown[] = [];
  subscribe('os-truststore', (message) => {
    const { level, message: text, fields } = message as Record<string, unknown>;
    if (String(text).includes('root of Node')) seen.push([level, fields]);
  });
  withStore({ anchors: [input.root] }).truststore.inject();
  const roots = nodesRoots();
  await viaTls(input.url);
  await viaTls(input.url, { ca: [input.own] });
  await viaTls(input.url, { ca: [...roots.slice(1), input.own] });
  const before = seen.length;
  for (const ca of [
    [...roots, input.own],
    [input.own, ...roots],
    roots,
    roots,
    [...roots, input.own],
  ]) {
    await viaTls(input.url, { ca: [...ca] });
  }
  return { before, seen };
}
