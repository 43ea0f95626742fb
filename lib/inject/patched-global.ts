/**
 * A property of a global object replaced and put back.
 */
export class PatchedGlobal<Holder extends object> {
  readonly #holder: Holder;
  readonly #name: keyof Holder & string;
  #descriptor: PropertyDescriptor | undefined;
  #value: unknown;

  constructor(holder: Holder, name: keyof Holder & string) {
    this.#holder = holder;
    this.#name = name;
  }

  /** Does nothing where the runtime has no such property. */
  install<Value>(wrap: (original: Value) => Value): void {
    const original = this.#holder[this.#name] as unknown as Value | undefined;
    if (original === undefined || this.#descriptor) return;
    this.#descriptor = Object.getOwnPropertyDescriptor(this.#holder, this.#name);
    this.#value = wrap(original);
    Object.defineProperty(this.#holder, this.#name, {
      configurable: true,
      enumerable: this.#descriptor?.enumerable ?? true,
      writable: true,
      value: this.#value,
    });
  }

  /** A replacement somebody else has put on top stays. */
  restore(): void {
    if (!this.#descriptor || this.#holder[this.#name] !== this.#value) return;
    Object.defineProperty(this.#holder, this.#name, this.#descriptor);
    this.#descriptor = undefined;
  }
}
