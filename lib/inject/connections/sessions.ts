/**
 * Prevents reuse after a certificate was removed: a resumed TLS session carries the old verdict, and a kept-alive socket was
 * verified only once. Open connections and HTTP/2 sessions are left alone. The same holds for everything that an injection
 * accepted, once it is undone.
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
  /** Time of the last removal, in seconds since the epoch. */
  #removedAt: number | undefined;
  #sockets: AgentSockets | undefined;

  /** True when there are sessions that must not be resumed. */
  get isActive(): boolean {
    return this.#removedAt !== undefined;
  }

  /** From now on, sessions verified by defaults that trusted more are not resumed. */
  begin(): void {
    this.#removedAt = now();
  }

  /** From now on, neither sessions nor sockets older than now are reused. */
  renew(): void {
    this.begin();
    loadFetchDispatcher().forgetFetchConnections();
    // While https is not loaded, no agent can have sockets.
    if (isBuiltinLoaded('https')) (this.#sockets ??= new AgentSockets()).renew();
  }

  /** Drops a session from before the removal; `tls.connect` reads `options.session` after making its context. */
  dropOld(options: ContextOptions): void {
    if (this.#removedAt !== undefined) dropOldSession(options, this.#removedAt);
  }

  /** Called at the end of an injection. */
  stop(): void {
    this.#sockets?.stop();
    this.#sockets = undefined;
    this.#removedAt = undefined;
  }
}

const LEFT = 'the connections it keeps are not closed';

let endedAt: number | undefined;

/**
 * Clients that are not agents keep sessions where we cannot reach them. Refusing to resume those is all that remains of an
 * injection, and only in a process where such a client connected during one.
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
  // For code that holds the original `tls.connect`.
  patchTls('createSecureContext', (original) => (options) => {
    if (options && isFromConnect(options)) dropOld(options);
    return original(options);
  });
}

function dropOldSession(options: ContextOptions, until: number): void {
  // Sessions of another `ca` have nothing to do with an injection.
  if (!isSession(options.session) || (options.ca && !findRootList(options.ca))) return;
  const { time } = readSession(options.session);
  // Times are whole seconds: a session of the same second may be older, and one of the future predates a change of the clock.
  if (time === undefined || time <= until || time > now()) options.session = undefined;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** At the end of an injection, makes Node's own pools forget what it verified. */
export function forgetVerified(): void {
  loadFetchDispatcher().forgetFetchConnections();
  if (!isBuiltinLoaded('https')) return;
  const globalAgent = quietly(() => loadBuiltin('node:https').globalAgent);
  if (!loadAgentMemory().forgetConnections(globalAgent)) {
    loadNotReached().warnNotReached('https.globalAgent', globalAgent, LEFT);
  }
}
