/**
 * Obtains trust sets under two rules: nothing waits longer than its deadline, and no trusted certificate is lost because a
 * source failed.
 */
import { wallClock } from '../../base/machine-time.js';
import { part } from '../../base/part.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { ResolvedTrustOptions } from '../../trust/options/resolved-options.js';
import { startTrustSet } from '../../trust/pending-trust-set.js';
import type { PendingTrustSet } from '../../trust/pending-trust-set.js';
import { emptySetError } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { StoreError } from '../../types.js';
import { LOOK_MS, ValidityClock } from './validity-clock.js';

const loadTrustDiff = part(() => require('./trust-diff.js') as typeof import('./trust-diff.js'));

export interface KeeperEvents {
  /** Called on the event loop when the store has answered, for the first time or late. */
  answered(): void;
  warning(warning: TruststoreError): void;
  /** Called on the event loop; see {@link SetKeeper.isDue}. */
  due(): void;
}

export class SetKeeper {
  readonly #events: KeeperEvents;
  readonly #clock: ValidityClock;
  readonly #startedAt = process.hrtime();
  #trust: ResolvedTrustOptions;
  #deadlineMs: number;
  #pending: PendingTrustSet | undefined;
  /** The answer from which {@link #set} was made, if it was a complete one. */
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

  /** The set in use; undefined before it is first needed. */
  get used(): TrustSet | undefined {
    return this.#set;
  }

  /** True when a validity period has begun or ended, or the clock was set: call {@link judgeAgain} then. Costs nothing. */
  get isDue(): boolean {
    return this.#clock.isDue();
  }

  /**
   * Starts reading, or starts over with the present options.
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

  /** True when {@link take} would answer at once. */
  get isReady(): boolean {
    return this.#set !== undefined || this.#pending?.isReady() === true;
  }

  remainingMs(): number {
    // performance.now() is not used, because its first use loads a module of Node's, which takes most of a millisecond.
    const [seconds, nanoseconds] = process.hrtime(this.#startedAt);
    return Math.max(0, this.#deadlineMs - (seconds * 1e3 + nanoseconds / 1e6));
  }

  ref(): void {
    this.#pending?.ref();
  }

  /**
   * The set to use from now on. Waits until the deadline at most, and then makes it without the store.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`
   */
  take(): TrustSet {
    const set = this.#obtain();
    // An empty set is watched too, because what it lacks may become valid later.
    this.#clock.watch(set.validity);
    if (set.size === 0) throw emptySetError(set.errors);
    return (this.#set = set);
  }

  /** The set in use, or else the one that could be used, judged by the present date. Reads nothing. May be empty. */
  judgeAgain(): TrustSet {
    const now = wallClock();
    // If judging fails, this keeps it from being tried at every connection.
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

  /** Makes the set by the same rules, with the last answer of the store in place of the missing one. */
  #withoutAnswer(pending: PendingTrustSet): TrustSet {
    if (!this.#late) {
      this.#late = true;
      this.#events.warning(lateError(this.#deadlineMs));
    }
    return pending.withStore(this.#set?.store);
  }

  /**
   * The set for the present options, for a caller that cannot wait longer than the deadline, or not at all if the store has
   * missed the deadline before. Then the store's last answer, including distrust, is used until there is a new one.
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
   * The set as it would be now. Undefined when the store does not answer within `ms`.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`, or the failure of a source that would take certificates away
   */
  next(ms: number): TrustSet | undefined {
    // A caller that could not wait has already taken this answer, before the event loop announced it.
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

  /** Makes `set` the one in use. */
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

/** A failure that is new in `after`; a bad certificate is not a failure of its source. */
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
