/**
 * Connections of `tls.connect` whose trust comes from us, and who judges their peers beside OpenSSL. Each is given its own
 * `checkServerIdentity`, which asks the program's first; nothing is done to any other connection.
 */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import { linkedFrom } from '../chain/peer-judge.js';
import type { PeerJudge } from '../chain/peer-judge.js';
import { LINKS_ALL_SENT, sentCertificates } from '../runtime/sent-certificates.js';
import { patchTls, tlsExports } from '../tls-defaults.js';
import type { ContextOptions, Patch, TlsExports } from '../tls-defaults.js';
import { isSession, readSession } from './session-facts.js';

type Connect = TlsExports['connect'];
type Check = TlsExports['checkServerIdentity'];

/** What is asked about a connection that is about to be made. May change `options`, which are a copy of the program's. */
export type JudgeFor = (options: ContextOptions) => PeerJudge | undefined;

/** Contexts with trust of ours, for the `secureContext` option, and who judges where one is used. */
const contexts = new WeakMap<object, () => PeerJudge | undefined>();
let contextPatch: Patch | undefined;

export function judgeOfContext(context: unknown): PeerJudge | undefined {
  return typeof context === 'object' && context !== null ? contexts.get(context)?.() : undefined;
}

/** What a context cannot express is judged where it is used, by what is distrusted then. */
export function judgeContext(context: object, judge: () => PeerJudge | undefined): void {
  contexts.set(context, judge);
}

/** For contexts that are used without an injection. Stays, since contexts do. */
export function watchContexts(): void {
  contextPatch ??= patchConnect(({ secureContext }) => judgeOfContext(secureContext));
}

/** @param isIdle - nothing is asked while that is so */
export function patchConnect(judgeFor: JudgeFor, isIdle: () => boolean = () => false): Patch {
  return patchTls(
    'connect',
    (original) =>
      function (this: unknown, ...args: unknown[]): TLSSocket {
        if (isIdle()) return original.apply(this, args);
        return connectJudged(this, original, args, judgeFor);
      },
  );
}

function connectJudged(
  self: unknown,
  original: Connect,
  args: unknown[],
  judgeFor: JudgeFor,
): TLSSocket {
  const { changed, guard } = guardArguments(args, judgeFor);
  const socket = original.apply(self, changed);
  if (guard) {
    guard.socket = socket;
    guardSessions(socket, guard.judge);
  }
  return socket;
}

/** A session may also be handed over once there is a socket. */
function guardSessions(socket: TLSSocket, judge: PeerJudge): void {
  const { setSession } = socket as unknown as { setSession: unknown };
  if (typeof setSession !== 'function') return;
  const value = function (this: unknown, session: unknown): unknown {
    const isStrange = isSession(session) && !isOfAccepted(session, judge);
    return isStrange ? undefined : (setSession.call(this, session) as unknown);
  };
  Object.defineProperty(socket, 'setSession', { value, configurable: true, writable: true });
}

/** Arguments of `tls.connect` with a check for the connection, where there is a judge of it; otherwise the very same. */
export function guardArguments(
  args: unknown[],
  judgeFor: JudgeFor,
): { changed: unknown[]; guard?: Guard | undefined } {
  const place = placeOfOptions(args);
  const [first] = args;
  const options: ContextOptions = {
    ...(isObject(first) ? first : {}),
    ...(args[place] as object | undefined),
  };
  const { session } = options;
  const judge = judgeFor(options);
  const guard = judge && guardCheck(options, judge);
  if (!guard && options.session === session) return { changed: args };
  return { changed: withOptions(args, place, options), guard };
}

function withOptions(args: readonly unknown[], place: number, options: ContextOptions): unknown[] {
  const changed = [...args];
  const [first] = args;
  if (place > 0 && isObject(first)) {
    // Node writes the second into the first, which is the program's, and must not write ours.
    Object.assign(first, args[place]);
    changed.splice(place, 1);
    changed[0] = options;
  } else changed.splice(place, isObject(args[place]) ? 1 : 0, options);
  return changed;
}

/** As `tls.connect` finds them: `(options)`, `(port, host, options)`, `(port, options)`, `(path, options)`. */
function placeOfOptions(args: readonly unknown[]): number {
  for (const place of [1, 2, 0]) if (isObject(args[place])) return place;
  return typeof args[1] === 'string' ? 2 : 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Knows the connection as soon as there is one. */
interface Guard {
  readonly judge: PeerJudge;
  socket?: TLSSocket;
}

const guarded = new WeakSet();

/**
 * Puts a check into `options` that asks theirs, and then `judge`. A session is resumed without any check, so only one of a peer
 * that was accepted stays.
 */
export function guardCheck(options: ContextOptions, judge: PeerJudge): Guard | undefined {
  dropStrangeSession(options, judge);
  const { checkServerIdentity: usual } = tlsExports();
  const given = Object.hasOwn(options, 'checkServerIdentity')
    ? (options['checkServerIdentity'] as Check)
    : usual;
  // Node's own error for what is no function. What has been guarded before needs no second guard.
  if (typeof given !== 'function' || guarded.has(given)) return undefined;
  const check = identityChecks.has(given) ? usual : given;
  const guard: Guard = { judge };
  const guardedCheck: Check = function (this: unknown, host, certificate) {
    const mismatch = check.call(this, host, certificate);
    return mismatch ?? refusalOf(judge, certificate as DetailedPeerCertificate, guard.socket);
  };
  guarded.add(guardedCheck);
  options['checkServerIdentity'] = guardedCheck;
  return guard;
}

/** A check of its own, for those whose connections cannot be seen. */
export function identityCheck(judge: PeerJudge): Check {
  const check: Check = (host, certificate) =>
    tlsExports().checkServerIdentity(host, certificate) ??
    refusalOf(judge, certificate as DetailedPeerCertificate, undefined);
  identityChecks.add(check);
  return check;
}

const identityChecks = new WeakSet();

/** As `judge` sees what a connection has shown to a check of its identity. */
export function refusalOf(
  judge: PeerJudge,
  leaf: DetailedPeerCertificate,
  socket: TLSSocket | undefined,
): Error | undefined {
  try {
    const linked = linkedFrom(leaf);
    return judge.refusal({
      linked,
      sent: () => (LINKS_ALL_SENT ? linked : socket && sentCertificates(socket, leaf)),
    });
  } catch (cause) {
    // In an event of the socket's, where nobody could catch it; who cannot be judged is refused.
    return Object.assign(
      new Error(`The peer cannot be judged: ${(cause as Error).message}`, { cause }),
      { code: 'CERT_REJECTED' },
    );
  }
}

function dropStrangeSession(options: ContextOptions, judge: PeerJudge): void {
  const { session } = options;
  // What is no session is Node's to refuse.
  if (isSession(session) && !isOfAccepted(session, judge)) options.session = undefined;
}

function isOfAccepted(session: unknown, judge: PeerJudge): boolean {
  const { peer } = readSession(session);
  return peer !== undefined && judge.hasAccepted(peer);
}
