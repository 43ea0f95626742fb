import { viaHttps, viaTls } from './attempts.js';
import { observables, withStore } from './scenario-tools.js';

interface Input {
  url: string;
  root: string;
  otherRoot: string;
  intermediate: string;
  /** A server whose chain ends in `intermediate`, whose root is unknown. */
  issuedUrl: string;
  pfx: string;
}

type Options = Parameters<typeof viaTls>[1];

/** Tries each way of naming trust, before and during injection. */
export async function explicitOptions({ url, root, otherRoot, pfx }: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { truststore } = withStore({ anchors: [root] });
  const early = tls.createSecureContext();
  const cases: Record<string, Options> = {
    'ca of another root': { ca: otherRoot },
    'ca: []': { ca: [] },
    'a context with its own ca': { secureContext: tls.createSecureContext({ ca: otherRoot }) },
    'a context made before': { secureContext: early },
    'rejectUnauthorized: false': { rejectUnauthorized: false },
    'another name': { servername: 'other.example', checkServerIdentity: tls.checkServerIdentity },
    'the right ca': { ca: root },
  };
  const attempt = async (): Promise<Record<string, string>> => {
    const results: Record<string, string> = {};
    for (const [name, options] of Object.entries(cases)) results[name] = await viaTls(url, options);
    return results;
  };
  const before = await attempt();
  truststore.inject();
  const withPfx = await viaTls(url, { pfx: Buffer.from(pfx, 'base64'), passphrase: 'test' });
  return { before, during: await attempt(), withPfx };
}

/** An intermediate in the set helps to build chains but must never end one. */
export async function partialChain({ root, intermediate, issuedUrl }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root], intermediates: [intermediate] });
  const tls = require('node:tls') as typeof import('node:tls');
  truststore.inject();
  await viaHttps(issuedUrl);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const partial = { allowPartialTrustChain: true } as Options;
  return {
    chain: await viaTls(issuedUrl),
    connect: await viaTls(issuedUrl, partial),
    context: await viaTls(issuedUrl, {
      secureContext: tls.createSecureContext(partial),
    }),
  };
}

/** Options are of a class of its own, as Node allows; they are read where a list replaces the defaults. */
export async function inheritedOptions({ url, root, intermediate }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root], intermediates: [intermediate] });
  const tls = require('node:tls') as typeof import('node:tls');
  class Options {
    readonly #version = 'TLSv1.2' as const;
    readonly #partial = true as boolean;
    get maxVersion(): 'TLSv1.2' {
      return this.#version;
    }
    get allowPartialTrustChain(): boolean {
      return this.#partial;
    }
  }
  truststore.inject();
  const secureContext = tls.createSecureContext(new Options());
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port: Number(port), secureContext }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** A program that names its trust by such an object must not get more. */
export async function inheritedTrust({ url, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  class NoSystem {
    readonly #system = false as boolean;
    get system(): boolean {
      return this.#system;
    }
  }
  const own = truststore.getTrustedCAs(new NoSystem());
  const injection = truststore.inject(new NoSystem());
  return {
    listed: own.includes(root),
    injected: injection.certificates.includes(root),
    reached: await viaHttps(url),
  };
}

/** Reads the list of loaded builtins while loading is awaited, before anything of TLS. */
export function loadList({ root }: Input): unknown {
  const list = (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
  const look = (): unknown => Object.getPrototypeOf(list) === Array.prototype;
  const { truststore } = withStore({ anchors: [root] });
  const had = list.includes('NativeModule tls');
  const before = look();
  const injection = truststore.inject();
  const during = look();
  injection.restore();
  return { had, before, during, after: look(), has: list.includes('NativeModule tls') };
}

/** Node's own lists and the lists it returns after setting have lines of different lengths. */
const plain = (pem: string): string => pem.replaceAll('\n', '');

export function defaultList({ root }: Input): unknown {
  const tls = require('node:tls') as typeof import('node:tls') & {
    getCACertificates?: (type?: string) => string[];
  };
  const { truststore } = withStore({ anchors: [root] });
  const list = (): string[] => (tls.getCACertificates?.('default') ?? []).map(plain);
  const before = list();
  const injection = truststore.inject();
  const during = list();
  const installed = injection.certificates.map(plain);
  const same = {
    bundled: tls.getCACertificates?.('bundled').length,
    roots: tls.rootCertificates.length,
  };
  const asTrusted =
    JSON.stringify(truststore.getTrustedCAs()) === JSON.stringify(injection.certificates);
  injection.restore();
  return {
    available: tls.getCACertificates !== undefined,
    holdsRoot: during.includes(plain(root)),
    isSet: JSON.stringify([...during].sort()) === JSON.stringify([...installed].sort()),
    // Node keeps a list that was set in its own order.
    restored: JSON.stringify(list().sort()) === JSON.stringify(before.sort()),
    asTrusted,
    same,
  };
}

/** Injecting and restoring must leave no trace, whether or not TLS was used meanwhile. */
export async function observableState({ url, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  observables();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = observables();
  truststore.inject({ childProcesses: true, watch: true }).restore();
  const unused = observables();
  const injection = truststore.inject({ childProcesses: true, watch: true });
  const injected = observables();
  const results = [await viaHttps(url), await viaHttps(url)];
  injection.restore();
  const used = observables();
  const differing = (after: Record<string, unknown>): string[] =>
    Object.keys(before).filter((key) => before[key] !== after[key]);
  return {
    unused: differing(unused),
    used: differing(used),
    injected: differing(injected),
    results,
  };
}
