/**
 * Makes one TLS connection up to the point where it could be used, and keeps what the server showed. No other code uses the
 * connection before it is released.
 */
import * as tls from 'node:tls';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

import { refusalOf } from '../../chain/peers/peer-guard.js';
import type { PeerJudge } from '../../chain/peers/peer-judge.js';
import { linkedFrom } from '../../chain/peers/trusted-by-name.js';
import { LINKS_ALL_SENT, sentCertificates } from '../../runtime/sent-certificates.js';
import type { ConnectOptions } from '../trust.js';
import { HeldSocket } from './held-socket.js';

/** The options that differ from the caller's own. */
export type Overrides = Partial<ConnectOptions> & {
  requestOCSP?: boolean | undefined;
  [name: symbol]: unknown;
};

/**
 * Starts a connection with the caller's options and these. Answers once, by returning a socket or by the callback.
 *
 * @throws what the caller's own way of connecting throws
 */
export type Open<Returned extends MaybeSocket = MaybeSocket> = (
  overrides: Overrides,
  done: Opened,
) => Returned;
export type MaybeSocket = tls.TLSSocket | null | undefined;
export type Opened = (error: Error | null, socket?: tls.TLSSocket) => void;

/** What a server showed. */
export interface Shown {
  /** For a check of names. The certificate in Node's form, so ask for it only after a verdict (see sentCertificates). */
  leaf: () => PeerCertificate;
  /**
   * DER, the server's certificate first. For a chain that OpenSSL accepts: what Node links to it, each named as issuer of the
   * one before. For any other: everything that was sent.
   */
  chain: Buffer[];
}

/** A finished handshake. */
export interface Completed {
  socket: tls.TLSSocket;
  /** Why OpenSSL or the check of names refuses the chain, if `overrides` keep the connection open despite that. */
  error?: Error | undefined;
  /** Undefined for a resumed session, which shows nothing. */
  shown?: Shown | undefined;
  /** A stapled OCSP response. */
  staple?: Buffer | undefined;
}

interface OnRead {
  callback: (length: number, buffer: Uint8Array) => boolean | undefined;
}

export interface AttemptOptions<Returned extends MaybeSocket = MaybeSocket> {
  open: Open<Returned>;
  options: ConnectOptions;
  overrides: Overrides;
  /** Refuses a chain that OpenSSL accepts through a certificate the machine distrusts. */
  peerJudge?: PeerJudge | undefined;
  /** True when no other code may get the connection. */
  isProbe: boolean;
  /** Gets the socket as soon as there is one, for what must be done before the handshake completes. */
  onSocket?: (socket: tls.TLSSocket) => void;
}

export class Attempt<Returned extends MaybeSocket = MaybeSocket> {
  /** What the caller's way of connecting returned: the connection, one to a proxy, or nothing. */
  readonly returned: Returned;
  /** True when it is not a connection of Node's own, which could be examined and held. */
  isForeign = false;
  /** Rejects with the error of the connection. */
  readonly completed: Promise<Completed>;
  readonly #given: AttemptOptions<Returned>;
  readonly #end = new AbortController();
  #socket: tls.TLSSocket | undefined;
  #held: HeldSocket | undefined;
  #settle: { resolve: (completed: Completed) => void; reject: (error: Error) => void };
  #leaf: PeerCertificate | undefined;
  #mismatch: Error | undefined;
  #staple: Buffer | undefined;

