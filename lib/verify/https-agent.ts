/**
 * `https.Agent` with verification in its asynchronous step: a request gets its socket when the verdict is in, and not
 * before.
 */
import type { ClientRequest } from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import type { Open } from './attempt.js';
import { invalidArgument } from '../errors.js';
import type { ConnectOptions } from './trust.js';
import type { Verification } from './verification.js';

type Done = (error: Error | null, socket?: Duplex) => void;
type AgentConnectOptions = ConnectOptions & { _agentKey?: string | undefined };
type CreateConnection = (options: AgentConnectOptions, done: Done) => Duplex | null | undefined;
type CreateSocket = (request: ClientRequest, options: unknown, done: Done) => void;

/** What Node's agents have and `@types/node` does not show, or not as it is. */
interface AgentInternals {
  createConnection: CreateConnection;
  createSocket?: CreateSocket;
  getName(options: unknown): string;
  sockets: Record<string, net.Socket[] | undefined>;
  requests: Record<string, ClientRequest[] | undefined>;
  totalSocketCount?: number;
  maxCachedSessions?: number;
  removeSocket?(socket: net.Socket, options: AgentConnectOptions): void;
}

/** Stands before `createConnection` of one agent, which is Node's own or that of a subclass. */
export class AgentConnections {
  readonly #agent: AgentInternals;
  readonly #original: CreateConnection;
  readonly #verification: Verification;
  /** `ca` and `pfx` of a request leave it as it is. */
  readonly #leaveOwnCAs: boolean;
  /** The request a socket is being created for; Node asks for the connection synchronously. */
  #request: ClientRequest | undefined;

  constructor(
    agent: https.Agent,
    original: CreateConnection,
    verification: Verification,
    leaveOwnCAs: boolean,
  ) {
    this.#agent = agent as unknown as AgentInternals;
    this.#original = original;
    this.#verification = verification;
    this.#leaveOwnCAs = leaveOwnCAs;
  }

