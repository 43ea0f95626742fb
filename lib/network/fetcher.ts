/**
 * Small documents over plain HTTP from places nobody vouches for: the URL stands in a certificate, and whoever made it
 * chose it. So: http only, public addresses only, few redirects, little time, few bytes. What comes back is bytes to
 * distrust; whoever asked checks signatures.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';

import { exactly } from '../exact-list.js';
import { isPublicAddress } from './addresses.js';
import type { Proxy } from './proxy.js';
import { proxyAuthorization } from './proxy.js';

/** Why nothing came. */
export type FetchFailure =
  'bad-url' | 'private-address' | 'redirect' | 'too-large' | 'timeout' | 'status' | 'network';

export class FetchError extends Error {
  constructor(
    readonly reason: FetchFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface FetchOptions {
  /** @defaultValue 262144 */
  maxBytes?: number;
  /** From the first look-up to the last byte, redirects included. @defaultValue 5000 */
  timeoutMs?: number;
  /** Each must lead to http again. @defaultValue 3 */
  maxRedirects?: number;
  /** Also fetch from loopback, private and link-local addresses. @defaultValue false */
  allowPrivate?: boolean;
  /** Sent as POST. */
  body?: Uint8Array;
  headers?: Record<string, string>;
  /** Which HTTP proxy to ask for a URL, if any. */
  proxyFor?: (url: URL) => Proxy | undefined;
  /** CAs for a proxy that is spoken to by TLS. @defaultValue Node's */
  proxyCAs?: string[];
  signal?: AbortSignal;
}

type Limits = Required<
  Pick<FetchOptions, 'maxBytes' | 'timeoutMs' | 'maxRedirects' | 'allowPrivate'>
>;

const DEFAULT_LIMITS: Limits = {
  maxBytes: 256 * 1024,
  timeoutMs: 5000,
  maxRedirects: 3,
  allowPrivate: false,
};

interface Answer {
  body: Buffer;
  redirect?: string;
}

/** @throws FetchError */
export async function fetchBytes(url: string, options: FetchOptions = {}): Promise<Buffer> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...definedOnly(options) };
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  let next = toHttpUrl(url, 'bad-url');
  for (let redirects = 0; redirects <= limits.maxRedirects; redirects++) {
    const answer = await request(next, options, limits, deadline);
    if (answer.redirect === undefined) return answer.body;
    next = toHttpUrl(answer.redirect, 'redirect', next);
  }
  throw new FetchError('redirect', `${url} redirects more than ${limits.maxRedirects} times`);
}

function definedOnly(options: FetchOptions): Partial<Limits> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function toHttpUrl(text: string, reason: FetchFailure, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (cause) {
    throw new FetchError(reason, `${text.slice(0, 200)} is not a URL`, { cause });
  }
  if (url.protocol === 'http:') return url;
  const how = reason === 'redirect' ? 'a redirect to ' : '';
  throw new FetchError(reason, `${how}${url.protocol} is not followed; only http: is`);
}

/** The address is looked up once and that very address is connected to, so that a second answer cannot differ. */
async function resolveHost(
  host: string,
  allowPrivate: boolean,
  throughProxy: boolean,
): Promise<LookupAddress | undefined> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(literal);
  let addresses: LookupAddress[];
  try {
    addresses =
      family === 0 ? await lookupAll(literal, { all: true }) : [{ address: literal, family }];
  } catch (cause) {
    // Behind a proxy only the proxy may know the name.
    if (throughProxy) return undefined;
    throw new FetchError('network', `${literal} has no address`, { cause });
  }
  const refused = addresses.find(({ address }) => !isPublicAddress(address));
  if (refused && !allowPrivate) {
    throw new FetchError(
      'private-address',
      `${literal} is ${refused.address}, not a public address`,
    );
  }
  return addresses[0];
}

