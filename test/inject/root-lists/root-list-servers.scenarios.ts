import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';

import { viaTls } from '../attempts.js';
import { withStore } from '../scenario-tools.js';
import { nodesRoots } from './root-lists.shapes.js';

interface Identity {
  cert: string;
  key: string;
}
type Tls = typeof import('node:tls');
const loadTls = (): Tls => require('node:tls') as Tls;

type MakeServer = (options: TlsOptions, ca: string[]) => Server;

const servers: Record<string, MakeServer> = {
  'tls.createServer': (options, ca) => loadTls().createServer({ ...options, ca }),
  'new tls.Server': (options, ca) => new (loadTls().Server)({ ...options, ca }),
  'https.createServer': (options, ca) =>
    (require('node:https') as typeof import('node:https')).createServer({ ...options, ca }),
  'http2.createSecureServer': (options, ca) =>
    (require('node:http2') as typeof import('node:http2')).createSecureServer({
      ...options,
      ca,
      allowHTTP1: true,
    }),
  addContext: (options, ca) => {
    const server = loadTls().createServer(options);
    server.addContext('localhost', { ...options, ca });
    return server;
  },
  setSecureContext: (options, ca) => {
    const server = loadTls().createServer(options);
    server.setSecureContext({ ...options, ca });
    return server;
  },
  'new tls.TLSSocket': (options, ca) => {
    const net = require('node:net') as typeof import('node:net');
    const server = net.createServer((raw) => {
      const socket = new (loadTls().TLSSocket)(raw, { ...options, ca, isServer: true });
      socket.on('error', () => undefined);
      socket.once('secure', () => server.emit('secureConnection', socket));
    });
    return server;
  },
};

/** Whether the server authorizes a client. */
async function isAuthorized(server: Server, client: Identity): Promise<boolean> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const seen = new Promise<boolean>((resolve) => {
    server.once('secureConnection', (socket: TLSSocket & { ssl: { verifyError(): unknown } }) => {
      resolve(socket.authorized || socket.ssl.verifyError() === null);
      socket.on('error', () => undefined).destroy();
    });
  });
  const socket = loadTls().connect({
    ...{ port, servername: 'localhost', rejectUnauthorized: false, ...client },
  });
  socket.on('error', () => undefined);
  const result = await seen;
  socket.destroy();
  server.close();
  return result;
}

/** Tells which clients a server accepts whose list holds all of Node's roots and the CA of its clients. */
export async function clientsOfServers(
  input: Record<'url' | 'root' | 'own', string> & Record<'leaf' | 'ofStore' | 'ofOwn', Identity>,
): Promise<unknown> {
  withStore({ anchors: [input.root] }).truststore.inject();
  const ca = [...nodesRoots(), input.own];
  await viaTls(input.url, { ca });
  const options = { ...input.leaf, requestCert: true, rejectUnauthorized: false };
  const results: Record<string, unknown> = {};
  for (const [name, make] of Object.entries(servers)) {
    results[name] = [
      await isAuthorized(make(options, ca), input.ofStore),
      await isAuthorized(make(options, ca), input.ofOwn),
    ];
  }
  return results;
}
