/**
 * After a certificate has been removed, nothing verified with it may live on by reuse: a resumed TLS session carries the
 * old verdict, and a kept-alive socket was verified once. Open connections and HTTP/2 sessions are left alone.
 */
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';

import { loadBuiltin } from '../builtins.js';
import { patchExport } from '../tls-defaults.js';
import type { ContextOptions, Patch } from '../tls-defaults.js';
import { isBuiltinLoaded } from '../runtime/loaded.js';
import { renewFetchDispatcher } from './fetch-dispatcher.js';
import { sessionTime } from './session-time.js';

interface AgentInternals extends Agent {
  sockets: Record<string, TLSSocket[] | undefined>;
  freeSockets: Record<string, TLSSocket[] | undefined>;
}

export class SessionRenewal {
  /** Seconds since the epoch of the last removal. */
  #removedAt: number | undefined;
  #patch: Patch | undefined;
  /** Agents whose sockets of before the last removal are known. */
  #seen = new WeakSet();
  #old = new WeakSet();

  get isActive(): boolean {
    return this.#removedAt !== undefined;
  }

  /** From now on, what is older than now is not reused. */
  renew(): void {
    this.#removedAt = Math.floor(Date.now() / 1000);
    this.#seen = new WeakSet();
    renewFetchDispatcher();
    // An agent that is made later has nothing from before.
    if (!this.#patch && isBuiltinLoaded('https')) this.#watchAgents();
  }

  /** Makes `tls.connect` forget a session from before the removal. It reads this option after making the context. */
  check(options: ContextOptions): void {
    if (this.#removedAt === undefined || !options.session) return;
    const time = sessionTime(options.session);
    // Whole seconds: one of the same second may be from before.
    if (time === undefined || time <= this.#removedAt) options.session = undefined;
  }

  stop(): void {
    this.#patch?.undo();
    this.#patch = undefined;
    this.#removedAt = undefined;
  }

  #watchAgents(): void {
    const { Agent: HttpsAgent } = loadBuiltin('node:https');
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const renewal = this;
    this.#patch = patchExport(
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
    if (!this.#seen.has(agent)) {
      this.#seen.add(agent);
      for (const lists of [agent.sockets, agent.freeSockets]) {
        for (const sockets of Object.values(lists)) {
          sockets?.forEach((socket) => this.#old.add(socket));
        }
      }
    }
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) if (this.#old.has(socket)) socket.destroy();
    }
  }
}

interface SessionCache {
  map: Record<string, unknown>;
  list: string[];
}

/**
 * At the end of an injection: Node's own pools forget what was verified by it. Agents of the program keep their sockets
 * and sessions until it destroys them.
 */
export function forgetVerified(): void {
  renewFetchDispatcher();
  if (!isBuiltinLoaded('https')) return;
  const { globalAgent } = loadBuiltin('node:https');
  const { freeSockets, _sessionCache: sessions } = globalAgent as AgentInternals & {
    _sessionCache?: SessionCache;
  };
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
  if (sessions) Object.assign(sessions, { map: {}, list: [] });
}
