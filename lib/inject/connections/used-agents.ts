/**
 * The agents of `node:http` and `node:https` that were used during an injection, so that nothing verified by it lives on
 * in them. They are named by a channel Node documents, which Bun and Deno have, too: no agent is touched while it works.
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

  /** Idle connections end now, those in use when they become idle, and no TLS session is resumed. */
  forget(): void {
    for (const agent of this.#agents) {
      loadAgentMemory().forgetConnections(agent.deref());
    }
  }
}
