/**
 * An HTTPS server that counts what reaches it after the handshake, and the clients under test.
 */
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import * as undici from 'undici';

import { createAgent, createConnector } from '../../dist/index.js';
import type { VerifyingAgentOptions } from '../../dist/index.js';
import type { TestContext } from '../explain/loopback.js';
import type { TestCertificate } from './authority.js';

export interface Origin {
  url: string;
  port: number;
  /** Returns the application bytes of all connections. */
  received(): number;
  handshakes(): number;
  open(): number;
  /** Returns the number of connections so far. */
  connections(): number;
  hangUp(): void;
}

export interface Served {
  leaf: TestCertificate;
  chain?: TestCertificate[];
  staple?: Buffer;
  options?: tls.TlsOptions;
  /** Runs before a request is answered. */
  onRequest?: (socket: tls.TLSSocket) => void;
}

export async function startOrigin(t: TestContext, served: Served): Promise<Origin> {
  const { leaf, chain = [], staple, options = {}, onRequest } = served;
  let bytes = 0;
  let handshakes = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = tls.createServer(
    { key: leaf.keyPem, cert: [leaf, ...chain].map(({ pem }) => pem).join(''), ...options },
    (socket) => {
      handshakes++;
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        text += chunk.toString('latin1');
        if (!text.endsWith('\r\n\r\n')) return;
        const keep = /^connection: close/im.test(text) ? 'close' : 'keep-alive';
        text = '';
        onRequest?.(socket);
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: ${keep}\r\n\r\nok`);
        if (keep === 'close') socket.end();
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  if (staple) {
    server.on(
      'OCSPRequest',
      (_certificate: Buffer, _issuer: Buffer, done: (error: null, response: Buffer) => void) => {
        done(null, staple);
      },
    );
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://localhost:${String(port)}/`,
    received: () => bytes,
    handshakes: () => handshakes,
    open: () => sockets.size,
    connections: () => connections,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Returns `ok`, or the code of the failure. */
export type Client = (url: string) => Promise<string>;

export interface Clients {
  https: Client;
  fetch: Client;
  undici: Client;
  close(): void;
}

export type ClientName = 'https' | 'fetch' | 'undici';
export const clientNames: readonly ClientName[] = ['https', 'fetch', 'undici'];

export function codeOf(error: unknown): string {
  const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: string };
  if (typeof code === 'string' && code !== 'UND_ERR_CONNECT') return code;
  return cause === undefined ? String(message) : codeOf(cause);
}

type DispatcherClass = new (options: object) => undici.Dispatcher;

/** Finds the Agent of the undici inside Node, which does not export it. */
function builtinAgent(): DispatcherClass {
  // Reading one of its globals loads it.
  if (typeof globalThis.Response !== 'function') throw new Error('no fetch');
  const holder = globalThis as unknown as Record<symbol, { constructor: unknown } | undefined>;
  const dispatcher =
    holder[Symbol.for('undici.globalDispatcher.2')] ??
    holder[Symbol.for('undici.globalDispatcher.1')];
  return dispatcher?.constructor as DispatcherClass;
}

/** Makes clients with connections of their own that verify as `options` say. */
export function makeClients(options: VerifyingAgentOptions): Clients {
  const agent = createAgent(options);
  const connect = createConnector(options as object);
  const builtin = new (builtinAgent())({ connect });
  const npm = new undici.Agent({ connect: connect as unknown as undici.buildConnector.connector });
  return {
    https: (url) => viaHttps(url, { agent }),
    fetch: (url) => viaFetch(url, { dispatcher: builtin } as RequestInit),
    undici: async (url) => {
      try {
        const { body } = await undici.request(url, { dispatcher: npm });
        return await body.text();
      } catch (error) {
        return codeOf(error);
      }
    },
    close: () => {
      agent.destroy();
      void builtin.destroy();
      void npm.destroy();
    },
  };
}

export function viaHttps(url: string, options: https.RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    https
      .get(url, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve(text);
        });
      })
      .on('error', (error) => {
        resolve(codeOf(error));
      });
  });
}

export async function viaFetch(url: string, options: RequestInit = {}): Promise<string> {
  try {
    const response = await fetch(url, options);
    return await response.text();
  } catch (error) {
    return codeOf(error);
  }
}

/** Trusts only these. */
export function onlyTrusting(...roots: TestCertificate[]): VerifyingAgentOptions {
  return {
    bundled: false,
    system: false,
    userCAs: { certificates: roots.map(({ der }) => der), env: false },
    cacheDirectory: false,
    allowPrivateAddresses: true,
  };
}
