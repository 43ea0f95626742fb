/**
 * A stream that keeps a copy of what arrives, and asks before it passes on each TLS record.
 */
import { Duplex } from 'node:stream';

import { Content, RECORD_HEADER, looksLikeTls, recordLength } from './tls-messages.js';

/** A handshake takes a few kilobytes, so a server that sends this much is doing something else. */
const MAX_KEPT_BYTES = 512 * 1024;

export class Tap extends Duplex {
  readonly #inner: Duplex;
  #kept: Buffer[] = [];
  #size = 0;
  #waiting = Buffer.alloc(0);
  #count = 0;
  #isSecret = false;
  /** Asked about each record after the record was added to `received`; `count` is the record's number. */
  admits: (count: number) => boolean = () => true;

  constructor(inner: Duplex) {
    super();
    this.#inner = inner;
    inner.on('data', (chunk: Buffer) => {
      this.#waiting = Buffer.concat([this.#waiting, chunk]);
      let ready = 0;
      for (let length = this.#next(0); length > 0; length = this.#next(ready)) {
        // The first encrypted record can be read once OpenSSL has told the secret, which it does after the records before it.
        if (ready > 0 && this.#isFirstSecret(ready)) ready -= this.#handOn(ready);
        if (!this.#keep(this.#waiting.subarray(ready, ready + length))) return;
        ready += length;
      }
      this.#handOn(ready);
    });
    inner.on('end', () => {
      if (this.#waiting.length > 0 && this.#keep(this.#waiting)) this.#handOn(Infinity);
      this.push(null);
    });
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  get received(): Buffer {
    this.#kept = [Buffer.concat(this.#kept)];
    return this.#kept[0] ?? Buffer.alloc(0);
  }

  /** The length of the record at an offset; the length of all bytes if it is not a record. */
  #next(at: number): number {
    const bytes = this.#waiting.subarray(at);
    if (!looksLikeTls(bytes)) return bytes.length;
    const length = bytes.length < RECORD_HEADER ? RECORD_HEADER : recordLength(bytes);
    return length <= bytes.length ? length : 0;
  }

  #isFirstSecret(at: number): boolean {
    if (this.#isSecret || this.#waiting[at] !== Content.APPLICATION_DATA) return false;
    return (this.#isSecret = true);
  }

  #keep(record: Buffer): boolean {
    if (this.#size < MAX_KEPT_BYTES) {
      this.#kept.push(record);
      this.#size += record.length;
    }
    return this.admits(++this.#count);
  }

  /** @returns the number of bytes passed on */
  #handOn(length: number): number {
    const bytes = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(bytes.length);
    if (bytes.length > 0 && !this.push(bytes)) this.#inner.pause();
    return bytes.length;
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
