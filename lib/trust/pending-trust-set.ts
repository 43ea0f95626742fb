/**
 * Starts the read for a trust set. Programs that never use TLS pay only for this; the code that merges is loaded on demand.
 */
import type { NativeRead, NativeStore } from '../addon/native-binding.js';
import { part } from '../base/part.js';
import { toStoreRead } from './options/resolved-options.js';
import type { ResolvedTrustOptions } from './options/resolved-options.js';
import { takeEarlyRead } from './store/early-read.js';
import { systemStoreCache } from './store/store-cache.js';
import type { TrustSet } from './trust-set.js';

const loadMakeTrustSet = part(
  () => require('./make-trust-set.js') as typeof import('./make-trust-set.js'),
);

/** A trust set in preparation: the store is read on its own thread, and lists are merged when the set is asked for. */
export interface PendingTrustSet {
  /** True when {@link wait} would answer without waiting. */
  isReady(): boolean;
  /** Blocks for at most `ms`; undefined when the store has not answered by then. */
  wait(ms: number): TrustSet | undefined;
  /** The set to use until the system store answers: made with its former answer, or without one. */
  withStore(former: NativeStore | undefined): TrustSet;
  /** Cancels the read of the store. */
  cancel(): void;
  /** Keeps the process alive until the store has been read. */
  ref(): void;
}

/**
 * Starts reading at once and returns. `onReady` is called once on the event loop when the store has been read, unless
 * cancelled; it does not keep the process alive.
 *
 * @param fresh - also repeats what is otherwise asked once per process
 */
export function startTrustSet(
  options: ResolvedTrustOptions,
  onReady: () => void,
  fresh = false,
): PendingTrustSet {
  const { system } = options;
  let store: NativeStore | undefined;
  let read: NativeRead | undefined;
  if (system) {
    const finish = (finished: NativeStore): void => {
      store ??= finished;
      onReady();
    };
    const early = takeEarlyRead(system);
    read = systemStoreCache().start(toStoreRead(system), finish, early, fresh);
    read.unref();
  }
  const wait = (ms: number): NativeStore | undefined => (store ??= read?.wait(ms));
  if (!read) queueMicrotask(onReady);
  return {
    isReady: () => !system || wait(0) !== undefined,
    wait: (ms) => {
      if (system && !wait(ms)) return undefined;
      return loadMakeTrustSet().buildTrustSet(options, store);
    },
    withStore: (former) => loadMakeTrustSet().buildTrustSet(options, former),
    cancel: () => read?.cancel(),
    ref: () => read?.ref(),
  };
}
