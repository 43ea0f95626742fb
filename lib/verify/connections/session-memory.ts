/**
 * Remembers TLS sessions with the verdict on their chain. A resumed session shows no certificates, so it is resumed only
 * while its verdict holds.
 */
import type { TLSSocket } from 'node:tls';

import { BoundedMap } from '../../base/bounded-map.js';

/** The default number of Node's agents and undici's connectors. */
const MAX_SESSIONS = 100;

export interface RememberedSession {
  session: Buffer;
  /** When the verdict expires, in milliseconds since the epoch. Resuming does not renew it. */
  until: number;
}

/** The sessions of one connection; they are kept once its verdict is known. */
export interface SessionWatch {
  keep(until: number): void;
}

export class SessionMemory {
  readonly #sessions: BoundedMap<RememberedSession>;

  constructor(maxSessions = MAX_SESSIONS) {
    this.#sessions = new BoundedMap(maxSessions);
  }

  get(key: string): RememberedSession | undefined {
    return this.#sessions.get(key);
  }

  /** Watches from the beginning, because TLS 1.2 offers its session with the end of the handshake. */
  watch(socket: TLSSocket, key: string): SessionWatch {
    let latest: Buffer | undefined;
    let verdict: number | undefined;
    const store = (): void => {
      if (latest === undefined || verdict === undefined) return;
      this.#sessions.set(key, { session: latest, until: verdict }, verdict);
    };
    socket.on('session', (session: Buffer) => {
      // In TLS 1.2 a second session is of a renegotiation, perhaps with another certificate that the verdict does not cover.
      if (latest !== undefined && socket.getProtocol() !== 'TLSv1.3') return;
      latest = session;
      store();
    });
    // As in Node's own agents: the session may have been the fault.
    socket.once('close', (hadError: boolean) => {
      if (hadError) this.#sessions.delete(key);
    });
    return {
      keep: (until) => {
        verdict = until;
        store();
      },
    };
  }

  delete(key: string): void {
    this.#sessions.delete(key);
  }
}
