/**
 * A connector for the dispatchers of undici, both the built-in one and npm's: they call it instead of `tls.connect`. It works
 * as undici's own connector does, but holds connections until their verdict.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';

import { PatientTimer } from '../../base/patient-timer.js';
import type {
  Connector,
  ConnectorCallback,
  ConnectorTarget,
} from '../../runtime/clients/connector.js';
import { resetError } from '../connections/attempt.js';
import { SessionMemory } from '../connections/session-memory.js';
import type { Verification } from '../connections/verification.js';
import type { ConnectOptions } from '../trust.js';
import type { ConnectorOptions } from '../types.js';

/** These values are undici's own. */
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 60_000;
const TLS_HIGH_WATER_MARK = 16_384;
const TCP_HIGH_WATER_MARK = 65_536;

type Connect = (target: ConnectorTarget) => net.Socket;

/** @param isActive - false when connections are not verified */
export function makeConnector(
  options: ConnectorOptions,
  verification: Verification,
  isActive: () => boolean = () => true,
): Connector {
  const { keepAlive, keepAliveInitialDelay, timeout = CONNECT_TIMEOUT_MS, ...own } = options;
  const connectTls = tlsConnect(own, verification, isActive);
  return (target, callback) => {
    const isTls = target.protocol === 'https:';
    const socket = isTls ? connectTls(target) : connectTcp(own, target);
    if (keepAlive !== false) {
      socket.setKeepAlive(true, keepAliveInitialDelay ?? KEEP_ALIVE_DELAY_MS);
    }
    const timer =
      timeout > 0
        ? new PatientTimer(timeout, () => socket.destroy(timeoutError(socket, target, timeout)))
        : undefined;
    let waiting: ConnectorCallback | undefined = callback;
    const settle = (...args: Parameters<ConnectorCallback>): void => {
      timer?.stop();
      const done = waiting;
      waiting = undefined;
      done?.(...args);
    };
    socket
      .setNoDelay(true)
      .once(isTls ? 'secureConnect' : 'connect', () => {
        process.nextTick(() => {
          // The socket may have ended in the same turn, and undici would not notice.
          if (!socket.destroyed) settle(null, socket);
        });
      })
      // Stays, as in undici's own connector: undici removes its listeners from a socket it passes on, as for WebSocket.
      .on('error', (error) => {
        settle(error, null);
      })
      .once('close', () => {
        settle(resetError(), null);
      });
    return socket;
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

function tlsConnect(
  { allowH2, maxCachedSessions, ...own }: ConnectorOptions,
  verification: Verification,
  isActive: () => boolean,
): Connect {
  const sessions = maxCachedSessions === 0 ? undefined : new SessionMemory(maxCachedSessions);
  return (target) => {
    const { httpSocket } = target;
    const servername =
      own.servername ?? target.servername ?? nameOf(target.host ?? hostnameOf(target));
    const http2 = target.allowH2 ?? allowH2 ?? false;
    const options: ConnectOptions = {
      highWaterMark: TLS_HIGH_WATER_MARK,
      ...own,
      ...(servername === '' ? {} : { servername }),
      ALPNProtocols: http2 ? ['http/1.1', 'h2'] : ['http/1.1'],
      ...(httpSocket ? { socket: httpSocket } : {}),
      ...placeOf(target, 443),
    };
    const open = (overrides: ConnectOptions): tls.TLSSocket =>
      tls.connect({ ...options, ...overrides });
    if (!isActive() || !verification.covers(options)) return open({});
    return verification.connect({
      key: JSON.stringify([placeOf(target, 443), servername, http2]),
      options,
      open,
      once: httpSocket !== undefined,
      sessions,
    });
  };
}

/** The name to send as SNI; addresses have none (RFC 6066 §3). */
function nameOf(host: string): string {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return net.isIP(name) === 0 ? name : '';
}

/** undici also uses this connector for servers without TLS. */
function connectTcp(own: ConnectorOptions, target: ConnectorTarget): net.Socket {
  const options = { highWaterMark: TCP_HIGH_WATER_MARK, ...own, ...placeOf(target, 80) };
  return net.connect(options as net.NetConnectOpts);
}

/** An error with the text and class of undici's own: since 6.20 undici recognises its errors by these symbols. */
function timeoutError(socket: net.Socket, target: ConnectorTarget, ms: number): Error {
  const { hostname, port, protocol } = target;
  const { autoSelectFamilyAttemptedAddresses: addresses } = socket;
  const attempted = Array.isArray(addresses)
    ? `attempted addresses: ${addresses.join(', ')}`
    : `attempted address: ${hostname}:${String(port || (protocol === 'https:' ? 443 : 80))}`;
  const error = new Error(`Connect Timeout Error (${attempted}, timeout: ${String(ms)}ms)`);
  Object.assign(error, { name: 'ConnectTimeoutError', code: 'UND_ERR_CONNECT_TIMEOUT' });
  for (const name of ['UND_ERR', 'UND_ERR_CONNECT_TIMEOUT']) {
    Object.defineProperty(error, Symbol.for(`undici.error.${name}`), { value: true });
  }
  return error;
}
