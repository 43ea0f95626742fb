/**
 * Replaces exports of builtin modules, for CommonJS and for ES modules, and restores them.
 */
import { loadBuiltin } from '../base/builtins.js';

/** A replaced export, while it is active. */
export interface Patch {
  /** True while the export still is our replacement, that is, no other code has patched over it. */
  isOutermost: () => boolean;
  /** Restores the export. If other code has patched over it, our replacement stays below and passes calls through. */
  undo: () => void;
}

export type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Replaces an export of a builtin for CommonJS and, once {@link syncModules} is called, for the live bindings of ES modules.
 *
 * @param wrap - receives the present export and returns its replacement
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

/** Our inactive replacements and their originals. A program may put one back; it must not be wrapped again each time. */
const passedThrough = new WeakMap<AnyFunction, AnyFunction>();

export type AnyConstructor = new (...args: never[]) => object;

/**
 * Like {@link patchExport}, but for a class: `instanceof`, statics and subclasses see the original.
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
    // Function.prototype.toString() does not show the source of a proxy's target.
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
      // If the exports have been frozen since, the replacement stays there and does nothing any more.
      if (descriptor) Reflect.defineProperty(exports, name, descriptor);
      else Reflect.deleteProperty(exports, name);
      facesAreStale = true;
    },
  };
}

/** Copies what callers may look at: name and number of parameters. */
function copyShape(copy: AnyFunction, original: AnyFunction): void {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(copy, key, { value: original[key], configurable: true });
  }
}

let facesAreStale = false;

/**
 * Gives ES modules that have imported a builtin by name its present exports. Call it only from calls of the program that are
 * about injecting: it reads every getter of every imported builtin, and V8 ends the process if one of these is still being
 * loaded, as in one of its own getters. A builtin that is imported later shows its present exports without this.
 */
export function syncModules(): void {
  if (!facesAreStale) return;
  facesAreStale = false;
  try {
    loadBuiltin('node:module').syncBuiltinESMExports();
  } catch {
    // On Node 18 an accessor that the program has put on any builtin can throw here.
  }
}
