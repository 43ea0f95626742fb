/**
 * A function or class of the runtime replaced by one that changes its arguments, and put back. It is a proxy, so that
 * name, length, statics, prototype and subclasses are the original's, and the property stays of the kind it was.
 */
import { warn } from '../base/log.js';
import { ErrorCodes } from '../errors.js';

type Arguments = unknown[];
type Original = ((...args: Arguments) => unknown) & (new (...args: Arguments) => object);

export class PatchedGlobal {
  readonly #holder: object;
  readonly #name: string;
  readonly #change: (args: Arguments) => Arguments;
  readonly #note: ((result: unknown, args: Arguments) => void) | undefined;
  #active = false;
  #before: PropertyDescriptor | undefined;
  #installed: PropertyDescriptor | undefined;

  /**
   * @param change - the arguments for the original; when it throws, they are those of the caller
   * @param note - is told what a call with the caller's arguments has returned
   */
  constructor(
    holder: object,
    name: string,
    change: (args: Arguments) => Arguments,
    note?: (result: unknown, args: Arguments) => void,
  ) {
    this.#holder = holder;
    this.#name = name;
    this.#change = change;
    this.#note = note;
  }

  /** Does nothing where the runtime has no such function. One that cannot be replaced is left alone with a warning. */
  install(): void {
    if (this.#installed) return;
    try {
      const original: unknown = Reflect.get(this.#holder, this.#name);
      if (typeof original !== 'function') return;
      this.#before = Object.getOwnPropertyDescriptor(this.#holder, this.#name);
      const installed = this.#describe(this.#wrap(original as Original));
      if (Reflect.defineProperty(this.#holder, this.#name, installed)) {
        this.#installed = Object.getOwnPropertyDescriptor(this.#holder, this.#name);
        this.#active = true;
        return;
      }
    } catch {
      // An accessor of somebody's that throws.
    }
    warn(
      ErrorCodes.UNSUPPORTED_RUNTIME,
      `${this.#name} of this process cannot be replaced; what it connects to is verified as without inject()`,
    );
  }

  /** A replacement somebody else has put on top stays, and ours below it passes everything through. */
  restore(): void {
    const installed = this.#installed;
    this.#active = false;
    this.#installed = undefined;
    const now = Object.getOwnPropertyDescriptor(this.#holder, this.#name);
    if (!installed || now?.value !== installed.value || now?.get !== installed.get) return;
    if (this.#before) Reflect.defineProperty(this.#holder, this.#name, this.#before);
    else Reflect.deleteProperty(this.#holder, this.#name);
  }

  #describe(value: unknown): PropertyDescriptor {
    const before = this.#before;
    if (!before?.get) {
      return { configurable: true, enumerable: true, writable: true, ...before, value };
    }
    // Whoever assigns does so to the original property.
    const set = (given: unknown): void => {
      this.restore();
      Reflect.set(this.#holder, this.#name, given);
    };
    return { ...before, get: () => value, ...(before.set && { set }) };
  }

  #wrap(original: Original): Original {
    const replacement: Original = new Proxy(original, {
      apply: (target, self, args: Arguments): unknown => {
        const result: unknown = Reflect.apply(target, self, this.#changed(args));
        if (this.#active) this.#note?.(result, args);
        return result;
      },
      construct: (target, args: Arguments, newTarget): object =>
        Reflect.construct(
          target,
          this.#changed(args),
          newTarget === replacement ? target : newTarget,
        ) as object,
      get: (target, key): unknown =>
        key === 'toString'
          ? () => Function.prototype.toString.call(target)
          : Reflect.get(target, key, target),
    });
    return replacement;
  }

  /** Without arguments it is an error, which is the original's to tell. */
  #changed(args: Arguments): Arguments {
    if (!this.#active || args.length === 0) return args;
    try {
      return this.#change(args);
    } catch {
      // Options that throw when they are looked at, which the original will find out.
      return args;
    }
  }
}
