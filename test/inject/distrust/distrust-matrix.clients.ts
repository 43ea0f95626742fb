/**
 * Clients with default trust, and other libraries that come in between. Modules are loaded when they are used. A client
 * answers `ok`, `ok reused` when the session was resumed, or the code of the failure.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { codeOf } from '../attempts.js';

/** Each call makes a new connection, which tries to resume `session` if it is given. */
export type Client = (url: string, session?: Buffer) => Promise<string>;

const outcomeOf = (socket: TLSSocket): string => (socket.isSessionReused() ? 'ok reused' : 'ok');

function makeTls(): Client {
  const tls = require('node:tls') as typeof import('node:tls');
  return (url, session) =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(url);
      const options = { host: hostname, port: Number(port), servername: hostname };
      const socket = tls.connect({ ...options, ...(session && { session }) }, () => {
        const outcome = outcomeOf(socket);
        socket.destroy();
        resolve(socket.authorized ? outcome : 'unauthorized');
      });
      socket.on('error', (error) => {
        resolve(codeOf(error));
      });
    });
}

/** Makes an agent that keeps sessions but no sockets. */
function makeHttps(): Client {
  const https = require('node:https') as typeof import('node:https');
  const agent = new https.Agent({ keepAlive: false });
  return (url, session) =>
    new Promise((resolve) => {
      const options = { agent, ...(session && { session }) };
      const request = https.get(url, options, (response) => {
        const outcome = outcomeOf(response.socket as TLSSocket);
        response.resume().on('end', () => {
          resolve(outcome);
        });
      });
      request.on('error', (error) => {
        resolve(codeOf(error));
      });
    });
}

function makeHttp2(): Client {
  const http2 = require('node:http2') as typeof import('node:http2');
  return (url, session) =>
    new Promise((resolve) => {
      const client = http2.connect(url, session ? { session } : {}, (_client, socket) => {
        resolve(outcomeOf(socket as TLSSocket));
        client.destroy();
      });
      client.on('error', (error) => {
        resolve(codeOf(error));
      });
    });
}

/** Keeps sessions itself and accepts none. */
function makeFetch(): Client {
  return async (url) => {
    try {
      const response = await fetch(url, { headers: { connection: 'close' } });
      return await response.text();
    } catch (error) {
      return codeOf(error);
    }
  };
}

function makeUndici({ Agent, request }: typeof import('undici')): Client {
  const usual = new Agent();
  return async (url, session) => {
    const dispatcher = session ? new Agent({ connect: { session } }) : usual;
    try {
      const { body } = await request(url, { dispatcher, reset: true });
      return await body.text();
    } catch (error) {
      return codeOf(error);
    } finally {
      if (session) await dispatcher.destroy();
    }
  };
}

/** Loads a package of `test/clients`, where everything is installed on demand. */
function requireClient(name: string): typeof import('undici') {
  const from = createRequire(join(__dirname, '../../../test/clients/clients.cjs'));
  return from(name) as typeof import('undici');
}

export const makers = {
  https: makeHttps,
  tls: makeTls,
  fetch: makeFetch,
  undici: () => makeUndici(require('undici') as typeof import('undici')),
  'undici-5': () => makeUndici(requireClient('undici-5')),
  'undici-7': () => makeUndici(requireClient('undici-7')),
  http2: makeHttp2,
} as const;

/** Gets a session with a server: one that default trust accepts, or else an unverified one. */
export async function takeSession(url: string): Promise<Buffer> {
  const session =
    (await askForSession(url, {})) ?? (await askForSession(url, { rejectUnauthorized: false }));
  if (!session) throw new Error(`${url} gave no session`);
  return session;
}

/** Undefined when the connection is refused. */
export function askForSession(url: string, options: object): Promise<Buffer | undefined> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = tls.connect({
      ...{ host: hostname, port: Number(port), servername: hostname },
      ...{ ALPNProtocols: ['h2', 'http/1.1'], ...options },
    });
    // With TLS 1.2 the session comes before the certificate is judged.
    let session: Buffer | undefined;
    let isSecure = false;
    const finish = (): void => {
      if (!session || !isSecure) return;
      socket.destroy();
      resolve(session);
    };
    socket.on('session', (given: Buffer) => {
      session = given;
      finish();
    });
    socket.on('secureConnect', () => {
      isSecure = true;
      finish();
    });
    socket.on('error', () => {
      resolve(undefined);
    });
  });
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Wraps a function so that it hands on copies of its options, as tracing and proxy libraries do. */
function handOnCopies(holder: Record<string, AnyFunction>, name: string): void {
  const original = holder[name];
  if (!original) throw new Error(`there is no ${name}`);
  holder[name] = function (...args) {
    return Reflect.apply(original, this, args.map(copy));
  };
}

function copy(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : value;
}

const tlsExports = (): Record<string, AnyFunction> =>
  require('node:tls') as Record<string, AnyFunction>;

/** The functions that other libraries replace. */
export const patches = {
  'tls.createSecureContext': () => {
    handOnCopies(tlsExports(), 'createSecureContext');
  },
  'tls.connect': () => {
    handOnCopies(tlsExports(), 'connect');
  },
  'https.Agent.prototype.createConnection': () => {
    const { Agent } = require('node:https') as { Agent: { prototype: unknown } };
    handOnCopies(Agent.prototype as Record<string, AnyFunction>, 'createConnection');
  },
} as const;
