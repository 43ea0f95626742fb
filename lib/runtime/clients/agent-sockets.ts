/**
 * Keeps agents of `node:https` from giving a request a socket that is older than a given moment.
 */
import type { Socket } from 'node:net';

import { loadBuiltin } from '../../base/builtins.js';
import { patchExport } from '../patch-export.js';
import type { Patch } from '../patch-export.js';

/** Agents of other libraries' subclasses may lack these. */
type AgentInternals = Partial<Record<'sockets' | 'freeSockets', NodeJS.Dict<Socket[]>>>;

export class AgentSockets {
  readonly #patch: Patch;
  /** Agents whose old sockets are known. */
  #seen = new WeakSet();
  readonly #old = new WeakSet();

  constructor() {
    const { prototype } = loadBuiltin('node:https').Agent;
    const drop = (agent: AgentInternals): void => {
      this.#dropOld(agent);
    };
    this.#patch = patchExport(
      prototype as unknown as { addRequest: unknown },
      'addRequest',
      (original) =>
        function (this: AgentInternals, ...args: unknown[]): unknown {
          drop(this);
          return original.apply(this, args);
        },
    );
  }

  /** Makes every socket that agents have by now an old one. */
  renew(): void {
    this.#seen = new WeakSet();
  }

  stop(): void {
    this.#patch.undo();
  }

  /** Only requests open sockets, so all that an agent has at its first request after the moment are older. */
  #dropOld(agent: AgentInternals): void {
    const { sockets = {}, freeSockets = {} } = agent;
    if (!this.#seen.has(agent)) {
      this.#seen.add(agent);
      for (const lists of [sockets, freeSockets]) {
        for (const list of Object.values(lists)) list?.forEach((socket) => this.#old.add(socket));
      }
      // An agent gives a socket that becomes free to a waiting request without calling `addRequest`.
      for (const socket of Object.values(sockets).flat()) {
        socket?.prependOnceListener('free', () => socket.destroy());
      }
    }
    for (const list of Object.values(freeSockets)) {
      for (const socket of list ?? []) if (this.#old.has(socket)) socket.destroy();
    }
  }
}
