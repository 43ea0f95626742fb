/**
 * Makes one TLS handshake with one list of CAs. OpenSSL decides, and nothing is sent after the handshake either way.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

import { PatientTimer } from '../../base/patient-timer.js';
import { hasSlowKey } from '../../certificate/certificate-parts.js';
import { exactly } from '../../certificate/exact-list.js';
import { MOST_CERTIFICATES } from '../../chain/budget.js';
import { DialError, dial, toDialError } from '../../network/dial.js';
import type { DialFailure } from '../../network/dial.js';
import type { Proxy } from '../../network/proxy.js';
import type { StartTlsProtocol } from './protocols.js';
import { StartTlsError, startTls } from './starttls.js';
import { Tap } from './tap.js';
import { readServerMessages } from './tls-messages.js';
import type { ServerMessages } from './tls-messages.js';

export interface HandshakeTarget {
  /** Aborted when time is over. */
  signal: AbortSignal;
  host: string;
  port: number;
  servername: string;
  startTls?: StartTlsProtocol | undefined;
  proxy?: Proxy | undefined;
  proxyCAs?: string[];
}

/** The verdict of OpenSSL, or of the connection on the way to it. */
export type HandshakeOutcome =
  | { state: 'trusted' }
  /** The handshake completed and the chain was refused. */
  | {
      state: 'refused';
      code: string;
      message: string;
      /** SHA-256 of a distrusted certificate because of which the chain is refused, although OpenSSL accepts it. */
      culprit?: string;
    }
  /** There was no handshake. */
  | { state: 'failed'; reason: FailureReason; code: string; message: string };

/** `too-many`: OpenSSL would examine every sent certificate at any cost, while the event loop waits. */
type FailureReason = DialFailure | 'starttls' | 'tls' | 'too-many';

export interface Handshake {
  outcome: HandshakeOutcome;
  messages: ServerMessages;
  address?: string | undefined;
  protocol?: string;
  cipher?: string;
  /** True when the server ended the connection because it received no client certificate. */
  endedByServer?: boolean;
}

export interface HandshakeOptions {
  /** Undefined for what this runtime trusts by default. */
  ca?: readonly string[] | undefined;
  maxVersion?: tls.SecureVersion;
  /** True when other handshakes are made at the same time. */
  isOneOfMany?: boolean;
}

/** Milliseconds in which a server that asked for a client certificate may say that it requires one. */
const CLIENT_CERTIFICATE_GRACE_MS = 700;

/** The limit for the time before the handshake is over. */
const MOST_RECORDS = 64;

const NO_MESSAGES: ServerMessages = { certificates: [], wantsClientCertificate: false };

let lastTurn = Promise.resolve();

/** OpenSSL needs milliseconds to load a list of CAs, so the event loop gets a turn between two lists. */
function turn(): Promise<void> {
  return (lastTurn = lastTurn.then(() => new Promise((resolve) => setImmediate(resolve))));
}

/** Never rejects; a failure is an outcome. */
export async function shakeHands(
  target: HandshakeTarget,
  options: HandshakeOptions,
): Promise<Handshake> {
  const { signal } = target;
  let stream: Duplex | undefined;
  let address: string | undefined;
  try {
    const dialed = await dial(target);
    address = dialed.address;
    stream = dialed.stream;
    if (target.startTls) await startTls(target.startTls, stream, signal);
    if (options.isOneOfMany) await turn();
    return { ...(await secure(new Tap(stream), target, options)), address };
  } catch (error) {
    return { outcome: toFailure(error), messages: NO_MESSAGES, address };
  } finally {
    stream?.destroy();
  }
}

function toFailure(error: unknown): HandshakeOutcome {
  const { message } = error as Error;
  if (error instanceof StartTlsError) {
    return { state: 'failed', reason: 'starttls', code: 'STARTTLS', message };
  }
  const { reason, cause } = toDialError(error);
  const { code = reason.toUpperCase() } = (cause ?? {}) as NodeJS.ErrnoException;
  return { state: 'failed', reason, code, message };
}

