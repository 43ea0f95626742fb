/**
 * Records what programs see of connections, without an injection and with one that verifies more, in processes of their
 * own.
 */
import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { ClientRequest, RequestOptions } from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { InjectOptions } from '../../dist/index.js';
import { codeOf } from './origin.js';

export interface Input {
  /** Undefined means stock. */
  options?: InjectOptions;
  urls: string[];
}

const SHORT_MS = 300;

function begin({ options }: Input): void {
  if (!options) return;
  const { inject } = require('../../dist/index.js') as typeof import('../../dist/index.js');
  inject(options);
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The process must end with its scenario.
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Accepts connections and never answers. */
function silentServer(): Promise<number> {
  return listen(net.createServer((socket) => socket.on('error', () => undefined).unref()));
}

/** Leaves out ports, which differ in every run. */
function describe(error: Error): string {
  return `error ${codeOf(error)} ${error.name}: ${error.message.replace(/:\d{4,5}\b/g, ':PORT')}`;
}

function record(request: ClientRequest): Promise<string[]> {
  const events: string[] = [];
  // Leaves out 'finish': beside a response its order varies, and after an end the lines of Node differ.
  for (const name of ['socket', 'abort', 'timeout', 'response', 'close']) {
    request.on(name, () => events.push(name));
  }
  request.on('error', (error) => events.push(describe(error)));
  return new Promise((resolve) => {
    request.on('close', () => {
      setImmediate(resolve, events);
    });
  });
}

type Act = (request: ClientRequest, controller: AbortController) => unknown;

function abort(request: ClientRequest): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- programs use it
  request.abort();
}

const acts: Record<string, Act> = {
  'abort()': abort,
  'destroy()': (request) => request.destroy(),
  'destroy(error)': (request) => request.destroy(new Error('mine')),
  'abort() in the next tick': (request) => {
    process.nextTick(abort, request);
  },
  'abort() in the next turn': (request) => setImmediate(abort, request),
  'abort() later': (request) => setTimeout(abort, 50, request),
  'destroy() later': (request) => setTimeout(() => request.destroy(), 50),
  'an error of the socket': (request) => request.on('socket', (s) => s.destroy(new Error('s'))),
  'a signal': (_request, controller) => {
    controller.abort();
  },
  'a signal later': (_request, controller) =>
    setTimeout(() => {
      controller.abort();
    }, 50),
  'a time-out': (request) => request.on('timeout', () => request.destroy()).setTimeout(50),
  'an aborted time-out': (request) => request.setTimeout(50, abort.bind(undefined, request)),
};

export async function endings(input: Input): Promise<unknown> {
  begin(input);
  const port = await silentServer();
  const results: Record<string, string[]> = {};
  const before = new AbortController();
  before.abort();
  const aborted = https.get({ host: '127.0.0.1', port, signal: before.signal });
  results['a signal aborted beforehand'] = await record(aborted);
  for (const [name, act] of Object.entries(acts)) {
    const controller = new AbortController();
    const request = https.get({ host: '127.0.0.1', port, signal: controller.signal });
    const events = record(request);
    act(request, controller);
    results[name] = await events;
  }
  return results;
}

/** Each has ended, or not, by the time a request with a time-out four times as long does: the same as in stock Node. */
const timeouts: [string, (request: ClientRequest) => void, RequestOptions?][] = [
  ['timeout', () => undefined, { timeout: SHORT_MS }],
  ['setTimeout()', (request) => request.setTimeout(SHORT_MS)],
  ['setTimeout() in the next turn', (request) => setImmediate(() => request.setTimeout(SHORT_MS))],
  [
    'setTimeout() of the socket',
    (request) =>
      request.on('socket', (socket) => socket.setTimeout(SHORT_MS, () => request.emit('timeout'))),
  ],
  ['cleared', (request) => request.setTimeout(SHORT_MS).setTimeout(0)],
  [
    'cleared later',
    (request) => setTimeout(() => request.setTimeout(0), SHORT_MS / 3),
    { timeout: SHORT_MS },
  ],
  [
    'made longer later',
    (request) => setTimeout(() => request.setTimeout(SHORT_MS * 8), SHORT_MS / 3),
    { timeout: SHORT_MS },
  ],
  [
    'setTimeout() over timeout',
    (request) => request.setTimeout(SHORT_MS * 8),
    { timeout: SHORT_MS },
  ],
  ["the agent's", () => undefined, { agent: new https.Agent({ timeout: SHORT_MS }) }],
];

export async function whenTimedOut(input: Input): Promise<unknown> {
  begin(input);
  const port = await silentServer();
  // Replaces the default of five seconds.
  (https.globalAgent as unknown as { options: { timeout?: number } }).options.timeout = SHORT_MS;
  const to = { host: '127.0.0.1', port };
  // The default of the global agent does not apply to it.
  const slow = https.get({ ...to, agent: new https.Agent(), timeout: SHORT_MS * 4 });
  const marker = new Promise((resolve) => slow.on('error', resolve).on('timeout', resolve));
  const requests = [slow];
  const events = [...timeouts, ['the default', () => undefined] as const].map(
    ([name, act, more]) => {
      const heard: string[] = [];
      const request = https.get({ ...to, ...more });
      request.on('timeout', () => heard.push('timeout')).on('error', () => undefined);
      requests.push(request);
      act(request);
      return [name, heard] as const;
    },
  );
  await marker;
  for (const request of requests) request.destroy();
  return Object.fromEntries(events);
}

