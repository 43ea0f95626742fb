/**
 * One signal for "time is over" and "the caller has given up", with nothing left behind once it is released.
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

/** As `AbortSignal.timeout` has it. */
function timeoutError(ms: number): Error {
  return new DOMException(`not done within ${ms} ms`, 'TimeoutError');
}

/** `work`, given up when the signal says so. The work itself goes on unless it listens to the signal, too. */
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
