/**
 * Holds a server's connections back. Every consumer of a TLS connection (`tls` itself, `https`, `http2`) learns of it by
 * the server's event `secureConnection`; so nothing is read, parsed or served before that event is let through.
 */
import { Server } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { ErrorCodes, TruststoreError } from '../errors.js';

/** Known to lib/inject/reach/servers.ts by its name: a chain counts for nothing in such a server. */
const isGated = Symbol.for('os-truststore.gated');

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

interface GatedServer {
  requestCert: boolean;
  rejectUnauthorized: boolean;
  emit: Emit;
  _connections?: number | null;
  [isGated]?: true;
}

/**
 * @param hold - gets each connection once its handshake is done, and calls `release` to let the server have it
 */
export function gate(server: Server, hold: (socket: TLSSocket, release: () => void) => void): void {
  const gated = server as unknown as GatedServer;
  checkServer(server, gated);
  const { emit } = gated;
  const gatedEmit: Emit = function (this: unknown, event, ...args) {
    if (event !== 'secureConnection') return emit.call(this, event, ...args);
    hold(args[0] as TLSSocket, () => {
      emit.call(this, event, ...args);
    });
    return true;
  };
  // Not to be replaced: who keeps an older `emit` and puts it back would open the gate.
  Object.defineProperty(server, 'emit', {
    value: gatedEmit,
    // Said, because a property that is there already keeps what is left unsaid.
    configurable: false,
    enumerable: false,
    writable: false,
  });
  Object.defineProperty(server, isGated, { value: true });
  // Only now, behind the gate. Node reads both for each connection.
  gated.requestCert = true;
  gated.rejectUnauthorized = false;
}

function checkServer(server: Server, gated: GatedServer): void {
  if (!(server instanceof Server) || typeof gated.rejectUnauthorized !== 'boolean') {
    throw refuse('server must be a tls, https or secure http2 server');
  }
  if (gated[isGated]) throw refuse('server is protected already');
  if (server.listening && gated._connections !== 0) {
    throw refuse('server has connections that nobody was asked about');
  }
}

function refuse(message: string): TruststoreError {
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, message, {
    operation: 'protect server',
    remedy: 'Call protect() once, with the server, before it listens.',
  });
}
