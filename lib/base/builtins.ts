/**
 * Builtins of Node that are loaded when they are needed, because loading them takes longer than importing this package.
 */
import { quietly } from './steps.js';

interface Builtins {
  'node:crypto': typeof import('node:crypto');
  'node:http2': typeof import('node:http2');
  'node:https': typeof import('node:https');
  'node:module': typeof import('node:module');
  'node:os': typeof import('node:os');
  'node:tls': typeof import('node:tls');
  'node:worker_threads': typeof import('node:worker_threads');
}

/** Each by its literal name: a bundler cannot follow `require(name)`. */
const loaders: { [Name in keyof Builtins]: () => Builtins[Name] } = {
  'node:crypto': () => require('node:crypto') as Builtins['node:crypto'],
  'node:http2': () => require('node:http2') as Builtins['node:http2'],
  'node:https': () => require('node:https') as Builtins['node:https'],
  'node:module': () => require('node:module') as Builtins['node:module'],
  'node:os': () => require('node:os') as Builtins['node:os'],
  'node:tls': () => require('node:tls') as Builtins['node:tls'],
  'node:worker_threads': () => require('node:worker_threads') as Builtins['node:worker_threads'],
};

const loaded = new Map<string, unknown>();

/** As it was before the program could replace it. */
const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };

/**
 * Kept once loaded: jest forbids `require` when a test file is done, and what we have installed outlives it. Where Node can,
 * past the module system: what we load is not to be seen by the hooks of the program.
 */
export function loadBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  let builtin = loaded.get(name);
  if (builtin === undefined) {
    builtin = quietly(() => getBuiltinModule?.call(process, name)) ?? loaders[name]();
    loaded.set(name, builtin);
  }
  return builtin as Builtins[Name];
}

/** For where they could not be loaded later: see runtime/sandbox.ts. Anywhere else that would be a waste. */
export function loadAllBuiltins(): void {
  loadBuiltin('node:crypto');
  loadBuiltin('node:http2');
  loadBuiltin('node:https');
  loadBuiltin('node:os');
  loadBuiltin('node:tls');
  loadBuiltin('node:worker_threads');
}
