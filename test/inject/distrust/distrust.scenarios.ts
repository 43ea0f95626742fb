import type { MemoryStore } from '../../helpers/memory-binding.js';
import { codeOf, viaAll, viaHttps, viaTls } from '../attempts.js';
import { withStore, writeDefaults } from '../scenario-tools.js';

interface Input {
  url: string;
  store: MemoryStore;
  inject?: object;
}

/** Tries every way at first use, and again once everything has settled. */
export async function everyWay({ url, store, inject }: Input): Promise<unknown> {
  const { truststore } = withStore(store);
  const injection = truststore.inject(inject);
  const first = await viaTls(url);
  writeDefaults();
  const settled = await viaAll(url);
  return {
    first,
    settled,
    agent: await viaHttps(url, { cert: undefined, rejectUnauthorized: true }),
    distrusted: (await injection.ready).distrusted,
  };
}

/** Distrust comes while the set is in use, with a socket and a session from before. */
export async function namedLater(input: Input & { later: MemoryStore }): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore, binding } = withStore(input.store);
  const injection = truststore.inject();
  const kept = new https.Agent({ keepAlive: true });
  const sessions = new https.Agent({ keepAlive: false });
  const all = async (): Promise<string[]> => [
    await viaHttps(input.url, { agent: kept }),
    await viaHttps(input.url, { agent: sessions }),
    await viaTls(input.url),
  ];
  const before = await all();
  binding.setStore(input.later);
  await injection.reload();
  const after = await all();
  kept.destroy();
  return { before, after };
}

/** Hands over sessions, in both ways, of connections that the program's own list accepted. */
export async function sessionByHand({ url, store, ca }: Input & { ca: string }): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  withStore(store).truststore.inject();
  const { hostname, port } = new URL(url);
  const target = { host: hostname, port: Number(port), servername: hostname };
  const session = await new Promise<Buffer>((resolve, reject) => {
    const socket = tls.connect({ ...target, ca });
    socket.on('error', reject).once('session', (bytes) => {
      socket.destroy();
      resolve(bytes);
    });
  });
  const set = await new Promise<string>((resolve) => {
    const socket = tls.connect(target);
    (socket as unknown as { setSession(bytes: Buffer): void }).setSession(session);
    socket.on('secureConnect', () => {
      resolve(`ok ${socket.isSessionReused() ? 'reused' : 'anew'}`);
      socket.destroy();
    });
    socket.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
  return { passed: await viaTls(url, { session }), set };
}

/** Gives options in two objects; Node copies the second into the first. */
export async function twoObjects({ url, store }: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  withStore(store).truststore.inject();
  const connect = tls.connect as (...options: object[]) => import('node:tls').TLSSocket;
  const { hostname, port } = new URL(url);
  const first = { host: hostname, port: Number(port) };
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect(first, { servername: hostname });
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve('ok');
    });
    socket.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
  return { outcome, first: Object.keys(first) };
}

/** Uses a context of the caller's own, and one with a client certificate. */
export async function otherContexts({ url, store }: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  withStore(store).truststore.inject();
  await viaTls(url);
  writeDefaults();
  return {
    context: await viaTls(url, { secureContext: tls.createSecureContext() }),
    ciphers: await viaTls(url, { ciphers: tls.DEFAULT_CIPHERS, maxVersion: 'TLSv1.2' }),
  };
}

/** Uses a context of the program's own, before and after the distrust came, and without an injection. */
export async function contextOfBefore(input: Input & { later: MemoryStore }): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { truststore, binding } = withStore(input.store);
  const injection = truststore.inject();
  const secureContext = tls.createSecureContext();
  const before = await viaTls(input.url, { secureContext });
  binding.setStore(input.later);
  await injection.reload();
  const after = await viaTls(input.url, { secureContext });
  injection.restore();
  return { before, after, restored: await viaTls(input.url, { secureContext }) };
}

export function bundledRoot({ store }: Input): unknown {
  const tls = require('node:tls') as typeof import('node:tls') & {
    getCACertificates?: (type: string) => string[];
  };
  const [unwanted] = tls.rootCertificates;
  // Records what Node is asked for, because a test cannot serve a chain of a bundled root.
  const asked: unknown[] = [];
  const create = tls.createSecureContext;
  tls.createSecureContext = (options) => {
    asked.push(options?.ca);
    return create(options);
  };
  const { truststore } = withStore({ ...store, distrusted: [unwanted ?? ''] });
  const injection = truststore.inject();
  tls.createSecureContext();
  const [ca] = asked;
  const holds = (list: readonly string[]): boolean =>
    list.some((pem) => pem.trim() === unwanted?.trim());
  return {
    installed: holds(injection.certificates),
    // Either the defaults no longer have it, or they are not used.
    avoided:
      injection.strategy === 'set'
        ? ca === undefined
        : Array.isArray(ca) &&
          ca.length >= tls.rootCertificates.length - 1 &&
          !holds(ca as string[]),
    inForce: tls.getCACertificates ? holds(tls.getCACertificates('default')) : false,
    others: injection.certificates.length >= tls.rootCertificates.length - 1,
  };
}

/** Asks OpenSSL for an issuer, to see whether the root store of a context really lacks what is distrusted. */
export async function excludedByFingerprint({ url, store, inject }: Input): Promise<string> {
  withStore(store).truststore.inject(inject);
  return viaHttps(url);
}
