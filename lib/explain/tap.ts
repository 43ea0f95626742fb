/**
 * A stream that keeps a copy of what arrives.
 */
import { Duplex } from 'node:stream';

/** A handshake is a few kilobytes; a server that sends this much has something else in mind. */
const MAX_KEPT_BYTES = 512 * 1024;

export class Tap extends Duplex {
  readonly #inner: Duplex;
  #kept: Buffer[] = [];
  #size = 0;

  constructor(inner: Duplex) {
    super();
    this.#inner = inner;
    inner.on('data', (chunk: Buffer) => {
      if (this.#size < MAX_KEPT_BYTES) {
        this.#kept.push(chunk);
        this.#size += chunk.length;
      }
      if (!this.push(chunk)) inner.pause();
    });
    inner.on('end', () => {
      this.push(null);
    });
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  get received(): Buffer {
    this.#kept = [Buffer.concat(this.#kept)];
    return this.#kept[0] ?? Buffer.alloc(0);
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#inner.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#inner.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#inner.destroy();
    callback(error);
  }
}
