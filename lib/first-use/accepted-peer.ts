/**
 * The mark an accepted connection carries, and where `tls`, `https` and `http2` keep the connection of what they hand out.
 */
import type { TLSSocket } from 'node:tls';

import type { PeerSource, RememberedPeer } from './types.js';

type Marked = Record<symbol, RememberedPeer | undefined>;
type Holder = Marked & { socket?: Marked; session?: { socket?: Marked }; stream?: Holder };

export class AcceptedMark {
  /** Its own for each instance, so that one server's clients are not taken for another's. */
  readonly #mark = Symbol('os-truststore.peer');

  put(socket: TLSSocket, peer: RememberedPeer): void {
    Object.defineProperty(socket, this.#mark, { value: peer });
    // What frameworks look at. Node says false, because no CA has vouched for the client; the application has.
    socket.authorized = true;
    socket.authorizationError = null as unknown as Error;
  }

  /** A socket has the mark itself; `socket` of an HTTP/2 session passes the question on to the real one. */
  find(source: PeerSource): RememberedPeer | undefined {
    const holder = source as unknown as Holder;
    try {
      const session = holder.session ?? holder.stream?.session;
      const socket = session === undefined ? holder.socket : session.socket;
      return holder[this.#mark] ?? socket?.[this.#mark];
    } catch {
      // An HTTP/2 session that has ended gives its socket no more.
      return undefined;
    }
  }
}
