/**
 * Replaces a function or class of the runtime by one that changes its arguments, and restores it. The replacement is a proxy,
 * so name, length, statics, prototype and subclasses are the original's, and the property keeps its kind.
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
   * @param change - makes the arguments for the original; when it throws, the caller's arguments are used
   * @param note - receives what a call with the caller's arguments has returned
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

  /** Does nothing where the runtime has no such function. One that cannot be replaced is left alone, with a warning. */
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
      // Another library's accessor has thrown.
    }
    warn(
      ErrorCodes.UNSUPPORTED_RUNTIME,
      `${this.#name} of this process cannot be replaced; what it connects to is verified as without inject()`,
    );
  }

  /** Restores the original. A replacement that other code has put on top stays, and ours below passes everything through. */
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
    // An assignment by the program means the original property.
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

  /** A call without arguments is an error, which the original reports. */
  #changed(args: Arguments): Arguments {
    if (!this.#active || args.length === 0) return args;
    try {
      return this.#change(args);
    } catch {
      // The options throw when they are read; the original will find that out itself.
      return args;
    }
  }
}
