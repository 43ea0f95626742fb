/**
 * Notices when a judgement by dates must be made again. A timer alone would not do: it counts elapsed time, so it misses a
 * clock that is set (devices that boot before NTP) and, on most systems, a sleep. So users of the set also ask, which only
 * compares numbers; the timer looks at intervals for the rest.
 */
import { startTimer, stopTimer, wallClock } from '../../base/machine-time.js';
import { holdsAt } from '../../base/validity.js';
import type { Validity } from '../../base/validity.js';

/** How often to look, the same as for a watched store. A timer can count at most 24 days. */
export const LOOK_MS = 60_000;

export class ValidityClock {
  readonly #due: () => void;
  #validity: Validity | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param due - called in a turn of its own, at most once for each `watch`; never keeps the process alive */
  constructor(due: () => void) {
    this.#due = due;
  }

  /** False before the first `watch`. */
  isDue(): boolean {
    return this.#validity !== undefined && !holdsAt(this.#validity, wallClock());
  }

  /** Watches the validity of a set that has just been judged. */
  watch(validity: Validity): void {
    this.#validity = validity;
    stopTimer(this.#timer);
    const left = Math.max(0, validity.until - wallClock());
    this.#timer = startTimer(
      () => {
        if (this.isDue()) this.#due();
        else this.watch(validity);
      },
      Math.min(left, LOOK_MS),
    ).unref();
  }

  stop(): void {
    stopTimer(this.#timer);
    this.#validity = this.#timer = undefined;
  }
}
