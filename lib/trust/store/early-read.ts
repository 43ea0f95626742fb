/**
 * A read of the store that starts before the code is loaded that needs it: the two take about as long.
 */
import { preloadedAddon } from '../../addon/map-addon.js';
import type { NativeBinding, NativeRead, NativeStore } from '../../addon/native-binding.js';
import { wallClock } from '../../base/machine-time.js';
import { resolveSystemOptions } from '../options/options.js';
import type { ResolvedSystemOptions } from '../options/options.js';

type Reader = Pick<NativeBinding, 'startRead'>;

export class EarlyRead {
  readonly key: string;
  readonly startedAt = wallClock();
  readonly #reader: Reader;
  readonly #read: NativeRead;
  #store: NativeStore | undefined;
  #taker: ((store: NativeStore) => void) | undefined;

  constructor(reader: Reader) {
    const { request, policy } = resolveSystemOptions(undefined);
    this.key = JSON.stringify(request);
    this.#reader = reader;
    const finished = (store: NativeStore): void => {
      this.#store = store;
      this.#taker?.(store);
    };
    this.#read = reader.startRead(request, finished, { ...policy, now: this.startedAt });
    this.#read.unref();
  }

  /** Whether it is what `reader` would read; tests put others in its place. */
  isOf(reader: Reader): boolean {
    return Object.is(reader.startRead, this.#reader.startRead);
  }

  /** As if it were started now. */
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
 * Of the store as it is read when nothing is asked for.
 *
 * @returns false where the addon is not where it usually is: nothing is done then
 */
export function startEarlyRead(): boolean {
  const addon = preloadedAddon()?.addon as Partial<Reader> | undefined;
  if (!addon?.startRead) return false;
  early ??= new EarlyRead(addon as Reader);
  return true;
}

/** The read, for the first who starts one. What the environment says was looked at when it began. */
export function takeEarlyRead({ env, request }: ResolvedSystemOptions): EarlyRead | undefined {
  const read = early;
  early = undefined;
  return env === process.env && request.root === undefined ? read : undefined;
}
