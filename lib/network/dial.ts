/**
 * Connects a byte stream to a host: by TCP, either directly or through an HTTP proxy's CONNECT.
 */
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

import { exactly } from '../certificate/exact-list.js';
import { proxyAuthorization } from './proxy.js';
import type { Proxy } from './proxy.js';

/** The step at which the connection failed. */
export type DialFailure =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'reset'
  | 'proxy-unreachable'
  | 'proxy-authentication'
  | 'proxy-refused';

export class DialError extends Error {
  constructor(
    readonly reason: DialFailure,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface DialOptions {
  host: string;
  port: number;
  proxy?: Proxy | undefined;
  /** CAs for a proxy that is reached by TLS. */
  proxyCAs?: string[] | undefined;
  signal: AbortSignal;
}

export interface Dialed {
  stream: Duplex;
  /** The address of the TCP peer: the host or the proxy. */
  address?: string | undefined;
}

const MAX_PROXY_HEADER_BYTES = 16 * 1024;

/** @throws DialError */
export async function dial(options: DialOptions): Promise<Dialed> {
  const { proxy, signal } = options;
  if (!proxy) {
    const socket = await connectTcp(options.host, options.port, signal);
    return { stream: socket, address: socket.remoteAddress };
  }
  const stream = await connectProxy(proxy, options);
  try {
    await openTunnel(stream, proxy, options);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return { stream };
}

/** @throws DialError `proxy-unreachable` */
export async function connectProxy(
  proxy: Proxy,
  options: Pick<DialOptions, 'proxyCAs' | 'signal'>,
): Promise<net.Socket> {
  try {
    const socket = await connectTcp(proxy.host, proxy.port, options.signal);
    return proxy.protocol === 'http' ? socket : await secureProxy(socket, proxy, options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DialError('proxy-unreachable', `the proxy cannot be reached: ${message}`, { cause });
  }
}

function connectTcp(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', abort);
      socket.removeListener('error', fail);
      socket.on('error', () => undefined);
      settle();
    };
    const fail = (error: unknown): void => {
      end(() => {
        socket.destroy();
        reject(toDialError(error));
      });
    };
    const abort = (): void => {
      fail(signal.reason);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      end(() => {
        resolve(socket);
      });
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
}

/** The proxy must prove its identity, because it receives the credentials. */
function secureProxy(
  socket: net.Socket,
  { host }: Proxy,
  { proxyCAs, signal }: Pick<DialOptions, 'proxyCAs' | 'signal'>,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      ...(net.isIP(host) === 0 ? { servername: host } : { host }),
      ...(proxyCAs ? { ca: exactly([...proxyCAs]) } : {}),
    });
    const abort = (): void => void secured.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort);
    secured.once('error', reject);
    secured.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      secured.removeListener('error', reject);
      secured.on('error', () => undefined);
      resolve(secured);
    });
  });
}

async function openTunnel(
  stream: Duplex,
  proxy: Proxy,
  { host, port, signal }: DialOptions,
): Promise<void> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const headers = { Host: authority, ...proxyAuthorization(proxy) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.write(`CONNECT ${authority} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const [, status = ''] = /^HTTP\/1\.[01] (\d{3})/.exec(await readHeader(stream, signal)) ?? [];
  if (status.startsWith('2')) return;
  if (status === '407') {
    const given = proxy.credentials ? 'the user name and password given' : 'none were given';
    throw new DialError('proxy-authentication', `the proxy asks for credentials (${given})`);
  }
  const answer = status === '' ? 'no HTTP' : `HTTP ${status}`;
  throw new DialError('proxy-refused', `the proxy answers CONNECT with ${answer}`);
}

/** Reads up to the empty line. The bytes after it belong to the tunnel and are put back. */
function readHeader(stream: Duplex, signal: AbortSignal): Promise<string> {
  return readUntil(stream, signal, (bytes) => {
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) return end + 4;
    return bytes.length > MAX_PROXY_HEADER_BYTES ? bytes.length : undefined;
  }).then((bytes) => bytes.toString('latin1'));
}

/**
 * Reads until `isComplete` returns the number of bytes in the answer, and puts the rest back.
 *
 * @throws DialError, and whatever `isComplete` throws
 */
export function readUntil(
  stream: Duplex,
  signal: AbortSignal,
  isComplete: (bytes: Buffer) => number | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      stream.removeListener('data', read);
      stream.removeListener('error', fail);
      stream.removeListener('end', broken);
      stream.removeListener('close', broken);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const fail = (error: unknown): void => {
      end(() => {
        reject(toDialError(error));
      });
    };
    const broken = (): void => {
      fail(new DialError('reset', 'the connection was closed before TLS began'));
    };
    const abort = (): void => {
      fail(signal.reason);
    };
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      let length: number | undefined;
      try {
        length = isComplete(bytes);
      } catch (error) {
        end(() => {
          reject(error as Error);
        });
        return;
      }
      if (length === undefined) return;
      const taken = length;
      end(() => {
        stream.pause();
        if (taken < bytes.length) stream.unshift(bytes.subarray(taken));
        resolve(bytes.subarray(0, taken));
      });
    };
    stream.on('data', read);
    // The previous answer has paused it.
    stream.resume();
    stream.once('error', fail);
    stream.once('end', broken);
    stream.once('close', broken);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
}

const REASONS: Partial<Record<string, DialFailure>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

export function toDialError(error: unknown): DialError {
  if (error instanceof DialError) return error;
  const cause = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  if (cause.name === 'TimeoutError') return new DialError('timeout', 'nothing answered in time');
  // There is one error for each address that was tried; the first one is enough.
  const first = cause.errors?.[0] ?? cause;
  return new DialError(REASONS[first.code ?? ''] ?? 'unreachable', first.message, { cause });
}
