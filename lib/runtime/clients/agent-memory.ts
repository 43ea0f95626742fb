/**
 * What an `https.Agent` keeps between requests. Agents of other libraries have some of it, or nothing.
 */
import type { Socket } from 'node:net';

interface AgentMemory {
  sockets?: NodeJS.ReadOnlyDict<Socket[]>;
  freeSockets?: NodeJS.ReadOnlyDict<Socket[]>;
  _sessionCache?: { map?: object; list?: string[] };
}

/**
 * Makes an agent forget connections and TLS sessions: idle sockets go, those in use when they become idle.
 *
 * @returns false when it is no agent of Node's kind, and nothing has been done
 */
export function forgetConnections(agent: unknown): boolean {
  try {
    const { sockets, freeSockets, _sessionCache: sessions } = agent as AgentMemory;
    if (!isList(sockets) || !isList(freeSockets)) return false;
    for (const socket of socketsOf(freeSockets)) socket.destroy();
    const forgetSessions = (): void => {
      // A cache of another library's own is of another kind.
      if (sessions?.map && sessions.list) Object.assign(sessions, { map: {}, list: [] });
    };
    for (const socket of socketsOf(sockets)) {
      // Before the agent hears that it is free and keeps it.
      socket.prependOnceListener('free', () => socket.destroy());
      // After the agent has kept one that still comes on it.
      socket.on('session', forgetSessions);
    }
    forgetSessions();
    return true;
  } catch {
    // A getter of somebody else's, or something frozen.
    return false;
  }
}

function isList(value: unknown): value is NodeJS.ReadOnlyDict<Socket[]> {
  return typeof value === 'object' && value !== null;
}

function socketsOf(lists: NodeJS.ReadOnlyDict<Socket[]>): Socket[] {
  const sockets = Object.values(lists).flatMap((list) => list ?? []);
  // An agent may have plain connections as well, which nobody has verified.
  return sockets.filter((socket) => (socket as { encrypted?: unknown }).encrypted);
}
