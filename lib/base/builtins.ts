/**
 * Loads builtins of Node only when they are needed, because loading them takes longer than importing this package.
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

/** Each builtin is loaded by its literal name, because a bundler cannot follow `require(name)`. */
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

/** Taken at start, before the program can replace it. */
const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };

/**
 * Loads a builtin once and keeps it: jest forbids `require` after a test file is done, but what we have installed outlives
 * that. Where Node can, this avoids the module system, so that the program's hooks do not see what we load.
 */
export function loadBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  let builtin = loaded.get(name);
  if (builtin === undefined) {
    builtin = quietly(() => getBuiltinModule?.call(process, name)) ?? loaders[name]();
    loaded.set(name, builtin);
  }
  return builtin as Builtins[Name];
}

/** Loads every builtin at once, where that would fail later: see runtime/sandbox.ts. Elsewhere it would waste time. */
export function loadAllBuiltins(): void {
  loadBuiltin('node:crypto');
  loadBuiltin('node:http2');
  loadBuiltin('node:https');
  loadBuiltin('node:os');
  loadBuiltin('node:tls');
  loadBuiltin('node:worker_threads');
}
