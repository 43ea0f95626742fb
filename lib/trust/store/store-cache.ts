/**
 * Keeps finished reads while the store has not changed. There is one cache per thread. A read is identified by everything it
 * depends on, so two environments never see each other's certificates.
 */
import { loadBinding } from '../../addon/load-binding.js';
import type {
  NativeBinding,
  NativePage,
  NativePolicy,
  NativeRead,
  NativeStore,
} from '../../addon/native-binding.js';
import { log } from '../../base/log.js';
import { wallClock } from '../../base/machine-time.js';
import { PatientTimer } from '../../base/patient-timer.js';
import { holdsAt } from '../../base/validity.js';
import type { Validity } from '../../base/validity.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { StoreRead } from '../options/resolved-options.js';
import type { EarlyRead } from './early-read.js';

/** Enough for the environments one process uses; the oldest is dropped first. */
const MAX_STORES = 8;

/** How many certificates become JavaScript values in one turn of the event loop, which takes about a millisecond. */
const USABLE_PER_TURN = 200;

/**
 * The longest time a read is kept. Windows withdraws roots from a date on, and that date is checked while reading. So
 * withdrawals, and clock changes, take effect within a day.
 */
const MOST_AGE_MS = 24 * 60 * 60_000;

interface Answer {
  pems: string[];
  validity: Validity;
}

interface CachedStore {
  store: NativeStore;
  readAt: number;
  /** Usable certificates by policy. */
  usable: Map<string, Answer>;
}

interface PendingStore {
  read: NativeRead;
  waiters: Set<{ resolve: (store: NativeStore) => void }>;
}

export class StoreCache {
  readonly #binding: NativeBinding;
  readonly #stores = new Map<string, CachedStore>();
  readonly #pending = new Map<string, PendingStore>();
  readonly #now: () => number;

  constructor(binding: NativeBinding, now = wallClock) {
    this.#binding = binding;
    this.#now = now;
  }

  /** The store as it is now; reads only if it has changed or was never read. Blocks. */
  open({ request, policy }: StoreRead): NativeStore {
    const key = JSON.stringify(request);
    const cached = this.#recent(key);
    if (cached?.isCurrent() === true) return cached;
    return this.#keep(key, this.#binding.read(request, withClock(policy)));
  }

  /**
   * Like `open`, but never blocks, not even to check for changes. Concurrent calls share one read. A read that misses its
   * deadline goes on, and the next caller waits for it instead of starting another.
   */
  async openAsync(options: StoreRead): Promise<NativeStore> {
    const key = JSON.stringify(options.request);
    const joined = this.#pending.has(key);
    const store = await this.#wait(key, options);
    // The read had begun before this call, so what it saw may be older than the call.
    return joined ? this.#wait(key, options) : store;
  }

  /**
   * Starts a read on its own thread; the caller decides how to wait for it.
   *
   * @param begun - a read that began before the call and may be used; none if the caller needs the store as it is now
   * @param fresh - also repeats what is otherwise asked once per process
   */
  start(
    { request, policy }: StoreRead,
    callback: (store: NativeStore) => void,
    begun?: EarlyRead,
    fresh = false,
  ): NativeRead {
    const early = begun?.isOf(this.#binding) && this.#isRecent(begun.startedAt) ? begun : undefined;
    const key = early?.key ?? JSON.stringify(request);
    const finished = (store: NativeStore): void => {
      callback(this.#keep(key, store));
    };
    if (early) return early.take(finished);
    const asked = fresh ? { ...request, fresh } : request;
    return this.#binding.startRead(asked, finished, withClock(policy), this.#recent(key));
  }

  /** PEM of the usable certificates of a store from this cache. The array is shared: copy it before giving it away. */
  usable(options: StoreRead, store: NativeStore, now: number): readonly string[] {
    const known = this.#answer(options, store, now);
    if (known) return known;
    const { pems, validUntil } = store.usable({ ...options.policy, now });
    return this.#keepAnswer(options, store, { pems, validity: { since: now, until: validUntil } });
  }

  /** Like `usable`, but a little at a time, so that even a huge store does not block the event loop. */
  async usableAsync(
    options: StoreRead,
    store: NativeStore,
    now: number,
  ): Promise<readonly string[]> {
    const known = this.#answer(options, store, now);
    if (known) return known;
    let validUntil = 0;
    const pems = await collectPages((from) => {
      const page = store.usablePage({ ...options.policy, now }, from, USABLE_PER_TURN);
      validUntil = page.validUntil;
      return page;
    });
    return this.#keepAnswer(options, store, { pems, validity: { since: now, until: validUntil } });
  }

  #answer(options: StoreRead, store: NativeStore, now: number): readonly string[] | undefined {
    const cached = this.#stores.get(JSON.stringify(options.request));
    if (cached?.store !== store) return undefined;
    const answer = cached.usable.get(policyKey(options));
    return answer && holdsAt(answer.validity, now) ? answer.pems : undefined;
  }

  #keepAnswer(options: StoreRead, store: NativeStore, answer: Answer): string[] {
    const cached = this.#stores.get(JSON.stringify(options.request));
    if (cached?.store === store) cached.usable.set(policyKey(options), answer);
    return answer.pems;
  }

