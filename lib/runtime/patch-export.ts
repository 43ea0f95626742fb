/**
 * Replaces what builtin modules export, for CommonJS and for ES modules, and takes it back.
 */
import { loadBuiltin } from '../base/builtins.js';

/** A replaced export, as long as it is active. */
export interface Patch {
  /** True when the export still is the replacement: nobody has patched over it. */
  isOutermost: () => boolean;
  /**
   * Takes the replacement back. When somebody has patched over it, it stays below as a pass-through to what it replaced.
   */
  undo: () => void;
}

export type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Replaces an export of a builtin for CommonJS and, once {@link syncModules} is called, for the live bindings of ES modules.
 *
 * @param wrap - gets the present export and gives its replacement
 */
export function patchExport<Exports extends object>(
  exports: Exports,
  name: keyof Exports & string,
  wrap: (original: AnyFunction) => AnyFunction,
): Patch {
  const present = exports[name] as AnyFunction;
  const original = passedThrough.get(present) ?? present;
  const replacement = wrap(original);
  let active = true;
  const installed = function (this: unknown, ...args: unknown[]): unknown {
    return (active ? replacement : original).apply(this, args);
  };
  copyShape(installed, original);
  return install(exports, name, installed, () => {
    active = false;
    passedThrough.set(installed, original);
  });
}

/** Replacements of ours that are over, which a program may have put back: not to be stacked time after time. */
const passedThrough = new WeakMap<AnyFunction, AnyFunction>();

export type AnyConstructor = new (...args: never[]) => object;

/**
 * {@link patchExport} for a class: `instanceof`, statics and subclasses see the original.
 *
 * @param construct - makes the instance; `create` is `new` of the original with other arguments
 */
export function patchConstructor<Exports extends object>(
  exports: Exports,
  name: keyof Exports & string,
  construct: (args: unknown[], create: (args: unknown[]) => object) => object,
): Patch {
  const original = exports[name] as AnyConstructor;
  let active = true;
  const installed: AnyConstructor = new Proxy(original, {
    construct: (target, args: unknown[], newTarget) => {
      const constructed =
        (newTarget as unknown) === installed ? target : (newTarget as AnyConstructor);
      const create = (changed: unknown[]): object =>
        Reflect.construct(target, changed as never[], constructed);
      return active ? construct(args, create) : create(args);
    },
    // Of a proxy, Function.prototype.toString() knows nothing.
    get: (target, key, receiver) =>
      key === 'toString'
        ? target.toString.bind(target)
        : (Reflect.get(target, key, receiver) as unknown),
  });
  return install(exports, name, installed, () => (active = false));
}

function install(exports: object, name: string, value: unknown, deactivate: () => void): Patch {
  const descriptor = Object.getOwnPropertyDescriptor(exports, name);
  const current = (): unknown => (exports as Record<string, unknown>)[name];
  let installed = true;
  Object.defineProperty(exports, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    ...descriptor,
    value,
  });
  facesAreStale = true;
  return {
    isOutermost: () => current() === value,
    undo: () => {
      if (!installed) return;
      installed = false;
      deactivate();
      if (current() !== value) return;
      // Exports that were frozen since keep it, and it does nothing any more.
      if (descriptor) Reflect.defineProperty(exports, name, descriptor);
      else Reflect.deleteProperty(exports, name);
      facesAreStale = true;
    },
  };
}

/** What callers may look at: name and number of parameters. */
function copyShape(copy: AnyFunction, original: AnyFunction): void {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(copy, key, { value: original[key], configurable: true });
  }
}

let facesAreStale = false;

/**
 * Gives ES modules that have imported a builtin by name what its exports are now. Only for calls of the program that are
 * about injecting: this reads every getter of every builtin that was imported, and while one of those is being loaded, as
 * in one of its own getters, V8 ends the process. A builtin nobody has imported yet needs none of it.
 */
export function syncModules(): void {
  if (!facesAreStale) return;
  facesAreStale = false;
  try {
    loadBuiltin('node:module').syncBuiltinESMExports();
  } catch {
    // Node 18 lets an accessor of the program's own, on any builtin, throw here.
  }
}
