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

export function register(injection: RegisteredInjection): void {
  Object.defineProperty(holder(), KEY, { value: injection, configurable: true, enumerable: false });
}

/** Only the owner takes itself out. */
export function unregister(injection: RegisteredInjection): void {
  if (registered() === injection) Reflect.deleteProperty(holder(), KEY);
}

/** Undefined when register has not been loaded in this thread. */
export function environmentPolicy(): EnvironmentPolicy | undefined {
  return holder()[POLICY];
}

export function keepEnvironmentPolicy(policy: EnvironmentPolicy): void {
  Object.defineProperty(holder(), POLICY, { value: policy, configurable: true, enumerable: false });
}
