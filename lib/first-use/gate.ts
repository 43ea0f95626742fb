/**
 * Holds a server's connections back. Every consumer of a TLS connection (`tls` itself, `https`, `http2`) learns of it by the
 * server's event `secureConnection`, so nothing is read, parsed or served before that event is let through.
 */
import { Server } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { ErrorCodes, TruststoreError } from '../errors.js';

/** lib/inject/reach/servers.ts knows this mark by its name: in such a server the chain does not matter. */
const isGated = Symbol.for('os-truststore.gated');

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

interface GatedServer {
  requestCert: boolean;
  rejectUnauthorized: boolean;
  emit: Emit;
  _connections?: number | null;
  [isGated]?: true;
}

/** @param hold - gets each connection after its handshake, and calls `release` to give it to the server */
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
  // The property is read-only: code that keeps an older `emit` and puts it back would open the gate.
  Object.defineProperty(server, 'emit', {
    value: gatedEmit,
    // All attributes are given, because an existing property keeps those that are not.
    configurable: false,
    enumerable: false,
    writable: false,
  });
  Object.defineProperty(server, isGated, { value: true });
  // These are set only now, behind the gate. Node reads both for each connection.
  gated.requestCert = true;
  gated.rejectUnauthorized = false;
}

function checkServer(server: Server, gated: GatedServer): void {
  if (!(server instanceof Server) || typeof gated.rejectUnauthorized !== 'boolean') {
    throw refuse('server must be a tls, https or secure http2 server');
  }
  if (gated[isGated]) throw refuse('server is protected already');
  if (server.listening && gated._connections !== 0) {
    throw refuse('server already has connections; call trustOnFirstUse() before it listens');
  }
}

function refuse(message: string): TruststoreError {
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, message, {
    operation: 'protect server',
    remedy: 'Call protect() once, with the server, before it listens.',
  });
}
