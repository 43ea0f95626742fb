/**
 * After a certificate has been removed, nothing verified with it may live on by reuse: a resumed TLS session carries the
 * old verdict, and a kept-alive socket was verified once. Open connections and HTTP/2 sessions are left alone. The same
 * goes for everything that was accepted by an injection, once that is taken back.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { part } from '../../base/part.js';
import { quietly } from '../../base/steps.js';
import { AgentSockets } from '../../runtime/clients/agent-sockets.js';
import { isBuiltinLoaded } from '../../runtime/loaded.js';
import { isSession, readSession } from '../../runtime/session-facts.js';
import { patchTls } from '../../runtime/tls-defaults.js';
import type { ContextOptions } from '../../runtime/tls-defaults.js';
import { findRootList } from '../../trust/root-lists/find-root-list.js';
import { isFromConnect } from '../runtimes/context-factory.js';
import { patchConnect } from './judged-connections.js';

const loadAgentMemory = part(
  () =>
    require('../../runtime/clients/agent-memory.js') as typeof import('../../runtime/clients/agent-memory.js'),
);
const loadFetchDispatcher = part(
  () => require('./fetch-dispatcher.js') as typeof import('./fetch-dispatcher.js'),
);
const loadNotReached = part(
  () =>
    require('../../runtime/clients/not-reached.js') as typeof import('../../runtime/clients/not-reached.js'),
);

export class SessionRenewal {
  /** Seconds since the epoch of the last removal. */
  #removedAt: number | undefined;
  #sockets: AgentSockets | undefined;

  /** Whether there are sessions that must not be resumed. */
  get isActive(): boolean {
    return this.#removedAt !== undefined;
  }

  /** What was verified by defaults that trusted more is not resumed. */
  begin(): void {
    this.#removedAt = now();
  }

  /** From now on, what is older than now is not reused. */
  renew(): void {
    this.begin();
    loadFetchDispatcher().forgetFetchConnections();
    // While https is not loaded, no agent can have sockets.
    if (isBuiltinLoaded('https')) (this.#sockets ??= new AgentSockets()).renew();
  }

  /** `tls.connect` reads `options.session` after making its context: a session of before the removal is not resumed. */
  dropOld(options: ContextOptions): void {
    if (this.#removedAt !== undefined) dropOldSession(options, this.#removedAt);
  }

  /** At the end of an injection. */
  stop(): void {
    this.#sockets?.stop();
    this.#sockets = undefined;
    this.#removedAt = undefined;
  }
}

const LEFT = 'the connections it keeps are not closed';

let endedAt: number | undefined;

/**
 * What is not an agent keeps sessions where nobody else gets at them. They are not resumed, which is all that stays of an
 * injection; and only in a process where such a client has connected during one.
 */
export function dropSessions(): void {
  const isFirst = endedAt === undefined;
  endedAt = now();
  if (!isFirst) return;
  const dropOld = (options: ContextOptions): void => {
    if (endedAt !== undefined) dropOldSession(options, endedAt);
  };
  patchConnect((options) => {
    dropOld(options);
    return undefined;
  });
  // For those who hold the original `tls.connect`.
  patchTls('createSecureContext', (original) => (options) => {
    if (options && isFromConnect(options)) dropOld(options);
    return original(options);
  });
}

function dropOldSession(options: ContextOptions, until: number): void {
  // What another `ca` has accepted was no business of an injection.
  if (!isSession(options.session) || (options.ca && !findRootList(options.ca))) return;
  const { time } = readSession(options.session);
  // Whole seconds: one of the same second may be from before. One of the future is from before the clock was set back.
  if (time === undefined || time <= until || time > now()) options.session = undefined;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** At the end of an injection: Node's own pools forget what was verified by it. */
export function forgetVerified(): void {
  loadFetchDispatcher().forgetFetchConnections();
  if (!isBuiltinLoaded('https')) return;
  const globalAgent = quietly(() => loadBuiltin('node:https').globalAgent);
  if (!loadAgentMemory().forgetConnections(globalAgent)) {
    loadNotReached().warnNotReached('https.globalAgent', globalAgent, LEFT);
  }
}
