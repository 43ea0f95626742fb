/**
 * Fetches small documents over plain HTTP from untrusted places: the URL stands in a certificate, whose maker chose it. So it
 * allows only http, only public addresses, few redirects, little time and few bytes. The result is untrusted too; the caller
 * checks signatures.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import * as http from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

import { Deadline, unlessAborted } from '../base/deadline.js';
import { definedOnly } from '../base/options.js';
import { isPublicAddress } from './addresses.js';
import { connectProxy, dial } from './dial.js';
import { proxyAuthorization } from './proxy.js';
import type { Proxy } from './proxy.js';

/** Why nothing was fetched. */
export type FetchFailure =
  'bad-url' | 'private-address' | 'redirect' | 'too-large' | 'timeout' | 'status' | 'network';

export class FetchError extends Error {
  constructor(
    readonly reason: FetchFailure,
    message: string,
    // Not `ErrorOptions`, which programs that compile for targets before ES2022 do not have.
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface FetchOptions {
  /** @defaultValue 262144 */
  maxBytes?: number;
  /** Milliseconds from the first look-up to the last byte, redirects included. @defaultValue 5000 */
  timeoutMs?: number;
  /** Each redirect must lead to http again. @defaultValue 3 */
  maxRedirects?: number;
  /**
   * Also fetches from loopback, private and link-local addresses. A proxy is then asked for names, so it may reach addresses
   * that it looks up itself. @defaultValue false
   */
  allowPrivate?: boolean;
  /** Returns the HTTP proxy for a URL, if any. */
  proxyFor?: (url: URL) => Proxy | undefined;
  /** CAs for a proxy that is reached by TLS. @defaultValue Node's */
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
  const limits: Limits = { ...DEFAULT_LIMITS, ...definedOnly<Partial<Limits>>(options) };
  let next = toHttpUrl(url, 'bad-url');
  const deadline = new Deadline(limits.timeoutMs, options.signal);
  const { signal } = deadline;
  try {
    for (let redirects = 0; redirects <= limits.maxRedirects; redirects++) {
      const answer = await request(next, options, limits, signal);
      if (answer.redirect === undefined) return answer.body;
      next = toHttpUrl(answer.redirect, 'redirect', next);
    }
  } catch (error) {
    throw toFetchError(signal.aborted ? signal.reason : error, next);
  } finally {
    deadline.release();
  }
  throw new FetchError('redirect', `${url} redirects more than ${limits.maxRedirects} times`);
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

/** Looks a name up only once: the connection uses the very address that was checked, so a second answer cannot differ. */
async function lookUp(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  if (family !== 0) return [{ address, family }];
  return await unlessAborted(lookupAll(host, { all: true }), signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return [];
  });
}

/** One address that is not public makes all of them unusable, because such an answer is a sign of an attack. */
async function addressOf(
  host: string,
  { allowPrivate }: Limits,
  proxy: Proxy | undefined,
  signal: AbortSignal,
): Promise<string> {
  const addresses = await lookUp(host, signal);
  const refused = addresses.find(({ address }) => !isPublicAddress(address));
  if (refused && !allowPrivate) {
    const message = `${host} is ${refused.address}, not a public address`;
    throw new FetchError('private-address', message);
  }
  // A proxy may have no IPv6.
  const chosen = (proxy && addresses.find(({ family }) => family === 4)) ?? addresses[0];
  if (chosen) return chosen.address;
  const why = proxy ? ' here, and the proxy is asked only for addresses that were checked' : '';
  throw new FetchError('network', `${host} has no address${why}`);
}

interface Line {
  stream: Duplex;
  /** The peer at the other end, in case other code in this process makes the connection itself. */
  host: string;
  port: number;
  /** RFC 9112 §3.2.2: a proxy is sent the whole URL. */
  wholeUrl: boolean;
  headers: Record<string, string>;
}

/**
 * Asks a proxy for a tunnel to the checked address, because the proxy would look the name up again, and some read the name
 * from the Host header. In the tunnel only the server sees the name. Where no address is checked, it is asked by name.
 */
async function connect(
  url: URL,
  options: FetchOptions,
  limits: Limits,
  signal: AbortSignal,
): Promise<Line> {
  const proxy = options.proxyFor?.(url);
  const to = { proxy, proxyCAs: options.proxyCAs, signal };
  if (proxy && limits.allowPrivate) {
    const stream = await connectProxy(proxy, to);
    const { host, port } = proxy;
    return { stream, host, port, wholeUrl: true, headers: proxyAuthorization(proxy) };
  }
  const host = await addressOf(url.hostname, limits, proxy, signal);
  const port = Number(url.port || 80);
  const { stream } = await dial({ ...to, host, port });
  return { stream, host, port, wholeUrl: false, headers: {} };
}

async function request(
  url: URL,
  options: FetchOptions,
  limits: Limits,
  signal: AbortSignal,
): Promise<Answer> {
  const { stream, host, port, wholeUrl, headers } = await connect(url, options, limits, signal);
  const answer = new Promise<Answer>((resolve, reject) => {
    const outgoing = http.request({
      createConnection: () => stream,
      host,
      port,
      path: `${wholeUrl ? url.origin : ''}${url.pathname}${url.search}`,
      headers: { Host: url.host, Accept: '*/*', Connection: 'close', ...headers },
      maxHeaderSize: 16 * 1024,
    });
    outgoing.on('error', reject);
    // A stream that has been read from is paused.
    outgoing.on('socket', () => stream.resume());
    outgoing.on('response', (incoming) => {
      readAnswer(incoming, limits.maxBytes).then(resolve, reject);
    });
    outgoing.end();
  });
  return await unlessAborted(answer, signal).finally(() => stream.destroy());
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
      // Rejects first, because destroying it causes another error.
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
