/**
 * After a certificate has been removed, nothing verified with it may live on by reuse: a resumed TLS session carries the
 * old verdict, and a kept-alive socket was verified once. Open connections and HTTP/2 sessions are left alone. The same
 * goes for everything that was accepted by an injection, once that is taken back.
 */
import type { Socket } from 'node:net';

import { forgetConnections } from '../agent-memory.js';
import { loadBuiltin } from '../builtins.js';
import { readRootList } from '../root-lists.js';
import { warnNotReached } from '../not-reached.js';
import { patchExport, patchTls } from '../tls-defaults.js';
import type { ContextOptions, Patch } from '../tls-defaults.js';
import { isBuiltinLoaded } from '../runtime/loaded.js';
import { isFromConnect } from './context-factory.js';
import { forgetFetchConnections } from './fetch-dispatcher.js';
import { patchConnect } from './judged-connections.js';
import { isSession, readSession } from './session-facts.js';
import { quietly } from '../runtime/steps.js';

/** Subclasses of other libraries may lack them. */
type AgentInternals = Partial<Record<'sockets' | 'freeSockets', NodeJS.Dict<Socket[]>>>;

export class SessionRenewal {
  /** Seconds since the epoch of the last removal. */
  #removedAt: number | undefined;
  #patch: Patch | undefined;
  /** Agents whose sockets of before the last removal are known. */
  #seen = new WeakSet();
  #old = new WeakSet();
  readonly #clients = new ClientsSeen();

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
    this.#seen = new WeakSet();
    forgetFetchConnections();
    // While https is not loaded, no agent can have sockets.
    if (isBuiltinLoaded('https')) this.#patch ??= this.#watchAgents();
  }

  /**
   * For each context of `tls.connect`, which reads `options.session` after making it: a session of before the removal is
   * not resumed.
   */
  check(options: ContextOptions): void {
    this.#clients.see(options);
    this.dropOld(options);
  }

  /** The same for one who is not to be remembered. */
  dropOld(options: ContextOptions): void {
    if (this.#removedAt !== undefined) dropOldSession(options, this.#removedAt);
  }

  /** At the end of an injection. */
  stop(): void {
    this.#patch?.undo();
    this.#patch = undefined;
    this.#removedAt = undefined;
    this.#clients.forget();
  }

  #watchAgents(): Patch {
    const { Agent: HttpsAgent } = loadBuiltin('node:https');
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const renewal = this;
    return patchExport(
      HttpsAgent.prototype as unknown as { addRequest: unknown },
      'addRequest',
      (original) =>
        function (this: AgentInternals, ...args: unknown[]): unknown {
          renewal.#dropOldSockets(this);
          return original.apply(this, args);
        },
    );
  }

  /** Sockets are opened by requests only, so all an agent has at its first request after the removal are older. */
  #dropOldSockets(agent: AgentInternals): void {
    const { sockets = {}, freeSockets = {} } = agent;
    if (!this.#seen.has(agent)) {
      this.#seen.add(agent);
      for (const lists of [sockets, freeSockets]) {
        for (const list of Object.values(lists)) list?.forEach((socket) => this.#old.add(socket));
      }
      // An agent gives one that becomes free to a request that waits, without asking anybody.
      for (const socket of Object.values(sockets).flat()) {
        socket?.prependOnceListener('free', () => socket.destroy());
      }
    }
    for (const list of Object.values(freeSockets)) {
      for (const socket of list ?? []) if (this.#old.has(socket)) socket.destroy();
    }
  }
}

/** Who has connected with default trust since the injection began, and may keep sockets and TLS sessions. */
class ClientsSeen {
  #agents = new Set<WeakRef<object>>();
  #known = new WeakSet();
  #sweepAt = 64;
  /** Others than agents: undici's dispatchers, programs that keep sessions themselves. */
  #others = false;

  see(options: ContextOptions): void {
    const { agent, _defaultAgent: usual, _agentKey: key } = options;
    // With `agent: false`, an agent that is gone with the request.
    const own = typeof key === 'string' ? (agent ?? usual) : undefined;
    if (typeof own === 'object' && own !== null) this.#add(own);
    // Who never names a session keeps none; undici's connectors name one even before they have it.
    else if (own === undefined && Object.hasOwn(options, 'session')) this.#others = true;
  }

  forget(): void {
    for (const agent of this.#agents) forgetConnections(agent.deref());
    if (this.#others) dropSessionsUntil(now());
    this.#agents = new Set();
    this.#known = new WeakSet();
    this.#others = false;
  }

  #add(agent: object): void {
    if (this.#known.has(agent)) return;
    this.#known.add(agent);
    this.#agents.add(new WeakRef(agent));
    if (this.#agents.size < this.#sweepAt) return;
    for (const one of this.#agents) if (!one.deref()) this.#agents.delete(one);
    this.#sweepAt = 2 * this.#agents.size + 64;
  }
}

const LEFT = 'the connections it keeps are not closed';

let endedAt: number | undefined;

/**
 * What is not an agent keeps sessions where nobody else gets at them. They are not resumed, which is all that stays of an
 * injection; and only in a process where such a client has connected during one.
 */
function dropSessionsUntil(time: number): void {
  const isFirst = endedAt === undefined;
  endedAt = time;
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
  if (!isSession(options.session) || (options.ca && !readRootList(options.ca))) return;
  const { time } = readSession(options.session);
  // Whole seconds: one of the same second may be from before. One of the future is from before the clock was set back.
  if (time === undefined || time <= until || time > now()) options.session = undefined;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** At the end of an injection: Node's own pools forget what was verified by it. */
export function forgetVerified(): void {
  forgetFetchConnections();
  if (!isBuiltinLoaded('https')) return;
  const globalAgent = quietly(() => loadBuiltin('node:https').globalAgent);
  if (!forgetConnections(globalAgent)) {
    warnNotReached('https.globalAgent', globalAgent, LEFT);
  }
}
