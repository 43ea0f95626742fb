/**
 * Builtins of Node that are loaded when they are needed, because loading them takes longer than importing this package.
 */
interface Builtins {
  'node:crypto': typeof import('node:crypto');
  'node:http2': typeof import('node:http2');
  'node:https': typeof import('node:https');
  'node:module': typeof import('node:module');
  'node:os': typeof import('node:os');
  'node:tls': typeof import('node:tls');
  'node:worker_threads': typeof import('node:worker_threads');
}

const loaded = new Map<string, unknown>();

/** Kept once loaded: jest forbids `require` when a test file is done, and what we have installed outlives it. */
export function loadBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  let builtin = loaded.get(name);
  if (builtin === undefined) {
    builtin = require(name);
    loaded.set(name, builtin);
  }
  return builtin as Builtins[Name];
}

/** Whether `require` is a sandbox's, such as jest's, and may stop working. */
export function isSandboxed(): boolean {
  const { _extensions: extensions } = loadBuiltin('node:module') as { _extensions?: unknown };
  return (require as { extensions?: unknown }).extensions !== extensions;
}

/** Loads all of them where they could not be loaded later; anywhere else that would be a waste. */
export function loadBuiltinsInSandbox(): void {
  if (!isSandboxed()) return;
  loadBuiltin('node:crypto');
  loadBuiltin('node:http2');
  loadBuiltin('node:https');
  loadBuiltin('node:os');
  loadBuiltin('node:tls');
  loadBuiltin('node:worker_threads');
}
