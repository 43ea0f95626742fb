/**
 * A time-out for what answers through the event loop. Node runs timers that are due before it looks at what has arrived, so
 * that a program that was busy for a while would hear "too late" of an answer that is there: it gets one turn more.
 */
export class PatientTimer {
  readonly #timer: NodeJS.Timeout;
  #turn: NodeJS.Immediate | undefined;

  constructor(ms: number, end: () => void) {
    this.#timer = setTimeout(() => {
      this.#turn = setImmediate(end);
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }
}
