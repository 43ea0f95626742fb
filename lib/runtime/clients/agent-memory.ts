/**
 * Clears what an `https.Agent` keeps between requests. Agents of other libraries keep only some of it, or nothing.
 */
import type { Socket } from 'node:net';

interface AgentMemory {
  sockets?: NodeJS.ReadOnlyDict<Socket[]>;
  freeSockets?: NodeJS.ReadOnlyDict<Socket[]>;
  _sessionCache?: { map?: object; list?: string[] };
}

/**
 * Makes an agent forget connections and TLS sessions: idle sockets are closed at once, busy ones when they become idle.
 *
 * @returns false when it is not an agent of Node's kind; nothing has been done then
 */
export function forgetConnections(agent: unknown): boolean {
  try {
    const { sockets, freeSockets, _sessionCache: sessions } = agent as AgentMemory;
    if (!isList(sockets) || !isList(freeSockets)) return false;
    for (const socket of socketsOf(freeSockets)) socket.destroy();
    const forgetSessions = (): void => {
      // Another library's cache has a different shape.
      if (sessions?.map && sessions.list) Object.assign(sessions, { map: {}, list: [] });
    };
    for (const socket of socketsOf(sockets)) {
      // Closes the socket before the agent hears that it is free and keeps it.
      socket.prependOnceListener('free', () => socket.destroy());
      // Clears again after the agent has kept a session that still arrives on this socket.
      socket.on('session', forgetSessions);
    }
    forgetSessions();
    return true;
  } catch {
    // Another library's getter has thrown, or an object is frozen.
    return false;
  }
}

function isList(value: unknown): value is NodeJS.ReadOnlyDict<Socket[]> {
  return typeof value === 'object' && value !== null;
}

function socketsOf(lists: NodeJS.ReadOnlyDict<Socket[]>): Socket[] {
  const sockets = Object.values(lists).flatMap((list) => list ?? []);
  // An agent may hold plain connections as well, which are never verified.
  return sockets.filter((socket) => (socket as { encrypted?: unknown }).encrypted);
}
