/**
 * Notices that what was judged by dates has to be judged again. A timer counts the time that passes, not the one that is told:
 * it sees neither a clock that is set (devices that boot before NTP) nor, on most systems, a sleep. So whoever uses the set
 * asks, which is a comparison of numbers and needs nobody's events; and the timer, for all that passes us by, looks again and
 * again.
 */
import { startTimer, stopTimer, wallClock } from '../base/machine-time.js';
import { holdsAt } from '../base/validity.js';
import type { Validity } from '../base/validity.js';

/** As often as a watched store is looked at. Far below what a timer can count, which is 24 days. */
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

  /** What is in use from now on has been judged. */
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