function secure(
  tap: Tap,
  { servername, host, signal }: HandshakeTarget,
  { ca, maxVersion }: HandshakeOptions,
): Promise<Handshake> {
  return new Promise((resolve) => {
    let secret: Buffer | undefined;
    let completed = false;
    let facts: ConnectionFacts = {};
    let grace: PatientTimer | undefined;
    const socket = tls.connect({
      socket: tap,
      // NODE_TLS_REJECT_UNAUTHORIZED=0 would make every server look trusted.
      rejectUnauthorized: true,
      // The name is judged apart from the chain, so that one fault does not hide the other.
      checkServerIdentity: () => undefined,
      ...(isIP(servername) === 0 ? { servername } : { host }),
      ...(ca ? { ca: exactly([...ca]) } : {}),
      ...(maxVersion ? { maxVersion } : {}),
    });
    // Node reads the chain before it calls checkServerIdentity, and crashes at some keys (see sentCertificates).
    socket.getPeerCertificate = () => ({}) as tls.DetailedPeerCertificate;
    const finish = (outcome: HandshakeOutcome, endedByServer = false): void => {
      grace?.stop();
      signal.removeEventListener('abort', abort);
      const messages = readServerMessages(tap.received, secret);
      resolve({ outcome, messages, ...facts, endedByServer });
      socket.destroy();
    };
    tap.admits = (count) => {
      const { certificates } = readServerMessages(tap.received, secret);
      const isMuch = certificates.length > MOST_CERTIFICATES || certificates.some(hasSlowKey);
      if (count <= MOST_RECORDS && !isMuch) return true;
      const message = 'the certificates of the server take too long to read';
      finish({ state: 'failed', reason: 'too-many', code: 'CERT_CHAIN_TOO_LONG', message });
      return false;
    };
    const abort = (): void => {
      finish(toFailure(signal.reason));
    };
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    socket.on('keylog', (line: Buffer) => {
      secret ??= serverHandshakeSecret(line);
    });
    // This event comes before the chain is judged, so a later error is about the chain.
    socket.prependListener('secure', () => {
      completed = true;
      facts = connectionFacts(socket);
    });
    socket.on('secureConnect', () => {
      // Deno and Bun have no event before this one.
      if (!completed) facts = connectionFacts(socket);
      completed = true;
      const { wantsClientCertificate } = readServerMessages(tap.received, secret);
      if (!wantsClientCertificate) {
        finish({ state: 'trusted' });
        return;
      }
      grace = new PatientTimer(CLIENT_CERTIFICATE_GRACE_MS, () => {
        finish({ state: 'trusted' });
      });
      socket.on('end', () => {
        finish({ state: 'trusted' }, true);
      });
      socket.resume();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (grace) finish({ state: 'trusted' }, true);
      else finish(isVerdict(error, completed) ? toRefusal(error) : toTlsFailure(error));
    });
    socket.on('close', () => {
      if (grace) finish({ state: 'trusted' }, true);
      else finish(toTlsFailure(new DialError('reset', 'the server closed the connection')));
    });
  });
}

/** Parts of the names Node gives the errors of `X509_verify_cert_error_string`. */
const VERDICT = /CERT|ISSUER|SIGNATURE|PURPOSE|INVALID_CA|SELF_SIGNED|PATH_LENGTH|UNSPECIFIED/;

/**
 * Errors of the connection have `syscall`, and those of OpenSSL's record layer `library`; verdicts on chains only have a
 * code. `completed` is not enough, because Deno does not report when the handshake is complete.
 */
function isVerdict(
  error: NodeJS.ErrnoException & { library?: string },
  completed: boolean,
): boolean {
  const { code = '' } = error;
  if (!completed && (code.startsWith('ERR_') || !VERDICT.test(code))) return false;
  return error.syscall === undefined && error.library === undefined && error.code !== 'ECONNRESET';
}

/** Node adds the same hint to several messages; the remedies here are exact. */
const NODE_HINT =
  /; if the root CA is installed locally, try running Node\.js with --use-system-ca$/;

function toRefusal({ code = 'UNKNOWN', message }: NodeJS.ErrnoException): HandshakeOutcome {
  return { state: 'refused', code, message: message.replace(NODE_HINT, '') };
}

function toTlsFailure(error: NodeJS.ErrnoException): HandshakeOutcome {
  const { library } = error as { library?: string };
  const isTls = library !== undefined || (error.code ?? '').startsWith('ERR_SSL_');
  if (!isTls) return toFailure(error);
  return { state: 'failed', reason: 'tls', code: error.code ?? 'ERR_SSL', message: error.message };
}

type ConnectionFacts = Pick<Handshake, 'protocol' | 'cipher'>;

function connectionFacts(socket: tls.TLSSocket): ConnectionFacts {
  const protocol = socket.getProtocol();
  const cipher = socket.getCipher() as { standardName?: string; name?: string } | undefined;
  const name = cipher?.standardName ?? cipher?.name;
  return {
    ...(protocol === null ? {} : { protocol }),
    ...(name === undefined ? {} : { cipher: name }),
  };
}

/** Parses a line in NSS key log format: label, client random, secret. */
function serverHandshakeSecret(line: Buffer): Buffer | undefined {
  const [label, , secret = ''] = line.toString('latin1').trim().split(' ');
  return label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET' ? Buffer.from(secret, 'hex') : undefined;
}
