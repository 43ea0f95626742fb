/**
 * Starts to read the store before the code that needs it is loaded, because the two take about as long.
 */
import { preloadedAddon } from '../../addon/map-addon.js';
import type { NativeBinding, NativeRead, NativeStore } from '../../addon/native-binding.js';
import { wallClock } from '../../base/machine-time.js';
import { resolveSystemOptions } from '../options/options.js';
import { toStoreRead } from '../options/resolved-options.js';
import type { ResolvedSystemOptions } from '../options/resolved-options.js';

type Reader = Pick<NativeBinding, 'startRead'>;

export class EarlyRead {
  readonly key: string;
  readonly startedAt = wallClock();
  readonly #reader: Reader;
  readonly #read: NativeRead;
  #store: NativeStore | undefined;
  #taker: ((store: NativeStore) => void) | undefined;

  constructor(reader: Reader) {
    const { request, policy } = toStoreRead(resolveSystemOptions());
    this.key = JSON.stringify(request);
    this.#reader = reader;
    const finished = (store: NativeStore): void => {
      this.#store = store;
      this.#taker?.(store);
    };
    this.#read = reader.startRead(request, finished, { ...policy, now: this.startedAt });
    this.#read.unref();
  }

  /** True when `reader` would read the same store; tests replace the reader. */
  isOf(reader: Reader): boolean {
    return Object.is(reader.startRead, this.#reader.startRead);
  }

  /** Takes the read over as if it had started now. */
  take(callback: (store: NativeStore) => void): NativeRead {
    this.#taker = callback;
    const store = this.#store;
    if (store) queueMicrotask(() => this.#taker?.(store));
    this.#read.ref();
    return {
      wait: (ms) => this.#store ?? this.#read.wait(ms),
      cancel: () => {
        this.#taker = undefined;
        this.#read.cancel();
      },
      ref: () => {
        this.#read.ref();
      },
      unref: () => {
        this.#read.unref();
      },
    };
  }
}

let early: EarlyRead | undefined;

/**
 * Starts to read the store with default options.
 *
 * @returns false when the addon is not in its usual place; then nothing is done
 */
export function startEarlyRead(): boolean {
  const addon = preloadedAddon()?.addon as Partial<Reader> | undefined;
  if (!addon?.startRead) return false;
  early ??= new EarlyRead(addon as Reader);
  return true;
}

/** The early read, for the first caller that starts one. Its environment was read when it began. */
export function takeEarlyRead({ env, root }: ResolvedSystemOptions): EarlyRead | undefined {
  const read = early;
  early = undefined;
  return env === process.env && root === undefined ? read : undefined;
}