async function request(
  url: URL,
  options: FetchOptions,
  limits: Limits,
  deadline: AbortSignal,
): Promise<Answer> {
  const proxy = options.proxyFor?.(url);
  const address = await abortable(
    resolveHost(url.hostname, limits.allowPrivate, proxy !== undefined),
    deadline,
    options.signal,
  );
  return await new Promise<Answer>((resolve, reject) => {
    // A proxy for http: may itself want TLS; its credentials never go there in the clear.
    const { request: send } = proxy?.protocol === 'https' ? https : http;
    const outgoing = send({
      ...(proxy?.protocol === 'https' ? secure(proxy, options) : {}),
      ...(proxy ? throughProxy(proxy, url) : direct(url, address)),
      method: options.body ? 'POST' : 'GET',
      headers: {
        Host: url.host,
        Accept: '*/*',
        Connection: 'close',
        ...options.headers,
        ...(proxy ? proxyAuthorization(proxy) : {}),
        ...(options.body ? { 'Content-Length': String(options.body.byteLength) } : {}),
      },
      agent: false,
      maxHeaderSize: 16 * 1024,
    });
    const fail = (error: unknown): void => {
      outgoing.destroy();
      reject(toFetchError(error, url));
    };
    const forget = onAbort([deadline, options.signal], fail);
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      readAnswer(incoming, limits.maxBytes).then(resolve, fail);
    });
    outgoing.on('close', forget);
    outgoing.end(options.body);
  });
}

function direct(url: URL, address: LookupAddress | undefined): http.RequestOptions {
  return {
    host: address?.address ?? url.hostname,
    port: url.port || 80,
    path: `${url.pathname}${url.search}`,
  };
}

/** RFC 9112 §3.2.2: a proxy is sent the whole URL. */
function throughProxy(proxy: Proxy, url: URL): http.RequestOptions {
  return { host: proxy.host, port: proxy.port, path: `${url.origin}${url.pathname}${url.search}` };
}

/** Without a name of its own, TLS would take the proxy for the host in the Host header. */
function secure({ host }: Proxy, { proxyCAs }: FetchOptions): https.RequestOptions {
  const servername = isIP(host) === 0 ? host : '';
  return { servername, ...(proxyCAs ? { ca: exactly([...proxyCAs]) } : {}) };
}

function readAnswer(incoming: http.IncomingMessage, maxBytes: number): Promise<Answer> {
  const { statusCode = 0, headers } = incoming;
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
    incoming.destroy();
    return Promise.resolve({ body: Buffer.alloc(0), redirect: headers.location });
  }
  if (statusCode !== 200) {
    incoming.destroy();
    return Promise.reject(new FetchError('status', `the answer is HTTP ${statusCode}`));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => {
      // First, for destroying it is an error of its own.
      reject(new FetchError('too-large', `the answer is larger than ${maxBytes} bytes`));
      incoming.destroy();
    };
    if (Number(headers['content-length'] ?? 0) > maxBytes) {
      tooLarge();
      return;
    }
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) tooLarge();
      else chunks.push(chunk);
    });
    incoming.on('error', reject);
    incoming.on('aborted', () => {
      reject(new FetchError('network', 'the answer broke off'));
    });
    incoming.on('end', () => {
      resolve({ body: Buffer.concat(chunks) });
    });
  });
}

function toFetchError(error: unknown, url: URL): FetchError {
  if (error instanceof FetchError) return error;
  const { name, message } = error as Error;
  if (name === 'TimeoutError') {
    return new FetchError('timeout', `${url.host} took too long`, { cause: error });
  }
  return new FetchError('network', message, { cause: error });
}

function onAbort(
  signals: readonly (AbortSignal | undefined)[],
  listener: (reason: unknown) => void,
): () => void {
  const forget = signals.map((signal) => {
    const abort = (): void => {
      listener(signal?.reason);
    };
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    return () => signal?.removeEventListener('abort', abort);
  });
  return () => {
    for (const one of forget) one();
  };
}

async function abortable<T>(
  work: Promise<T>,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<T> {
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    forget = onAbort(signals, (reason) => {
      reject(new FetchError('timeout', 'the look-up took too long', { cause: reason as Error }));
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
  }
}
