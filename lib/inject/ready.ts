/**
 * The promise of an injection that the store has been read, has failed, or has missed its deadline. It never rejects.
 */
import type { Report } from './types.js';

export class Ready {
  readonly promise: Promise<Report>;
  #resolve: (report: Report) => void = () => undefined;
  readonly #timer: NodeJS.Timeout;

  /** @param late - called when `ms` have passed and nothing has come */
  constructor(ms: number, late: () => void) {
    this.promise = new Promise((settle) => (this.#resolve = settle));
    this.#timer = setTimeout(late, ms);
  }

  settle(report: Report): void {
    clearTimeout(this.#timer);
    this.#resolve(report);
  }
}