  /** @throws what `open` throws */
  constructor(given: AttemptOptions<Returned>) {
    const { open, overrides } = given;
    this.#given = given;
    this.#settle = { resolve: () => undefined, reject: () => undefined };
    this.completed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // A caller that does not wait learns of the end from the socket.
    this.completed.catch(() => undefined);
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const attempt = this;
    const checkServerIdentity: typeof tls.checkServerIdentity = function (this: unknown, ...args) {
      return attempt.#check(this, ...args);
    };
    const own = { ...this.#heldReads(), checkServerIdentity };
    this.returned = open({ ...overrides, ...own }, (error, socket) => {
      if (error) this.#fail(error);
      else if (socket) this.#adoptLate(socket);
    });
    if (this.returned && !isTunnelToCome(this.returned)) this.#adopt(this.returned);
  }

  /** Aborted when the connection ends. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** True when the connection came by the callback, so that no other code has it yet. */
  get isLate(): boolean {
    return !this.#socket || this.#socket !== this.returned;
  }

  /** Releases the connection to its owner, or lets code that already has it use it. */
  release(): void {
    this.#socket?.off('error', ignore);
    this.#held?.release();
  }

  /** Ends the connection for a reason, as Node does when it refuses a chain. */
  refuse(error: Error): void {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    const { code } = error as NodeJS.ErrnoException;
    Object.assign(socket, { authorized: false, authorizationError: code ?? error.message });
    socket.destroy(error);
  }

  /** Ends a connection that no code may get. */
  abandon(): void {
    this.#fail(resetError());
    (this.#socket ?? this.returned)?.on('error', ignore).destroy();
  }

  /** A program's own `onread` gets what is received without going through the stream. */
  #heldReads(): Partial<ConnectOptions> {
    const { onread } = this.#given.options as { onread?: OnRead | null };
    if (typeof onread?.callback !== 'function') return {};
    const deliver = (bytes: Buffer): boolean => onread.callback(bytes.length, bytes) !== false;
    const callback: OnRead['callback'] = (length, buffer) =>
      this.#held?.read(deliver, Buffer.from(buffer.buffer, buffer.byteOffset, length)) ??
      onread.callback(length, buffer);
    return { onread: { ...onread, callback } } as Partial<ConnectOptions>;
  }

  #check(self: unknown, host: string, certificate: PeerCertificate): Error | undefined {
    // Node has read the chain for this call, so a good connection shows it at no cost.
    this.#leaf = certificate;
    const { options, peerJudge } = this.#given;
    const check = options.checkServerIdentity ?? tls.checkServerIdentity;
    return (this.#mismatch =
      check.call(self, host, certificate) ??
      (peerJudge && refusalOf(peerJudge, certificate as DetailedPeerCertificate, this.#socket)));
  }

  #adoptLate(socket: tls.TLSSocket): void {
    if (this.signal.aborted) socket.destroy();
    if (this.#socket) return;
    this.#adopt(socket);
  }

  #adopt(socket: tls.TLSSocket): void {
    this.#socket = socket;
    if (isForeign(socket)) {
      this.isForeign = true;
      this.#settle.resolve({ socket });
      return;
    }
    // No other code listens yet, and an error without a listener ends the process.
    if (this.isLate || this.#given.isProbe) socket.on('error', ignore);
    socket.on('OCSPResponse', (response: Buffer | null) => {
      if (response && response.length > 0) this.#staple = response;
    });
    this.#held = new HeldSocket(socket, () => {
      this.#complete(socket);
    });
    socket.once('close', () => {
      this.#fail(socket.errored ?? resetError());
    });
    this.#given.onSocket?.(socket);
    if (socket.destroyed) this.#fail(socket.errored ?? resetError());
    else if (isSecured(socket)) this.#complete(socket);
  }

  #complete(socket: tls.TLSSocket): void {
    const { authorized } = socket;
    const error = authorized ? undefined : (this.#mismatch ?? verifyErrorOf(socket));
    const shown = socket.isSessionReused() ? undefined : showOf(socket, this.#leaf);
    this.#settle.resolve({ socket, error, shown, staple: this.#staple });
  }

  #fail(error: Error): void {
    this.#settle.reject(error);
    this.#end.abort(error);
  }
}

function ignore(): void {
  // Ignores errors of a connection that no code has.
}

/** The methods that a library such as nock replaces to answer in place of servers. */
const TAKEN_OVER = ['connect', 'write', '_write', '_writev', '_writeGeneric'];

function isForeign(socket: object): boolean {
  return (
    !(socket instanceof tls.TLSSocket) || TAKEN_OVER.some((name) => Object.hasOwn(socket, name))
  );
}

/** Node 24.5 and newer return the connection to a proxy; the socket to the host comes by the callback. */
function isTunnelToCome(socket: object): boolean {
  return Object.getOwnPropertySymbols(socket).some(
    ({ description }) => description === 'kWaitForProxyTunnel',
  );
}

/** Every version of Node has this property, but its types do not. */
function isSecured(socket: tls.TLSSocket): boolean {
  return (socket as tls.TLSSocket & { secureConnecting?: boolean }).secureConnecting === false;
}

/** OpenSSL's verdict, in the form of Node's own refusal. */
function verifyErrorOf(socket: tls.TLSSocket): Error {
  const { ssl, authorizationError } = socket as unknown as {
    ssl?: { verifyError?: () => Error | null };
    authorizationError: unknown;
  };
  const code = String(authorizationError);
  return ssl?.verifyError?.() ?? Object.assign(new Error(code), { code });
}

function showOf(socket: tls.TLSSocket, known: PeerCertificate | undefined): Shown | undefined {
  const ask = (): PeerCertificate => socket.getPeerCertificate(true);
  const leaf = LINKS_ALL_SENT ? (known ?? ask()) : known;
  const chain = leaf ? linkedFrom(leaf) : (sentCertificates(socket) ?? []);
  return chain.length > 0 ? { leaf: () => leaf ?? ask(), chain } : undefined;
}

export function resetError(): Error {
  const error = new Error(
    'Client network socket disconnected before secure TLS connection was established',
  );
  return Object.assign(error, { code: 'ECONNRESET' });
}
