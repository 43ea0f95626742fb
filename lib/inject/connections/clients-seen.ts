/**
 * Remembers the clients an injection has served, so that at its end nothing they verified is used again.
 */
import { part } from '../../base/part.js';
import type { ContextOptions } from '../../runtime/tls-defaults.js';

const loadAgentMemory = part(
  () =>
    require('../../runtime/clients/agent-memory.js') as typeof import('../../runtime/clients/agent-memory.js'),
);
const loadSessions = part(() => require('./sessions.js') as typeof import('./sessions.js'));

/** Clients that have connected with default trust during the injection and may keep sockets and TLS sessions. */
export class ClientsSeen {
  #agents = new Set<WeakRef<object>>();
  #known = new WeakSet();
  #sweepAt = 64;
  /** True when others than agents connected: undici's dispatchers, or programs that keep sessions themselves. */
  #others = false;

  see(options: ContextOptions): void {
    const { agent, _defaultAgent: usual, _agentKey: key } = options;
    // With `agent: false` this is an agent that ends with the request.
    const own = typeof key === 'string' ? (agent ?? usual) : undefined;
    if (typeof own === 'object' && own !== null) this.#add(own);
    // A client that never names a session keeps none; undici's connectors name one even before they have it.
    else if (own === undefined && Object.hasOwn(options, 'session')) this.#others = true;
  }

  forget(): void {
    for (const agent of this.#agents) {
      loadAgentMemory().forgetConnections(agent.deref());
    }
    if (this.#others) loadSessions().dropSessions();
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
