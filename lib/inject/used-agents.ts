/**
 * The agents of `node:http` and `node:https` that were used during an injection, so that nothing verified by it lives on
 * in them. They are named by a channel Node documents, which Bun and Deno have, too: no agent is touched while it works.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';

const REQUESTS = 'http.client.request.start';

type SocketLists = Record<string, TLSSocket[] | undefined>;
/** An agent of another library may have none of these. */
type AgentParts = Partial<{
  sockets: SocketLists;
  freeSockets: SocketLists;
  /** Not documented; there is no other way to take sessions out of an agent. */
  _sessionCache: { map: Record<string, unknown>; list: string[] };
}>;

export class UsedAgents {
  readonly #known = new WeakSet();
  readonly #agents = new Set<WeakRef<AgentParts>>();
  readonly #collected = new FinalizationRegistry<WeakRef<AgentParts>>((agent) => {
    this.#agents.delete(agent);
  });

  readonly #note = (message: unknown): void => {
    const { agent } = (message as { request: { agent?: Agent | false | null } }).request;
    if (!agent || this.#known.has(agent)) return;
    const reference = new WeakRef(agent as AgentParts);
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
    for (const reference of this.#agents) {
      const agent = reference.deref();
      if (!agent) continue;
      try {
        forgetVerified(agent);
      } catch {
        // An agent of another library, which cannot be reached like Node's; the others can.
      }
    }
  }
}

function forgetVerified(agent: AgentParts): void {
  forgetSessions(agent);
  for (const socket of encrypted(agent.freeSockets)) socket.destroy();
  for (const socket of encrypted(agent.sockets)) {
    // Before the agent hears of it and gives the socket to the next request.
    socket.prependOnceListener('free', () => socket.destroy());
    socket.on('session', () => {
      forgetSessions(agent);
    });
  }
}

function forgetSessions({ _sessionCache: cache }: AgentParts): void {
  if (cache) Object.assign(cache, { map: {}, list: [] });
}

function encrypted(lists: SocketLists = {}): TLSSocket[] {
  const sockets = Object.values(lists).flatMap((list) => list ?? []);
  return sockets.filter((socket) => (socket as Partial<TLSSocket>).encrypted);
}
