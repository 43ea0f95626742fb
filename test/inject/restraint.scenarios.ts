import { viaHttps, viaTls } from './attempts.js';
import { observables, withStore } from './scenario-tools.js';

interface Input {
  url: string;
  root: string;
  otherRoot: string;
  intermediate: string;
  /** Served by a chain that ends in `intermediate`, whose root nobody has. */
  issuedUrl: string;
  pfx: string;
}

type Options = Parameters<typeof viaTls>[1];

/** What each way of naming trust gives, before and with injection. */
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

/** Node's own lists and what it makes of a list that was set have lines of different lengths. */
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
    // Node keeps a list that was set in an order of its own.
    restored: JSON.stringify(list().sort()) === JSON.stringify(before.sort()),
    asTrusted,
    same,
  };
}

/** Injecting and restoring leaves no trace, whether or not TLS was used meanwhile. */
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
