/**
 * A stream that keeps a copy of what arrives, and asks before it hands on a record of TLS.
 */
import { Duplex } from 'node:stream';

import { RECORD_HEADER, looksLikeTls, recordLength } from './tls-messages.js';

/** A handshake is a few kilobytes; a server that sends this much has something else in mind. */
const MAX_KEPT_BYTES = 512 * 1024;

export class Tap extends Duplex {
  readonly #inner: Duplex;
  #kept: Buffer[] = [];
  #size = 0;
  #waiting = Buffer.alloc(0);
  #count = 0;
  /** Asked of each record, once it is among what was received; it is the `count`-th. */
  admits: (count: number) => boolean = () => true;

  constructor(inner: Duplex) {
    super();
    this.#inner = inner;
    inner.on('data', (chunk: Buffer) => {
      this.#waiting = Buffer.concat([this.#waiting, chunk]);
      for (let length = this.#next(); length > 0; length = this.#next()) {
        const record = this.#waiting.subarray(0, length);
        this.#waiting = this.#waiting.subarray(length);
        if (!this.#take(record)) return;
      }
    });
    inner.on('end', () => {
      if (this.#waiting.length > 0) this.#take(this.#waiting);
      this.push(null);
    });
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  get received(): Buffer {
    this.#kept = [Buffer.concat(this.#kept)];
    return this.#kept[0] ?? Buffer.alloc(0);
  }

  /** The length of the next record; of everything where it is none. */
  #next(): number {
    const bytes = this.#waiting;
    if (!looksLikeTls(bytes)) return bytes.length;
    const length = bytes.length < RECORD_HEADER ? RECORD_HEADER : recordLength(bytes);
    return length <= bytes.length ? length : 0;
  }

  #take(record: Buffer): boolean {
    if (this.#size < MAX_KEPT_BYTES) {
      this.#kept.push(record);
      this.#size += record.length;
    }
    if (!this.admits(++this.#count)) return false;
    if (!this.push(record)) this.#inner.pause();
    return true;
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
