/**
 * Keeps the callers that wait for a reload, each with its deadline.
 */
import { PatientTimer } from '../base/patient-timer.js';
import { deadlineError } from '../trust/store/store-cache.js';
import type { TrustDiff } from './types.js';

interface Reloading {
  resolve: (diff: TrustDiff) => void;
  reject: (error: unknown) => void;
  timer: PatientTimer;
}

export class Reloads {
  #waiting: Reloading[] = [];

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** @param start - starts to read, when the new caller is already among those that wait */
  add(deadlineMs: number, start: () => void): Promise<TrustDiff> {
    return new Promise((resolve, reject) => {
      const timer = new PatientTimer(deadlineMs, () => {
        this.#waiting = this.#waiting.filter((waiting) => waiting.timer !== timer);
        reject(deadlineError(deadlineMs));
      });
      this.#waiting.push({ resolve, reject, timer });
      start();
    });
  }

  resolve(diff: TrustDiff): void {
    for (const { resolve } of this.#take()) resolve(diff);
  }

  reject(error: unknown): void {
    for (const { reject } of this.#take()) reject(error);
  }

  #take(): Reloading[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { timer } of waiting) timer.stop();
    return waiting;
  }
}
