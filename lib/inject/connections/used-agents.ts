/**
 * Remembers the agents of `node:http` and `node:https` that an injection has served, so that nothing it verified lives on in
 * them. A channel that Node documents, and Bun and Deno have too, names the agents, so none is touched while it works.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { part } from '../../base/part.js';

const loadAgentMemory = part(
  () =>
    require('../../runtime/clients/agent-memory.js') as typeof import('../../runtime/clients/agent-memory.js'),
);

const REQUESTS = 'http.client.request.start';

export class UsedAgents {
  readonly #known = new WeakSet();
  readonly #agents = new Set<WeakRef<object>>();
  readonly #collected = new FinalizationRegistry<WeakRef<object>>((agent) => {
    this.#agents.delete(agent);
  });

  readonly #note = (message: unknown): void => {
    const { agent } = (message as { request: { agent?: object | false | null } }).request;
    if (!agent || this.#known.has(agent)) return;
    const reference = new WeakRef(agent);
    this.#known.add(agent);
    this.#agents.add(reference);
    this.#collected.register(agent, reference);
  };

  start(): void {
    subscribe(REQUESTS, this.#note);
  }

  stop(): void {
    unsubscribe(REQUESTS, this.#note);
  }

  /** Closes idle connections now and busy ones when they become idle; no TLS session is resumed. */
  forget(): void {
    for (const agent of this.#agents) {
      loadAgentMemory().forgetConnections(agent.deref());
    }
  }
}
