/**
 * A time-out for answers that arrive through the event loop. Node runs due timers before it looks at what has arrived, so a
 * busy program would see a time-out although the answer is there; this timer gives it one more turn of the loop.
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