  /** In place of `createSocket`, to know for whom the connection is made. */
  createSocket(original: CreateSocket, args: Parameters<CreateSocket>): void {
    const [request] = args;
    const before = this.#request;
    this.#request = request;
    try {
      original.apply(this.#agent, args);
    } finally {
      this.#request = before;
    }
  }

  /** In place of `createConnection`. */
  createConnection(options: AgentConnectOptions, done?: Done): Duplex | null | undefined {
    const request = this.#request;
    const own = this.#leaveOwnCAs && (Boolean(options.ca) || Boolean(options.pfx));
    if (own || !this.#verification.covers(options)) {
      // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- Node's own takes none as well
      return this.#original.call(this.#agent, options, done!);
    }
    if (typeof done !== 'function') {
      // A socket that is returned would be handed over before the verdict.
      throw invalidArgument(
        'callback',
        'a function: the socket comes when it has been verified',
        done,
      );
    }
    const pending = new PendingConnection(this.#agent, options, request);
    const open: Open = (overrides, opened) =>
      this.#original.call(this.#agent, { ...options, ...overrides }, opened as Done) as
        TLSSocket | undefined;
    this.#verification
      .connect({
        key: options._agentKey ?? this.#agent.getName(options),
        options,
        open,
        once: Boolean(options.socket),
        resume: this.#agent.maxCachedSessions !== 0,
        signal: pending.signal,
      })
      .then(
        (socket) => {
          pending.succeed();
          // Out of the promise: what Node and the program do then is no rejection of it.
          process.nextTick(done, null, socket);
        },
        (error: unknown) => {
          process.nextTick(done, error);
          process.nextTick(() => {
            pending.fail();
          });
        },
      );
    return undefined;
  }
}

/**
 * A connection that is not there yet, as the agent and the request see it: it counts for `maxSockets`, goes with
 * `agent.destroy()` and with the request, and its time-out is the request's.
 */
class PendingConnection {
  readonly #agent: AgentInternals;
  readonly #options: AgentConnectOptions;
  readonly #request: ClientRequest | undefined;
  readonly #controller = new AbortController();
  readonly #placeholder: net.Socket;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    agent: AgentInternals,
    options: AgentConnectOptions,
    request: ClientRequest | undefined,
  ) {
    this.#agent = agent;
    this.#options = options;
    this.#request = request;
    this.#placeholder = new net.Socket();
    this.#placeholder.once('close', () => {
      this.#controller.abort(hangUpError());
    });
    this.#count();
    if (request) this.#watch(request);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  succeed(): void {
    this.#uncount();
    this.#end();
  }

  fail(): void {
    this.#uncount();
    this.#end();
    this.#leaveQueue();
    // The agent turns to the next request that waits for a socket, as when a socket closes.
    this.#agent.removeSocket?.(this.#placeholder, this.#options);
  }

  /** Node leaves a queued request whose socket failed in the queue, and would try for it again and again. */
  #leaveQueue(): void {
    const queue = this.#agent.requests[this.#name];
    const index = this.#request ? (queue?.indexOf(this.#request) ?? -1) : -1;
    if (!queue || index < 0) return;
    queue.splice(index, 1);
    if (queue.length === 0) Reflect.deleteProperty(this.#agent.requests, this.#name);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#placeholder.removeAllListeners();
    this.#placeholder.destroy();
    if (this.#request) Reflect.deleteProperty(this.#request, 'destroy');
  }

  /** A request without a socket says nothing when it is destroyed. */
  #watch(request: ClientRequest): void {
    const destroy = request.destroy.bind(request);
    request.destroy = (error) => {
      const result = destroy(error);
      this.#controller.abort(error ?? hangUpError());
      return result;
    };
    if (request.destroyed) this.#controller.abort(hangUpError());
    this.#startTimer(request);
  }

  /** Once the request has its socket, Node sees to its time-out. */
  #startTimer(request: ClientRequest): void {
    const { timeout } = request as { timeout?: number };
    const ms = timeout ?? this.#options.timeout ?? 0;
    if (ms > 0) this.#timer = setTimeout(() => request.emit('timeout'), ms);
  }

  get #name(): string {
    return this.#options._agentKey ?? this.#agent.getName(this.#options);
  }

  #count(): void {
    const sockets = (this.#agent.sockets[this.#name] ??= []);
    sockets.push(this.#placeholder);
    if (this.#agent.totalSocketCount !== undefined) this.#agent.totalSocketCount++;
  }

  #uncount(): void {
    const sockets = this.#agent.sockets[this.#name];
    const index = sockets?.indexOf(this.#placeholder) ?? -1;
    if (!sockets || index < 0) return;
    sockets.splice(index, 1);
    if (sockets.length === 0) Reflect.deleteProperty(this.#agent.sockets, this.#name);
    if (this.#agent.totalSocketCount !== undefined) this.#agent.totalSocketCount--;
  }
}

/** As Node has it for a request that ends before its answer. */
function hangUpError(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** An agent whose every connection is verified. */
export function makeVerifiedAgent(
  options: https.AgentOptions,
  verification: Verification,
): https.Agent {
  const agent = new https.Agent(options);
  installOnAgent(agent, verification, false);
  return agent;
}

/** @returns takes it back, unless somebody has replaced the methods since */
export function installOnAgent(
  agent: https.Agent,
  verification: Verification,
  leaveOwnCAs: boolean,
): () => void {
  const internals = agent as unknown as AgentInternals;
  const createConnection: CreateConnection = Reflect.get(internals, 'createConnection');
  const createSocket: CreateSocket | undefined = Reflect.get(internals, 'createSocket');
  const connections = new AgentConnections(agent, createConnection, verification, leaveOwnCAs);
  let active = true;
  const replacements = {
    createConnection(this: AgentInternals, options: AgentConnectOptions, done: Done) {
      return active
        ? connections.createConnection(options, done)
        : createConnection.call(this, options, done);
    },
    ...(createSocket
      ? {
          createSocket(this: AgentInternals, ...args: Parameters<CreateSocket>) {
            if (active) connections.createSocket(createSocket, args);
            else createSocket.apply(this, args);
          },
        }
      : {}),
  };
  const before = Object.entries(replacements).map(([name, value]) => {
    return { name, value, descriptor: Object.getOwnPropertyDescriptor(agent, name) };
  });
  const restore = (): void => {
    active = false;
    for (const { name, value, descriptor } of before) {
      if ((agent as unknown as Record<string, unknown>)[name] !== value) continue;
      if (descriptor) Reflect.defineProperty(agent, name, descriptor);
      else Reflect.deleteProperty(agent, name);
    }
  };
  try {
    for (const { name, value } of before) {
      Object.defineProperty(agent, name, { value, configurable: true, writable: true });
    }
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}
