/**
 * One abort signal for "time is over" and "the caller has given up", which leaves no timer or listener once released.
 */
import { PatientTimer } from './patient-timer.js';

export class Deadline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #timer: PatientTimer;

  constructor(ms: number, parent?: AbortSignal) {
    this.#parent = parent;
    this.#timer = new PatientTimer(ms, () => {
      this.#controller.abort(timeoutError(ms));
    });
    if (parent?.aborted === true) this.#forward();
    else parent?.addEventListener('abort', this.#forward);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    this.#timer.stop();
    this.#parent?.removeEventListener('abort', this.#forward);
  }

  readonly #forward = (): void => {
    this.#timer.stop();
    this.#controller.abort(this.#parent?.reason);
  };
}

/** The same kind of error that `AbortSignal.timeout` makes. */
function timeoutError(ms: number): Error {
  return new DOMException(`not done within ${ms} ms`, 'TimeoutError');
}

/** Waits for `work` until the signal aborts, then rejects. The work goes on unless it listens to the signal as well. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    forget = () => {
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
  }
}
