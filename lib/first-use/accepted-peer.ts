/**
 * Marks accepted connections, and finds the mark from any object that `tls`, `https` and `http2` give to a program.
 */
import type { TLSSocket } from 'node:tls';

import type { PeerSource, RememberedPeer } from './types.js';

type Marked = Record<symbol, RememberedPeer | undefined>;
type Holder = Marked & { socket?: Marked; session?: { socket?: Marked }; stream?: Holder };

export class AcceptedMark {
  /** Each instance has its own mark, so that one server's clients do not count as another's. */
  readonly #mark = Symbol('os-truststore.peer');

  put(socket: TLSSocket, peer: RememberedPeer): void {
    Object.defineProperty(socket, this.#mark, { value: peer });
    // Frameworks look at these. Node sets false because no CA vouches for the client, but the application has accepted it.
    socket.authorized = true;
    socket.authorizationError = null as unknown as Error;
  }

  /** A socket carries the mark itself; `socket` of an HTTP/2 session forwards the property to the real socket. */
  find(source: PeerSource): RememberedPeer | undefined {
    const holder = source as unknown as Holder;
    try {
      const session = holder.session ?? holder.stream?.session;
      const socket = session === undefined ? holder.socket : session.socket;
      return holder[this.#mark] ?? socket?.[this.#mark];
    } catch {
      // An HTTP/2 session that has ended gives no socket any more.
      return undefined;
    }
  }
}
