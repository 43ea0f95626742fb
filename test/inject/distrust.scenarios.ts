import { viaAll, viaHttps, viaTls } from './attempts.js';
import { pause, withStore } from './scenario-tools.js';
import type { MemoryStore } from '../helpers/memory-binding.js';

interface Input {
  url: string;
  store: MemoryStore;
  inject?: object;
}

/** First use, and once everything has settled. */
export async function everyWay({ url, store, inject }: Input): Promise<unknown> {
  const { truststore } = withStore(store);
  const injection = truststore.inject(inject);
  const first = await viaTls(url);
  await pause(30);
  const settled = await viaAll(url);
  return {
    first,
    settled,
    agent: await viaHttps(url, { cert: undefined, rejectUnauthorized: true }),
    distrusted: (await injection.ready).distrusted,
  };
}

/** Distrust that comes while the set is in use, with a socket and a session from before. */
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

/** A context of the caller's own, and one with a client certificate. */
export async function otherContexts({ url, store }: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  withStore(store).truststore.inject();
  await viaTls(url);
  await pause(30);
  return {
    context: await viaTls(url, { secureContext: tls.createSecureContext() }),
    ciphers: await viaTls(url, { ciphers: tls.DEFAULT_CIPHERS, maxVersion: 'TLSv1.2' }),
  };
}

/** A context the program has made by itself, before and after the distrust came, and once nothing is injected. */
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
  // What Node is asked for in the end; nobody can serve a chain of a bundled root to try it out.
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
    // Either the defaults lack it by now, or they are not used.
    avoided:
      injection.strategy === 'set'
        ? ca === undefined
        : typeof ca === 'string' && ca.split('BEGIN').length > tls.rootCertificates.length - 1,
    inForce: tls.getCACertificates ? holds(tls.getCACertificates('default')) : false,
    others: injection.certificates.length >= tls.rootCertificates.length - 1,
  };
}

/** Whether the root store of a context really lacks what is distrusted: its issuer is asked of OpenSSL. */
export async function excludedByFingerprint({ url, store, inject }: Input): Promise<string> {
  withStore(store).truststore.inject(inject);
  return viaHttps(url);
}
