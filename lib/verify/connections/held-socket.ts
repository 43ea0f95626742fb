/**
 * Holds a TLS connection that other code already has while it is verified. Look-up, connecting, handshake and time-outs
 * appear as usual. What the program writes and what the server sends waits, and `secureConnect` comes with the verdict.
 */
import type { TLSSocket } from 'node:tls';

type Done = (error?: Error | null) => void;

/** The methods of a socket that its streams, and Node behind them, call. */
interface Methods {
  emit: (event: string | symbol, ...args: unknown[]) => boolean;
  push: (chunk: unknown, encoding?: BufferEncoding) => boolean;
  _write: (chunk: unknown, encoding: BufferEncoding, done: Done) => void;
  _writev: (chunks: unknown[], done: Done) => void;
  _final: (done: Done) => void;
}

/** These events say that the connection may be used, and its session reused. */
const HELD_EVENTS: ReadonlySet<unknown> = new Set(['secureConnect', 'session']);

export class HeldSocket {
  readonly #socket: TLSSocket;
  readonly #methods: Methods;
  readonly #before: Methods;
  readonly #onSecure: () => void;
  #events: (() => void)[] = [];
  #received: Parameters<Methods['push']>[] = [];
  /** Writes that wait, and their callbacks. */
  #writes: { start: () => void; done: Done }[] = [];
  /** The methods that the socket did not have as its own properties. */
  readonly #added: string[];
  #isConnected = false;
  #released = false;
  #secure = false;
  /** What the program's `onread` waits for. */
  #reads: (() => boolean)[] = [];
  /** True when reading waits: HTTP/2 takes bytes from the handle once it may, but misses any that came before. */
  #readsLater = false;
  /** True after a write that no time-out has taken into account yet. */
  #isWriting = false;

  /** @param onSecure - called when the handshake is over, unless it ended the connection */
  constructor(socket: TLSSocket, onSecure: () => void) {
    this.#socket = socket;
    this.#onSecure = onSecure;
    const { emit, push, _write, _writev, _final } = socket as unknown as Methods;
    this.#before = { emit, push, _write, _writev, _final };
    this.#methods = this.#holdingMethods();
    this.#isConnected = !socket.connecting;
    this.#added = Object.keys(this.#methods).filter((name) => !Object.hasOwn(socket, name));
    for (const [name, value] of Object.entries(this.#methods)) {
      Object.defineProperty(socket, name, { value, configurable: true, writable: true });
    }
    // Code that gets the connection after the server has ended it finds it ended.
    socket.once('end', this.#end);
    socket.once('close', this.#close);
  }

  /** Called when the verdict is in. Runs other code's listeners, so nothing of ours may depend on its return. */
  release(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#letGo();
    socket.off('close', this.#fail);
    Object.assign(socket, { secureConnecting: false, authorized: true, authorizationError: null });
    try {
      for (const emit of this.#events) emit();
    } finally {
      this.#flush();
    }
  }

  /** Holds what goes to the program's `onread` without `push`. @returns undefined when it may go there */
  read(deliver: (bytes: Buffer) => boolean, bytes: Buffer): false | undefined {
    if (this.#released) return undefined;
    const copy = Buffer.from(bytes);
    this.#reads.push(() => deliver(copy));
    return false;
  }

  #holdingMethods(): Methods {
    const { emit, push, _write, _writev, _final } = this.#before;
    const socket = this.#socket;
    return {
      emit: (event, ...args) => {
        if (event === 'connect') this.#isConnected = true;
        if (event === 'timeout' && this.#startsAgain()) return false;
        if (this.#released || !HELD_EVENTS.has(event)) return emit.call(socket, event, ...args);
        this.#events.push(() => emit.call(socket, event, ...args));
        if (event === 'secureConnect') this.#secured();
        return true;
      },
      push: (chunk, encoding) => {
        const passes = this.#released || !this.#secure;
        // The end is shown at once, unless something came before it.
        if (passes || (chunk === null && this.#received.length === 0)) {
          return push.call(socket, chunk, encoding);
        }
        this.#received.push([chunk, encoding]);
        return false;
      },
      _write: (chunk, encoding, done) => {
        this.#isWriting = true;
        this.#write(done, () => {
          _write.call(socket, chunk, encoding, done);
        });
      },
      _writev: (chunks, done) => {
        this.#isWriting = true;
        this.#write(done, () => {
          _writev.call(socket, chunks, done);
        });
      },
      _final: (done) => {
        this.#write(done, () => {
          _final.call(socket, done);
        });
      },
    };
  }

  #write(done: Done, start: () => void): void {
    if (this.#released) {
      start();
      return;
    }
    this.#writes.push({ start, done });
    // Added after the present listeners, as Node does.
    if (!this.#isConnected) this.#socket.once('close', this.#fail);
  }

  /** As in Node, a time-out starts again once if something was written since it began, also during the handshake. */
  #startsAgain(): boolean {
    const { connecting, timeout } = this.#socket;
    if (this.#released || this.#secure || connecting || !this.#isWriting) return false;
    this.#isWriting = false;
    this.#socket.setTimeout(timeout ?? 0);
    return true;
  }

  #secured(): void {
    // A second one belongs to a renegotiation.
    if (this.#secure) return;
    this.#secure = true;
    this.#onSecure();
    // Code that waits for `secureConnect` because of these properties, as HTTP/2 does, keeps waiting.
    Object.assign(this.#socket, { secureConnecting: true, authorized: false });
    if (this.#socket.alpnProtocol === 'h2') this.#stopReading();
  }

  #stopReading(): void {
    const handle = handleOf(this.#socket);
    if (!handle) return;
    handle.reading = false;
    this.#readsLater = handle.readStop() === 0;
  }

  readonly #end = (): void => {
    this.#socket.destroy();
  };

  /** Answers writes that the connection did not outlive as Node does. */
  readonly #close = (): void => {
    this.#letGo();
    if (!this.#isConnected) return;
    for (const { done } of this.#writes.splice(0)) done();
  };

  readonly #fail = (): void => {
    for (const { done } of this.#writes.splice(0)) done(neverConnected());
  };

  #letGo(): void {
    this.#released = true;
    this.#socket.off('end', this.#end);
    this.#socket.off('close', this.#close);
    for (const name of this.#added) {
      const value: unknown = Reflect.get(this.#methods, name);
      // If another method is in its place, that calls ours, which holds nothing any more.
      if (Reflect.get(this.#socket, name) === value) Reflect.deleteProperty(this.#socket, name);
    }
  }

  #flush(): void {
    const socket = this.#socket;
    for (const { start, done } of this.#writes.splice(0)) {
      if (socket.destroyed) done();
      else start();
    }
    if (this.#readsLater && !socket.destroyed) startReading(socket);
    if (this.#reads.length > 0 && this.#reads.splice(0).every((deliver) => deliver())) {
      socket.resume();
    }
    if (this.#received.length === 0) return;
    for (const args of this.#received) (socket as unknown as Methods).push(...args);
    // The stream was told to wait.
    socket.read(0);
  }
}

interface Handle {
  reading: boolean;
  readStart: () => number;
  readStop: () => number;
}

function handleOf(socket: TLSSocket): Handle | null {
  return (socket as unknown as { _handle: Handle | null })._handle;
}

function startReading(socket: TLSSocket): void {
  const handle = handleOf(socket);
  if (!handle || handle.reading) return;
  handle.reading = true;
  handle.readStart();
}

function neverConnected(): Error {
  const error = new Error('Socket closed before the connection was established');
  return Object.assign(error, { code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION' });
}
