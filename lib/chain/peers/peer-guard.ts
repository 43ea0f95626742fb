/**
 * Puts a judge of peers into a connection: its refusal becomes the error of `checkServerIdentity`, and no session is resumed that it
 * has not seen.
 */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import { LINKS_ALL_SENT, sentCertificates } from '../../runtime/sent-certificates.js';
import { isSession, readSession } from '../../runtime/session-facts.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import type { ContextOptions, TlsExports } from '../../runtime/tls-defaults.js';
import type { PeerJudge } from './peer-judge.js';
import { linkedFrom } from './trusted-by-name.js';

type Check = TlsExports['checkServerIdentity'];

/** Gets its connection as soon as there is one. */
export interface Guard {
  readonly judge: PeerJudge;
  socket?: TLSSocket;
}

const guarded = new WeakSet();

/**
 * Puts a check into `options` that calls the program's own first, and then asks `judge`. Resuming a session skips all checks,
 * so only a session with an accepted peer stays.
 */
export function guardCheck(options: ContextOptions, judge: PeerJudge): Guard | undefined {
  dropStrangeSession(options, judge);
  const { checkServerIdentity: usual } = tlsExports();
  const given = Object.hasOwn(options, 'checkServerIdentity')
    ? (options['checkServerIdentity'] as Check)
    : usual;
  // Node reports a value that is not a function. A guarded check needs no second guard.
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

/** A check for programs whose connections we cannot see. */
export function identityCheck(judge: PeerJudge): Check {
  const check: Check = (host, certificate) =>
    tlsExports().checkServerIdentity(host, certificate) ??
    refusalOf(judge, certificate as DetailedPeerCertificate, undefined);
  identityChecks.add(check);
  return check;
}

const identityChecks = new WeakSet();

/** The refusal of `judge` for what a connection has shown to its identity check. */
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
    // This runs in an event of the socket, where no caller could catch an error, so a peer that cannot be judged is refused.
    return Object.assign(
      new Error(`The peer cannot be judged: ${(cause as Error).message}`, { cause }),
      { code: 'CERT_REJECTED' },
    );
  }
}

function dropStrangeSession(options: ContextOptions, judge: PeerJudge): void {
  const { session } = options;
  // Node refuses values that are not a session.
  if (isSession(session) && !isOfAccepted(session, judge)) options.session = undefined;
}

function isOfAccepted(session: unknown, judge: PeerJudge): boolean {
  const { peer } = readSession(session);
  return peer !== undefined && judge.hasAccepted(peer);
}

/** Guards `setSession`, because a session may also be passed when the socket exists. */
export function guardSessions(socket: TLSSocket, judge: PeerJudge): void {
  const { setSession } = socket as unknown as { setSession: unknown };
  if (typeof setSession !== 'function') return;
  const value = function (this: unknown, session: unknown): unknown {
    const isStrange = isSession(session) && !isOfAccepted(session, judge);
    return isStrange ? undefined : (setSession.call(this, session) as unknown);
  };
  Object.defineProperty(socket, 'setSession', { value, configurable: true, writable: true });
}
