/**
 * TLS sessions together with the verdict on the chain they were made with. A resumed session shows no certificates, so
 * without a verdict that still holds it is not resumed.
 */
import type { TLSSocket } from 'node:tls';

import { BoundedMap } from '../../base/bounded-map.js';

/** As many as Node's agents and undici's connectors keep when nothing is said. */
const MAX_SESSIONS = 100;

export interface RememberedSession {
  session: Buffer;
  /** When the verdict expires, in milliseconds since the epoch. Resuming does not renew it. */
  until: number;
}

/** The sessions of one connection; kept once its verdict is known. */
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

  /** From the beginning, because TLS 1.2 offers its session with the end of the handshake. */
  watch(socket: TLSSocket, key: string): SessionWatch {
    let latest: Buffer | undefined;
    let verdict: number | undefined;
    const store = (): void => {
      if (latest === undefined || verdict === undefined) return;
      this.#sessions.set(key, { session: latest, until: verdict }, verdict);
    };
    socket.on('session', (session: Buffer) => {
      // Another one of TLS 1.2 is of a renegotiation, perhaps with another certificate, which the verdict is not about.
      if (latest !== undefined && socket.getProtocol() !== 'TLSv1.3') return;
      latest = session;
      store();
    });
    // As Node's own agents do: the session may be what was wrong.
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
