/**
 * The one injection of this thread, shared by every copy of this package in it. It hangs on a builtin's exports, which
 * is the same object in CommonJS, ES modules, vm contexts and jest's sandboxes, where `globalThis` and `process` differ.
 */
import * as anchor from 'node:diagnostics_channel';

import type { InjectOptions, Injection } from './types.js';

/** What copies of the package, perhaps of different versions, rely on in each other. Add, do not change. */
export interface RegisteredInjection extends Injection {
  /** Whether a `ca` that holds all of Node's roots is taken for the defaults. Unknown to versions before 0.2. */
  readonly takesRootLists?: boolean;
  /** Uses other options from now on. */
  configure(options: InjectOptions): void;
  /** Takes in what the environment says, which came after the options. Unknown to versions before 0.2. */
  policyCame?(): void;
}

/** What `os-truststore/register` was told in this thread, for as long as the thread lives. */
export interface EnvironmentPolicy {
  options: InjectOptions;
  /** What says so, for people: a variable and its value. */
  sources: Partial<Record<keyof InjectOptions, string>>;
}

const KEY = Symbol.for('os-truststore.injection');
const POLICY = Symbol.for('os-truststore.policy');

interface Anchor {
  [KEY]?: RegisteredInjection;
  [POLICY]?: EnvironmentPolicy;
}

/** The namespace object of an import cannot be written to; the exports of the builtin can. */
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
  // What a program has frozen since still has the accessors of registerLazily.
  if (!isPut && !Reflect.set(target, key, value)) {
    throw new TypeError('node:diagnostics_channel is frozen');
  }
}

export function register(injection: RegisteredInjection): void {
  put(KEY, injection);
}

/** Only the owner takes itself out. */
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

/** Without asking for what {@link registerLazily} has put there. */
export function isRegistered(): boolean {
  return KEY in holder() || POLICY in holder();
}

/** False where the builtin is frozen. */
export function canRegister(): boolean {
  return Object.isExtensible(holder());
}

/**
 * An injection and a policy that are made when somebody asks for them, another copy of this package perhaps.
 *
 * @param make - registers them
 * @returns takes it back
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
