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
  /** Somebody has needed the set. */
  #asked = false;
  /** There was none to be had; not tried again before the next read. */
  #failed = false;
  /** The set of which the runtime has been asked about each certificate. */
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

  /** Undefined before anybody needed it. */
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
   * Reads, or reads again; until it is done what is in use stays in use. See {@link SetKeeper.start}.
   *
   * @param isAwaited - by somebody who has asked for what there is now
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
      // Inside somebody's connection: it must go on with the defaults rather than fail because of us.
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

  /** Of the same sources as the one in use. */
  #useInstead(set: TrustSet): TrustSet {
    if (set.size === 0) throw emptySetError(set.errors);
    const before = this.#keeper.used;
    this.#keeper.use(set);
    this.#faults.report(set, before);
    return set;
  }

  /** What is asked for now, at once when the set is in use. */
  adoptNow(): void {
    if (this.#keeper.used) this.#adopt(this.#keeper.nextNow());
  }

  /** What the store has answered. Nothing is merged for a program that has not asked for anything. */
  takeAnswer(): TrustDiff {
    const set = this.#asked ? this.#keeper.next(0) : undefined;
    return set && set !== this.#keeper.used ? this.#adopt(set) : NO_CHANGE();
  }

  /** @param inside - in the middle of somebody's connection */
  #judgeAgain(inside: boolean): void {
    this.#faults.safely(() => {
      this.#adopt(this.#keeper.judgeAgain(), inside);
    });
  }

  /** @param inside - where no listener of the program's is called */
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
