/**
 * The ways in which programs write "Node's roots, and mine" in `ca`, and hand it to a client.
 */
import { codeOf, viaHttp2, viaHttps, viaTls } from '../attempts.js';

export type Roots = readonly string[];
/** A client is made once and used for any number of attempts. */
export type Client = (url: string) => Promise<string>;

interface Lists {
  rootCertificates: Roots;
  getCACertificates?: (type: string) => Roots;
}

export function nodesRoots(): Roots {
  return (require('node:tls') as Lists).rootCertificates;
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

/** The labels that OpenSSL also reads. */
const labelled =
  (label: string) =>
  (pem: string): string =>
    pem.replaceAll(' CERTIFICATE-', ` ${label}-`);

function inOneLine(pem: string): string {
  return pem.trim().replace(/(?<=[^-])\n(?=[^-])/g, '');
}

/** Returns the same order each time, different from the original. */
function shuffled<One>(list: readonly One[]): One[] {
  return list
    .map((one, index) => ({ one, at: (index * 7919) % 1009 }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

export type Shape = (roots: Roots, own: string) => unknown;

/** Each holds every root of Node and `own`. */
export const shapes: Record<string, Shape> = {
  spread: (roots, own) => [...roots, own],
  concat: (roots, own) => roots.concat(own),
  'own first': (roots, own) => [own, ...roots],
  'own in the middle': (roots, own) => [...roots.slice(0, 60), own, ...roots.slice(60)],
  shuffled: (roots, own) => shuffled([...roots, own]),
  'each twice': (roots, own) => [...roots, own, ...roots, own],
  'one text': (roots, own) => `${roots.join('\n')}\n${own}`,
  'one text in an array': (roots, own) => [`${roots.join('\n')}\n${own}`],
  'own joined to a root': (roots, own) => [`${roots[0] ?? ''}\n${own}`, ...roots.slice(1)],
  'texts with words between': (roots, own) => [...roots, own].map((pem) => `# a CA\n${pem}\n`),
  'copies with a final line end': (roots, own) => [...roots, own].map((pem) => `${pem.trim()}\n`),
  CRLF: (roots, own) => [...roots, own].map(crlf),
  'one text, CRLF': (roots, own) => crlf(`${roots.join('\n')}\n${own}`),
  Buffers: (roots, own) => [...roots, own].map((pem) => Buffer.from(pem)),
  'one Buffer': (roots, own) => Buffer.from(`${roots.join('\n')}\n${own}`),
  Uint8Arrays: (roots, own) => [...roots, own].map(bytes),
  'strings and a Buffer': (roots, own) => [...roots, Buffer.from(own)],
  'own labelled as TRUSTED': (roots, own) => [...roots, labelled('TRUSTED CERTIFICATE')(own)],
  'labelled as X509': (roots, own) => [...roots, own].map(labelled('X509 CERTIFICATE')),
  'long lines': (roots, own) => [...roots, own].map(inOneLine),
  'with what is none': (roots, own) => [...roots, own, 'a CA', '', BROKEN],
  frozen: (roots, own) => Object.freeze([...roots, own]),
  "getCACertificates('bundled')": (roots, own) => {
    const { getCACertificates } = require('node:tls') as Lists;
    return [...(getCACertificates?.('bundled') ?? roots), own];
  },
};

/** Node itself takes nested arrays on some lines only. */
export const nestedShapes: Record<string, Shape> = {
  nested: (roots, own) => [roots, own],
  'nested twice': (roots, own) => [[roots.slice(0, 9), [roots.slice(9)]], [own]],
};

/** Each lacks a root, or is of a kind that is taken literally. */
export const exactShapes: Record<string, Shape> = {
  'without the first root': (roots, own) => [...roots.slice(1), own],
  'without the last root': (roots, own) => [...roots.slice(0, -1), own],
  'without a root of the middle': (roots, own) => [...roots.filter((_, at) => at !== 70), own],
  'one text without a root': (roots, own) => `${roots.slice(1).join('\n')}\n${own}`,
  'Buffers without a root': (roots, own) => [...roots.slice(1), own].map((pem) => Buffer.from(pem)),
  'a root twice in place of another': (roots, own) => [roots[1] ?? '', ...roots.slice(1), own],
  'a root with one letter changed': (roots, own) => [
    (roots[0] ?? '').replace(/[A-Z](?=[^\n]*\n-----END)/, (letter) => (letter === 'A' ? 'B' : 'A')),
    ...roots.slice(1),
    own,
  ],
  'a certificate': (_, own) => own,
  'a list of one': (_, own) => [own],
  'one and much empty text': (_, own) => [own, '\n'.repeat(300_000)],
  'an empty list': () => [],
  'a list with itself inside': (roots, own) => {
    const list: unknown[] = [...roots, own];
    list.push(list);
    return list;
  },
  'a list with a number': (roots, own) => [...roots, own, 1],
  'a list with a hole': (roots, own) => [...roots, own, undefined],
  'a list that throws': (roots, own) =>
    new Proxy([...roots, own], {
      get(list, name) {
        if (name === '7') throw new RangeError('not this one');
        return Reflect.get(list, name) as unknown;
      },
    }),
  'a Set': (roots, own) => new Set([...roots, own]),
};

function attempt(run: () => Promise<string>): Promise<string> {
  return Promise.resolve().then(run).catch(codeOf);
}

async function overSocket(url: string, ca: unknown): Promise<string> {
  const net = require('node:net') as typeof import('node:net');
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  try {
    return await viaTls(url, { socket, ca: ca as string });
  } finally {
    socket.destroy();
  }
}

/** Clients get `ca` once, as a program names it; its meaning is decided when they connect. */
const takers: Record<string, (ca: string) => Client> = {
  'https.Agent': (ca) => {
    const https = require('node:https') as typeof import('node:https');
    const agent = new https.Agent({ ca, keepAlive: true });
    return (url) => viaHttps(url, { agent });
  },
  'https.request': (ca) => {
    const options = { ca };
    return (url) => viaHttps(url, options);
  },
  'https.globalAgent': (ca) => {
    const { globalAgent } = require('node:https') as typeof import('node:https');
    return async (url) => {
      globalAgent.options.ca = ca;
      const result = await viaHttps(url, { agent: globalAgent });
      delete globalAgent.options.ca;
      return result;
    };
  },
  'tls.connect': (ca) => {
    const options = { ca };
    return (url) => viaTls(url, options);
  },
  'http2.connect': (ca) => {
    const options = { ca };
    return (url) => viaHttp2(url, options);
  },
  createSecureContext: (ca) => {
    const tls = require('node:tls') as typeof import('node:tls');
    return (url) => viaTls(url, { secureContext: tls.createSecureContext({ ca }) });
  },
  'tls.connect over a socket': (ca) => (url) => overSocket(url, ca),
};

export const CLIENTS = Object.keys(takers);

export function makeClient(name: string, ca: unknown): Client {
  const client = takers[name]?.(ca as string);
  if (!client) throw new Error(`no client ${name}`);
  return (url) => attempt(() => client(url));
}