function watch(socket: Socket, events: string[]): void {
  const { authorized } = socket as TLSSocket;
  events.push(`socket ${String(authorized)}`);
  // The order of what comes after the request varies.
  for (const name of ['lookup', 'connect', 'ready', 'secureConnect', 'timeout']) {
    socket.on(name, () =>
      events.push(`socket ${name} ${String((socket as TLSSocket).authorized)}`),
    );
  }
  socket.on('error', (error) => {
    const { authorizationError } = socket as TLSSocket;
    events.push(`socket ${describe(error)} ${String(authorizationError)}`);
  });
}

/** Records every event of a request and of its socket, with servers of all kinds. */
export async function everyEvent(input: Input): Promise<unknown> {
  begin(input);
  const results: Record<string, unknown> = {};
  for (const [index, url] of input.urls.entries()) {
    const agent = index === 0 ? new https.Agent({ keepAlive: true }) : undefined;
    for (const [name, options] of [
      ['global agent', {}],
      ['global agent again', {}],
      ['agent: false', { agent: false }],
      ['own agent', { agent }],
    ] as const) {
      const events: string[] = [];
      const request = https.get(url, options as RequestOptions, (response) => {
        response.resume().on('end', () => events.push('response end'));
      });
      request.on('socket', (socket) => {
        if (socket.connecting) watch(socket, events);
      });
      const own = await record(request);
      results[`${String(index)} ${name}`] = { own, socket: events };
    }
    agent?.destroy();
  }
  return results;
}

/** undici continues with sockets it is given by state that its own connector left on them. */
export async function handedOver(input: Input): Promise<unknown> {
  const undici = require('undici') as typeof import('undici');
  begin(input);
  const results: Record<string, unknown> = {};
  const uncaught: string[] = [];
  process.on('uncaughtException', (error) => uncaught.push(describe(error)));
  const reset = http.createServer().on('upgrade', (_request, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    setTimeout(() => socket.resetAndDestroy(), 50);
  });
  const { socket } = await undici.upgrade(`http://127.0.0.1:${String(await listen(reset))}/`, {
    protocol: 'x',
  });
  await new Promise((resolve) => socket.resume().on('close', resolve));
  const strange = http
    .createServer()
    .on('upgrade', (request: http.IncomingMessage, raw: Socket) => {
      const key = `${String(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      raw.on('error', () => undefined);
      raw.write(
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
  const ws = new undici.WebSocket(`ws://127.0.0.1:${String(await listen(strange))}`, ['unknown']);
  results['subprotocol'] = await new Promise((resolve) => {
    ws.onerror = () => {
      resolve('error');
    };
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { ...results, uncaught };
}

/** Acts like nock and msw, which take a connection over when it begins and answer what is written to it. */
export async function takenOver(input: Input): Promise<unknown> {
  begin(input);
  interface Inside extends Socket {
    connecting: boolean;
    _writeGeneric: (writev: boolean, data: unknown, encoding: string, done: () => void) => void;
  }
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (this: Inside) {
    this._writeGeneric = (_writev, _data, _encoding, done) => {
      done();
      this.push('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmock');
    };
    return this;
  } as typeof connect;
  const answer = await new Promise((resolve) => {
    https
      .get('https://mocked.example/', (response) => {
        response.on('data', (chunk: Buffer) => {
          resolve(chunk.toString());
        });
      })
      .on('error', (error) => {
        resolve(describe(error));
      });
  });
  net.Socket.prototype.connect = connect;
  return answer;
}

/** Acts like global-agent 4: an agent that has only what `http` asks for. */
export async function foreignAgent(input: Input): Promise<unknown> {
  const before = https.globalAgent as unknown as Record<string, unknown> & {
    addRequest: (...args: unknown[]) => void;
    getName: (...args: unknown[]) => string;
  };
  const foreign = {
    addRequest: (...args: unknown[]) => {
      before.addRequest(...args);
    },
    getName: (...args: unknown[]) => before.getName(...args),
    options: before['options'],
    defaultPort: 443,
    protocol: 'https:',
  };
  const keys = Reflect.ownKeys(foreign);
  const exports = require('node:https') as { globalAgent: unknown };
  exports.globalAgent = foreign;
  begin(input);
  const result = await record(https.get(input.urls[0] ?? '', (response) => response.resume()));
  const { restore } = require('../../dist/index.js') as typeof import('../../dist/index.js');
  restore();
  return {
    result,
    same: exports.globalAgent === foreign,
    untouched: keys.length === Reflect.ownKeys(foreign).length,
  };
}
