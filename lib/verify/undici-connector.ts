/**
 * A connector for undici's dispatchers, of the built-in `fetch` and of the npm package alike: what they call instead of
 * `tls.connect`.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';

import { resetError } from './attempt.js';
import type { Open } from './attempt.js';
import { Deadline, unlessAborted } from './deadline.js';
import type { ConnectOptions } from './trust.js';
import type { Connector, ConnectorCallback, ConnectorOptions, ConnectorTarget } from './types.js';
import type { Verification } from './verification.js';

/** undici's own values. */
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 60_000;
const HIGH_WATER_MARK = 16_384;
/** The longest a timer can be. */
const NO_LIMIT_MS = 0x7fffffff;

export function makeConnector(options: ConnectorOptions, verification: Verification): Connector {
  const { keepAlive, keepAliveInitialDelay, timeout = CONNECT_TIMEOUT_MS, ...own } = options;

  const prepare = <Socket extends net.Socket>(socket: Socket): Socket => {
    if (keepAlive !== false) {
      socket.setKeepAlive(true, keepAliveInitialDelay ?? KEEP_ALIVE_DELAY_MS);
    }
    return socket.setNoDelay(true);
  };

  return (target, callback) => {
    const deadline = new Deadline(timeout > 0 ? timeout : NO_LIMIT_MS);
    const settle = (...args: Parameters<ConnectorCallback>): void => {
      deadline.release();
      // Out of the promise: what undici and the program do then is no rejection of it.
      process.nextTick(callback, ...args);
    };
    const { signal } = deadline;
    const work =
      target.protocol === 'https:'
        ? connectTls(own, target, verification, signal)
        : connectTcp(own, target, signal);
    work.then(
      (socket) => {
        settle(null, prepare(socket));
      },
      (error: unknown) => {
        settle(signal.aborted ? timeoutError(target, timeout, error) : (error as Error), null);
      },
    );
  };
}

function hostnameOf({ hostname }: ConnectorTarget): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function placeOf(target: ConnectorTarget, defaultPort: number): ConnectOptions {
  return {
    host: hostnameOf(target),
    port: Number(target.port || defaultPort),
    ...(target.socketPath ? { path: target.socketPath } : {}),
    ...(target.localAddress ? { localAddress: target.localAddress } : {}),
  };
}

function connectTls(
  { allowH2, maxCachedSessions, ...own }: ConnectorOptions,
  target: ConnectorTarget,
  verification: Verification,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const { httpSocket } = target;
  const servername =
    own.servername ?? target.servername ?? nameOf(target.host ?? hostnameOf(target));
  const http2 = target.allowH2 ?? allowH2 ?? false;
  const options: ConnectOptions = {
    highWaterMark: HIGH_WATER_MARK,
    ...own,
    ...(servername === '' ? {} : { servername }),
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    ...(httpSocket ? { socket: httpSocket } : {}),
    ...placeOf(target, 443),
  };
  const open: Open = (overrides) => tls.connect({ ...options, ...overrides });
  const verified = verification.covers(options);
  if (!verified) return plainly(tls.connect(options), 'secureConnect', signal);
  const key = JSON.stringify([placeOf(target, 443), servername, http2]);
  return verification.connect({
    key,
    options,
    open,
    once: httpSocket !== undefined,
    resume: maxCachedSessions !== 0,
    signal,
  });
}

/** A name for SNI; addresses have none (RFC 6066 §3). */
function nameOf(host: string): string {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return net.isIP(name) === 0 ? name : '';
}

/** Also undici's way to servers without TLS. */
function connectTcp(
  own: ConnectorOptions,
  target: ConnectorTarget,
  signal: AbortSignal,
): Promise<net.Socket> {
  const options = {
    highWaterMark: HIGH_WATER_MARK,
    ...own,
    ...placeOf(target, 80),
  };
  const socket = net.connect(options as net.NetConnectOpts);
  return plainly(socket, 'connect', signal);
}

async function plainly<Socket extends net.Socket>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Socket> {
  let fail: (error: Error) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    fail = reject;
    socket.once(event, resolve);
    socket.once('error', reject);
  });
  try {
    await unlessAborted(ready, signal);
    // It may have ended in the same turn, and undici would not hear of it.
    if (socket.destroyed) throw resetError();
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    socket.off('error', fail);
  }
}

/** As undici's own connector says it. */
function timeoutError(target: ConnectorTarget, ms: number, cause: unknown): Error {
  const where = `${target.hostname}:${target.port || 443}`;
  const error = new Error(`Connect Timeout Error (attempted address: ${where}, timeout: ${ms}ms)`, {
    cause,
  });
  return Object.assign(error, { name: 'ConnectTimeoutError', code: 'UND_ERR_CONNECT_TIMEOUT' });
}
