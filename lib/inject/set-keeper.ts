/**
 * Obtains trust sets under the rules that nothing waits longer than its deadline and nothing trusted is lost because a
 * source failed.
 */
import { wallClock } from '../base/machine-time.js';
import { part } from '../base/part.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { ResolvedTrustOptions } from '../trust/options/resolved-options.js';
import { startTrustSet } from '../trust/pending-trust-set.js';
import type { PendingTrustSet } from '../trust/pending-trust-set.js';
import { emptySetError } from '../trust/trust-set.js';
import type { TrustSet } from '../trust/trust-set.js';
import type { StoreError } from '../types.js';
import { LOOK_MS, ValidityClock } from './validity-clock.js';

const loadTrustDiff = part(() => require('./trust-diff.js') as typeof import('./trust-diff.js'));

export interface KeeperEvents {
  /** The store has answered, for the first time or late; on the event loop. */
  answered(): void;
  warning(warning: TruststoreError): void;
  /** See {@link SetKeeper.isDue}; on the event loop. */
  due(): void;
}

export class SetKeeper {
  readonly #events: KeeperEvents;
  readonly #clock: ValidityClock;
  readonly #startedAt = process.hrtime();
  #trust: ResolvedTrustOptions;
  #deadlineMs: number;
  #pending: PendingTrustSet | undefined;
  /** What {@link #set} was made of, where that was a whole answer. */
  #taken: PendingTrustSet | undefined;
  #set: TrustSet | undefined;
  #late = false;

  constructor(trust: ResolvedTrustOptions, deadlineMs: number, events: KeeperEvents) {
    this.#trust = trust;
    this.#deadlineMs = deadlineMs;
    this.#events = events;
    this.#clock = new ValidityClock(() => {
      events.due();
    });
  }

  /** True while the deadline has passed and the store has not answered. */
  get late(): boolean {
    return this.#late;
  }

  /** The set in use; undefined before anybody needed it. */
  get used(): TrustSet | undefined {
    return this.#set;
  }

  /** Whether a validity period has begun or ended, or the clock has been set: {@link judgeAgain}. Costs nothing. */
  get isDue(): boolean {
    return this.#clock.isDue();
  }

  /**
   * Starts reading, or starts over with what is asked for now.
   *
   * @param fresh - see {@link startTrustSet}
   */
  start(
    trust: ResolvedTrustOptions = this.#trust,
    deadlineMs = this.#deadlineMs,
    fresh = false,
  ): void {
    this.#trust = trust;
    this.#deadlineMs = deadlineMs;
    this.#pending?.cancel();
    const answered = (): void => {
      if (this.#pending === pending) this.#events.answered();
    };
    const pending = startTrustSet(trust, answered, fresh);
    this.#pending = pending;
  }

  /** Whether {@link take} would answer at once. */
  get isReady(): boolean {
    return this.#set !== undefined || this.#pending?.isReady() === true;
  }

  remainingMs(): number {
    // Not performance.now(): its first use in a process loads a module of Node's, which takes most of a millisecond.
    const [seconds, nanoseconds] = process.hrtime(this.#startedAt);
    return Math.max(0, this.#deadlineMs - (seconds * 1e3 + nanoseconds / 1e6));
  }

  ref(): void {
    this.#pending?.ref();
  }

  /**
   * The set to use from now on, waiting until the deadline at most; then what is there without the store.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`
   */
  take(): TrustSet {
    const set = this.#obtain();
    // An empty one as well: what it lacks may be valid later.
    this.#clock.watch(set.validity);
    if (set.size === 0) throw emptySetError(set.errors);
    return (this.#set = set);
  }

  /** What is in use, or else what there was to use, by the dates of now. Nothing is read. May be empty. */
  judgeAgain(): TrustSet {
    const now = wallClock();
    // Should this fail, it is not tried with every connection.
    this.#clock.watch({ since: now, until: now + LOOK_MS });
    const set = this.#set?.at(now) ?? this.#obtain();
    this.#clock.watch(set.validity);
    return set;
  }

  #obtain(): TrustSet {
    const pending = this.#pending;
    if (!pending) throw new Error('take() before start()');
    const set = pending.wait(this.#late ? 0 : this.remainingMs());
    if (set) {
      this.#late = false;
      this.#taken = pending;
      return set;
    }
    return this.#withoutAnswer(pending);
  }

  /** By the same rules, the last answer of the store standing for the one that is missing. */
  #withoutAnswer(pending: PendingTrustSet): TrustSet {
    if (!this.#late) {
      this.#late = true;
      this.#events.warning(lateError(this.#deadlineMs));
    }
    return pending.withStore(this.#set?.store);
  }

  /**
   * What is asked for now, for somebody who cannot wait any longer: until the deadline, and not at all for a store that
   * has missed it before. Then the former answer of the store stands, distrust included, until there is a new one.
   *
   * @throws TruststoreError as {@link next}
   */
  nextNow(): TrustSet {
    const set = this.next(this.#late ? 0 : this.#deadlineMs);
    if (set) return set;
    const pending = this.#pending;
    if (!pending) throw new Error('nextNow() before start()');
    const unanswered = this.#withoutAnswer(pending);
    if (unanswered.size === 0) throw emptySetError(unanswered.errors);
    return unanswered;
  }

  /**
   * What the set would be now. Undefined when the store does not answer within `ms`.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`, or the failure of a source that would take certificates away
   */
  next(ms: number): TrustSet | undefined {
    // Whoever could not wait has taken the answer before it was told of on the event loop, and is waiting for the network now.
    if (this.#set && this.#taken === this.#pending) return this.#set;
    const set = this.#pending?.wait(ms);
    if (!set) return undefined;
    this.#late = false;
    if (set.size === 0) throw emptySetError(set.errors);
    const failure = this.#set && newFailure(this.#set, set);
    if (failure && this.#set && loadTrustDiff().takesTrustAway(this.#set, set)) {
      throw sourceFailed(failure.message, set);
    }
    return set;
  }

  /** From now on `set` is what is in use. */
  use(set: TrustSet): void {
    this.#set = set;
    this.#clock.watch(set.validity);
  }

  stop(): void {
    this.#pending?.cancel();
    this.#pending = this.#taken = undefined;
    this.#clock.stop();
  }
}

/** What fails now and did not before; a bad certificate is no failure of its source. */
function newFailure(before: TrustSet, after: TrustSet): StoreError | undefined {
  const known = new Set(before.errors.map(({ operation, path }) => `${operation} ${path ?? ''}`));
  return after.errors.find(
    ({ code, operation, path }) =>
      code !== ErrorCodes.BAD_CERTIFICATE && !known.has(`${operation} ${path ?? ''}`),
  );
}

function lateError(deadlineMs: number): TruststoreError {
  return new TruststoreError(
    ErrorCodes.DEADLINE,
    `The system store did not answer within ${String(deadlineMs)} ms; its CAs are used as soon as it does`,
    {
      operation: 'read system store',
      remedy:
        'Try a longer deadlineMs; a network drive or a security service may be slow to answer.',
    },
  );
}

function sourceFailed(message: string, set: TrustSet): TruststoreError {
  return new TruststoreError(
    ErrorCodes.READ_FAILED,
    `The system store could not be read completely, so the former set stays in force: ${message}`,
    { operation: 'reload', errors: set.errors },
  );
}