  #recent(key: string): NativeStore | undefined {
    const cached = this.#stores.get(key);
    return cached && this.#isRecent(cached.readAt) ? cached.store : undefined;
  }

  #isRecent(readAt: number): boolean {
    return Math.abs(this.#now() - readAt) < MOST_AGE_MS;
  }

  #keep(key: string, store: NativeStore): NativeStore {
    const known = this.#stores.get(key);
    if (known?.store.isSameRead(store) === true) return known.store;
    const { size: certificates, errors, durationMs } = store;
    log('debug', 'The system store was read', { certificates, errors: errors.length, durationMs });
    this.#stores.delete(key);
    this.#stores.set(key, { store, readAt: this.#now(), usable: new Map() });
    if (this.#stores.size > MAX_STORES) {
      const oldest = this.#stores.keys().next();
      if (oldest.done !== true) this.#stores.delete(oldest.value);
    }
    return store;
  }

  #wait(key: string, options: StoreRead): Promise<NativeStore> {
    const pending = this.#pending.get(key) ?? this.#startShared(key, options);
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: (store: NativeStore): void => {
          timer.stop();
          resolve(store);
        },
      };
      const timer = new PatientTimer(options.deadlineMs, () => {
        pending.waiters.delete(waiter);
        if (pending.waiters.size === 0) pending.read.unref();
        reject(deadlineError(options.deadlineMs));
      });
      pending.waiters.add(waiter);
      pending.read.ref();
    });
  }

  #startShared(key: string, options: StoreRead): PendingStore {
    const waiters: PendingStore['waiters'] = new Set();
    const read = this.start(options, (store) => {
      this.#pending.delete(key);
      for (const waiter of waiters) waiter.resolve(store);
    });
    const pending = { read, waiters };
    this.#pending.set(key, pending);
    return pending;
  }
}

let threadCache: StoreCache | undefined;

/** This thread's cache over the addon, which is loaded at the first call. */
export function systemStoreCache(): StoreCache {
  return (threadCache ??= new StoreCache(loadBinding()));
}

function withClock(policy: StoreRead['policy']): NativePolicy {
  return { ...policy, now: wallClock() };
}

function policyKey({ policy }: StoreRead): string {
  return `${policy.purpose} ${String(policy.intermediates)} ${String(policy.expired)}`;
}

/** The items of all pages, with a turn of the event loop between pages. */
export async function collectPages<Item>(
  readPage: (from: number) => NativePage<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from >= 0;) {
    const page = readPage(from);
    for (const item of page.items) items.push(item);
    from = page.next;
    if (from >= 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return items;
}

export function deadlineError(deadlineMs: number): TruststoreError {
  return new TruststoreError(
    ErrorCodes.DEADLINE,
    `The system store did not answer within ${String(deadlineMs)} ms`,
    {
      operation: 'read system store',
      remedy:
        'Try a longer deadlineMs; a network drive or a security service may be slow to answer.',
    },
  );
}
