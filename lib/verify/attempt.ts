/**
 * One TLS connection up to the point where it could be used, with what the server showed. It is handed to nobody here.
 */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import * as tls from 'node:tls';

import type { ConnectOptions } from './trust.js';

/** What is different from the caller's own options. */
export type Overrides = Partial<ConnectOptions> & { requestOCSP?: boolean };

/** Starts a connection with the caller's options and these; answers once, by returning a socket or by the callback. */
export type Open = (
  overrides: Overrides,
  done: (error: Error | null, socket?: TLSSocket) => void,
) => TLSSocket | undefined;

/** The server's certificate first, as Node links it. */
export interface Shown {
  leaf: PeerCertificate;
  /** DER; each issued the one before it, the last perhaps by itself. */
  chain: Buffer[];
}

/**
 * Hears the error of a socket nobody else listens to yet: a server can break the connection right behind its handshake,
 * and unheard that would end the process.
 */
export interface Hold {
  /** @throws Error of the connection when it has ended meanwhile: whoever got it then would wait for ever */
  release(): void;
}

export interface Attempt {
  /** Complete, and accepted by OpenSSL unless `overrides` said otherwise. */
  socket?: TLSSocket;
  /** Of `socket`, until it is handed over. */
  hold?: Hold;
  error?: Error;
  shown?: Shown | undefined;
  /** A stapled OCSP response. */
  staple?: Buffer | undefined;
}

export interface AttemptOptions {
  open: Open;
  options: ConnectOptions;
  overrides: Overrides;
  /** Look at the chain even if it is refused. It costs about as much as a tenth of a handshake. */
  watchful: boolean;
  signal: AbortSignal;
  /** Gets the socket as soon as there is one, for what happens before the handshake is complete. */
  onSocket?: ((socket: TLSSocket) => void) | undefined;
}

const MAX_CHAIN = 16;

/** Never rejects; an aborted signal is an error like others, and the socket is gone. */
export function attempt(given: AttemptOptions): Promise<Attempt> {
  const { open, options, overrides, watchful, signal } = given;
  return new Promise((resolve) => {
    let socket: TLSSocket | undefined;
    let leaf: PeerCertificate | undefined;
    let staple: Buffer | undefined;
    let settled = false;

    const settle = (result: Attempt): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', abort);
      socket?.off('secure', look);
      socket?.off('secureConnect', succeed);
      socket?.off('error', fail);
      socket?.off('close', close);
      socket?.off('OCSPResponse', keep);
      const shown = leaf && toShown(leaf);
      resolve({ ...result, shown, staple });
    };
    const fail = (error: Error): void => {
      if (socket) abandon(socket);
      settle({ error });
    };
    const succeed = (): void => {
      if (!socket) return;
      // Handed over by a proxy's tunnel after the handshake, or left unchecked as the caller wanted.
      if (!socket.isSessionReused()) leaf ??= peerOf(socket);
      settle({ socket, hold: holdSocket(socket) });
    };
    const close = (): void => {
      fail(resetError());
    };
    const abort = (): void => {
      fail(signal.reason as Error);
    };
    const keep = (response: Buffer | null): void => {
      if (response && response.length > 0) staple = response;
    };
    /** Before Node's own listener, which destroys a connection whose chain is refused. */
    const look = (): void => {
      if (socket) leaf = peerOf(socket);
    };
    const adopt = (created: TLSSocket): void => {
      socket = created;
      if (settled) {
        abandon(created);
        return;
      }
      given.onSocket?.(created);
      if (isSecured(created)) {
        succeed();
        return;
      }
      if (watchful) created.prependListener('secure', look);
      created.on('OCSPResponse', keep);
      created.once('secureConnect', succeed);
      created.once('error', fail);
      created.once('close', close);
    };

    signal.addEventListener('abort', abort);
    if (signal.aborted) {
      abort();
      return;
    }
    const checkServerIdentity: typeof tls.checkServerIdentity = (host, certificate) => {
      // Node has looked the chain up for this question, so a good connection shows it at no cost.
      leaf = certificate;
      return (options.checkServerIdentity ?? tls.checkServerIdentity)(host, certificate);
    };
    try {
      const opened = open({ ...overrides, checkServerIdentity }, (error, created) => {
        if (error) fail(error);
        else if (created) adopt(created);
      });
      if (opened && isTunnelToCome(opened)) {
        signal.addEventListener('abort', () => opened.destroy());
      } else if (opened) adopt(opened);
    } catch (error) {
      fail(error as Error);
    }
  });
}

function holdSocket(socket: TLSSocket): Hold {
  let failure: Error | undefined;
  const keep = (error: Error): void => {
    failure = error;
  };
  socket.on('error', keep);
  return {
    release: () => {
      socket.off('error', keep);
      if (socket.destroyed) throw failure ?? resetError();
    },
  };
}

/** Node 24.5 and newer return the connection to a proxy; the socket to the host comes by the callback. */
function isTunnelToCome(socket: object): boolean {
  return Object.getOwnPropertySymbols(socket).some(
    ({ description }) => description === 'kWaitForProxyTunnel',
  );
}

/** Node says so on every version; its types do not. */
function isSecured(socket: TLSSocket): boolean {
  return (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting === false;
}

/** Undefined for a resumed session, which shows nothing. */
function peerOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate(true) as Partial<PeerCertificate> | null;
  return certificate?.raw === undefined ? undefined : (certificate as PeerCertificate);
}

function toShown(leaf: PeerCertificate): Shown {
  const chain: Buffer[] = [];
  let current: PeerCertificate | undefined = leaf;
  while (current?.raw !== undefined && chain.length < MAX_CHAIN) {
    const { raw }: PeerCertificate = current;
    if (chain.some((der) => der.equals(raw))) break;
    chain.push(raw);
    current = (current as { issuerCertificate?: PeerCertificate }).issuerCertificate;
  }
  return { leaf, chain };
}

export function resetError(): Error {
  const error = new Error(
    'Client network socket disconnected before secure TLS connection was established',
  );
  return Object.assign(error, { code: 'ECONNRESET' });
}

/** `work` on a socket nobody else has yet; the end of the socket or of the caller's patience ends the waiting. */
export async function whileOpen<T>(
  socket: TLSSocket,
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let forget = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const close = (): void => {
      reject(resetError());
    };
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    socket.once('error', reject);
    socket.once('close', close);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    else if (socket.destroyed) close();
    forget = () => {
      socket.off('error', reject);
      socket.off('close', close);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    forget();
  }
}

/** Ends a connection nobody is to have; what it still says is no news. */
export function abandon(socket: TLSSocket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}
