/**
 * Holds the one injection of this thread for every copy of this package. It is a property of a builtin's exports, which are
 * the same object in CommonJS, ES modules, vm contexts and jest's sandboxes, where `globalThis` and `process` differ.
 */
import * as anchor from 'node:diagnostics_channel';

import type { InjectOptions, Injection } from './types.js';

/** What copies of the package, perhaps of different versions, rely on in each other. Add to it, but do not change it. */
export interface RegisteredInjection extends Injection {
  /** True when a `ca` that holds all of Node's roots is treated as the defaults. Versions before 0.2 lack it. */
  readonly takesRootLists?: boolean;
  /** Replaces the options from now on. */
  configure(options: InjectOptions): void;
  /** Applies the environment's policy if that came after the options. Versions before 0.2 lack it. */
  policyCame?(): void;
}

/** The options of `os-truststore/register` in this thread, for as long as the thread lives. */
export interface EnvironmentPolicy {
  options: InjectOptions;
  /** Where each option comes from, for people: a variable and its value. */
  sources: Partial<Record<keyof InjectOptions, string>>;
}

const KEY = Symbol.for('os-truststore.injection');
const POLICY = Symbol.for('os-truststore.policy');

interface Anchor {
  [KEY]?: RegisteredInjection;
  [POLICY]?: EnvironmentPolicy;
}

/** The exports of the builtin, because the namespace object of an import cannot be written to. */
function holder(): Anchor {
  return (anchor as { default?: unknown }).default ?? anchor;
}

export function registered(): RegisteredInjection | undefined {
  return holder()[KEY];
}

function put<Key extends keyof Anchor>(key: Key, value: Anchor[Key]): void {
  const target = holder();
  const isPut = Reflect.defineProperty(target, key, {
    value,
    configurable: true,
    enumerable: false,
  });
  // If a program has frozen the exports since, the accessors of registerLazily are still there.
  if (!isPut && !Reflect.set(target, key, value)) {
    throw new TypeError('node:diagnostics_channel is frozen');
  }
}

export function register(injection: RegisteredInjection): void {
  put(KEY, injection);
}

/** Removes only the injection that is registered. */
export function unregister(injection: RegisteredInjection): void {
  if (registered() !== injection) return;
  if (!Reflect.deleteProperty(holder(), KEY)) Reflect.set(holder(), KEY, undefined);
}

/** Undefined when register has not been loaded in this thread. */
export function environmentPolicy(): EnvironmentPolicy | undefined {
  return holder()[POLICY];
}

export function keepEnvironmentPolicy(policy: EnvironmentPolicy): void {
  put(POLICY, policy);
}

/** Checks without triggering the accessors of {@link registerLazily}. */
export function isRegistered(): boolean {
  return KEY in holder() || POLICY in holder();
}

/** False when the builtin is frozen. */
export function canRegister(): boolean {
  return Object.isExtensible(holder());
}

/**
 * Registers an injection and a policy that are made when any copy of this package first asks for them.
 *
 * @param make - registers them
 * @returns a function that undoes it
 */
export function registerLazily(make: () => void): () => void {
  const values: Record<symbol, unknown> = {};
  let isMade = false;
  const forget = (): void => {
    isMade = true;
    for (const key of [KEY, POLICY]) Reflect.deleteProperty(holder(), key);
  };
  for (const key of [KEY, POLICY] as const) {
    const get = (): unknown => {
      if (isMade) return values[key];
      forget();
      make();
      return holder()[key];
    };
    const set = (value: unknown): void => {
      values[key] = value;
    };
    Object.defineProperty(holder(), key, { get, set, configurable: true, enumerable: false });
  }
  return forget;
}
