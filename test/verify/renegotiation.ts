/**
 * Servers of TLS 1.2 that begin another handshake on a connection in use.
 */
import { constants } from 'node:crypto';
import * as https from 'node:https';
import * as tls from 'node:tls';

import type { TestCertificate } from './authority.js';
import type { Served } from './origin.js';

/** `@types/node` does not declare this. */
interface ServerSocket {
  setKeyCert(context: tls.SecureContext): void;
  _handle: { renegotiate(): void };
}

/** Node 20.17, 22.5 and newer can show another certificate there. */
export const canRenegotiate = 'setKeyCert' in tls.TLSSocket.prototype;

/** After the answer to its first request, the server begins a handshake with `chain`. */
export function renegotiating(
  chain: TestCertificate[],
): Required<Pick<Served, 'options' | 'onRequest'>> {
  const [leaf] = chain;
  let done = false;
  return {
    options: {
      maxVersion: 'TLSv1.2',
      secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
    },
    onRequest: (socket) => {
      if (done) return;
      done = true;
      const server = socket as unknown as ServerSocket;
      const cert = chain.map(({ pem }) => pem).join('');
      server.setKeyCert(tls.createSecureContext({ key: leaf?.keyPem, cert }));
      server._handle.renegotiate();
    },
  };
}

export interface Renegotiated {
  outcome: 'closed' | 'open';
  authorized: boolean;
}

/** Makes a request and looks at its connection after the handshake that follows. */
export async function throughRenegotiation(url: string, agent: https.Agent): Promise<Renegotiated> {
  const socket = await new Promise<tls.TLSSocket>((resolve, reject) => {
    https
      .get(url, { agent }, (response) => {
        resolve(response.socket as tls.TLSSocket);
        response.resume();
      })
      .on('error', reject);
  });
  await new Promise((resolve) => socket.on('secure', resolve).on('close', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  return { outcome: socket.destroyed ? 'closed' : 'open', authorized: socket.authorized };
}
