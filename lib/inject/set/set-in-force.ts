/**
 * Holds the set that an injection uses. It takes the set when a program first needs it, judges it again when dates pass, and replaces it
 * when the store or the options have changed.
 */
import { log } from '../../base/log.js';
import { wallClock } from '../../base/machine-time.js';
import { part } from '../../base/part.js';
import type { ResolvedTrustOptions } from '../../trust/options/resolved-options.js';
import { emptySetError } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { toTruststoreError } from '../faults.js';
import type { Faults } from '../faults.js';
import type { TrustDiff } from '../types.js';
import { SetKeeper } from './set-keeper.js';

const loadTrustDiff = part(() => require('./trust-diff.js') as typeof import('./trust-diff.js'));
const loadTrustSets = part(
  () => require('../../trust/trust-sets.js') as typeof import('../../trust/trust-sets.js'),
);
const loadTrustedCas = part(
  () => require('../../trust/trusted-cas.js') as typeof import('../../trust/trusted-cas.js'),
);

const NO_CHANGE = (): TrustDiff => ({ added: [], removed: [] });

/** Where the set is used. */
export interface SetUsers {
  /** The store has answered, for the first time or late; on the event loop. */
  answered(): void;
  /** `set` is what is used now. `removed`: something that was trusted is not any more. */
  update(set: TrustSet, removed: boolean): void;
  /** Other certificates are trusted than before. */
  trustChanged(): void;
  /** The same, for programs. */
  changed(diff: TrustDiff): void;
}

export class SetInForce {
  readonly #keeper: SetKeeper;
  readonly #faults: Faults;
  readonly #users: SetUsers;
  /** A program has needed the set. */
  #asked = false;
  /** Taking the set has failed; it is not tried again before the next read. */
  #failed = false;
  /** The set whose certificates the runtime has been asked about. */
  #askedAbout: TrustSet | undefined;

  constructor(trust: ResolvedTrustOptions, deadlineMs: number, faults: Faults, users: SetUsers) {
    this.#faults = faults;
    this.#users = users;
    this.#keeper = new SetKeeper(trust, deadlineMs, {
      answered: () => {
        users.answered();
      },
      warning: (warning) => {
        faults.warn(warning);
      },
      due: () => {
        this.#judgeAgain(false);
      },
    });
  }

  get late(): boolean {
    return this.#keeper.late;
  }

  /** Undefined until a program first needs it. */
  get used(): TrustSet | undefined {
    return this.#keeper.used;
  }

  get isReady(): boolean {
    return this.#keeper.isReady;
  }

  remainingMs(): number {
    return this.#keeper.remainingMs();
  }

  ref(): void {
    this.#keeper.ref();
  }

  stop(): void {
    this.#keeper.stop();
  }

  /**
   * Starts reading, or reads again; the set in use stays in use until that is done. See {@link SetKeeper.start}.
   *
   * @param isAwaited - whether a caller waits for the present state of the store
   */
  start(trust?: ResolvedTrustOptions, deadlineMs?: number, isAwaited = false): void {
    this.#failed = false;
    this.#keeper.start(trust, deadlineMs, isAwaited);
    if (isAwaited) this.#keeper.ref();
  }

  current(): TrustSet | undefined {
    if (this.#keeper.isDue) this.#judgeAgain(true);
    const known = this.#keeper.used;
    if (known || this.#failed) return known;
    this.#asked = true;
    try {
      const set = this.#keeper.take();
      log('debug', 'The set of trusted CAs is in use', {
        certificates: set.size,
        additions: set.additions.length,
        distrusted: set.distrusted.length,
      });
      this.#faults.report(set);
      return set;
    } catch (error) {
      // This runs inside a program's connection, which must continue with the defaults rather than fail because of us.
      this.#failed = true;
      this.#faults.warn(toTruststoreError(error));
      return undefined;
    }
  }

  settled(): TrustSet | undefined {
    const set = this.current();
    if (!set || set === this.#askedAbout) return set;
    this.#askedAbout = set;
    this.#faults.safely(() => {
      const settled = loadTrustedCas().withoutRefused(set);
      if (settled !== set) this.#askedAbout = this.#useInstead(settled);
    });
    return this.#askedAbout;
  }

  withoutRefused(): TrustSet | undefined {
    const set = this.#keeper.used?.at(wallClock());
    return set && this.#useInstead(set);
  }

  /** Uses a set of the same sources as the present one. */
  #useInstead(set: TrustSet): TrustSet {
    if (set.size === 0) throw emptySetError(set.errors);
    const before = this.#keeper.used;
    this.#keeper.use(set);
    this.#faults.report(set, before);
    return set;
  }

  /** Adopts what is asked for now, at once if a set is in use. */
  adoptNow(): void {
    if (this.#keeper.used) this.#adopt(this.#keeper.nextNow());
  }

  /** Takes what the store has answered. Merges nothing for a program that has asked for nothing. */
  takeAnswer(): TrustDiff {
    const set = this.#asked ? this.#keeper.next(0) : undefined;
    return set && set !== this.#keeper.used ? this.#adopt(set) : NO_CHANGE();
  }

  /** @param inside - whether this runs inside a program's connection */
  #judgeAgain(inside: boolean): void {
    this.#faults.safely(() => {
      this.#adopt(this.#keeper.judgeAgain(), inside);
    });
  }

  /** @param inside - whether it is too early to call the program's listeners */
  #adopt(set: TrustSet, inside = false): TrustDiff {
    if (set.size === 0) throw emptySetError(set.errors);
    // Before anything changes: where they cannot be loaded, what is in use stays in use everywhere.
    const { sameExclusions, sameTrustSet } = loadTrustSets();
    const { diffTrustSets, takesTrustAway } = loadTrustDiff();
    const before = this.#keeper.used;
    this.#keeper.use(set);
    this.#faults.report(set, before);
    if (before && sameTrustSet(before, set)) {
      // What a program's own list names is judged by them as well.
      if (!sameExclusions(before, set)) this.#users.update(set, true);
      return NO_CHANGE();
    }
    this.#users.update(set, before !== undefined && takesTrustAway(before, set));
    this.#users.trustChanged();
    const diff = diffTrustSets(before, set);
    log('info', 'The set of trusted CAs has changed', {
      added: diff.added.map((certificate) => certificate.fingerprint256),
      removed: diff.removed.map((certificate) => certificate.fingerprint256),
    });
    const tell = (): void => {
      this.#users.changed(diff);
    };
    if (inside) setImmediate(tell);
    else tell();
    return diff;
  }
}
