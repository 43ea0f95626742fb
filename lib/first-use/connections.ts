/**
 * Keeps the open connections of accepted clients, so that they can be closed.
 */
import type { TLSSocket } from 'node:tls';

export class Connections {
  readonly #byPeer = new Map<string, Set<TLSSocket>>();

  get size(): number {
    return this.#byPeer.size;
  }

  add(fingerprint256: string, socket: TLSSocket): void {
    const sockets = this.#byPeer.get(fingerprint256) ?? new Set();
    this.#byPeer.set(fingerprint256, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#byPeer.get(fingerprint256) === sockets) {
        this.#byPeer.delete(fingerprint256);
      }
    });
  }

  /** Closes the connections of every client for which `mayStay` returns false. */
  cut(mayStay: (fingerprint256: string) => boolean): void {
    for (const [fingerprint256, sockets] of [...this.#byPeer]) {
      if (mayStay(fingerprint256)) continue;
      for (const socket of [...sockets]) socket.destroy();
    }
  }
}
