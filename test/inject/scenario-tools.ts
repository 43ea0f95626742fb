/**
 * Shared by all scenarios: the package over a store in memory.
 */
import type { MemoryBinding, MemoryStore } from '../helpers/memory-binding.js';

export type Truststore = typeof import('../../dist/index.js');
export type Internals = typeof import('../../dist/internals.js').internals;

/** Loads the package with a store that holds `store`; TLS is not loaded yet. */
export function withStore(store: MemoryStore): { truststore: Truststore; binding: MemoryBinding } {
  const { createMemoryBinding } =
    require('../helpers/memory-binding.js') as typeof import('../helpers/memory-binding.js');
  const truststore = require('../../dist/index.js') as Truststore;
  const binding = createMemoryBinding(store);
  internalsOf(truststore).setBindingForTests(binding);
  return { truststore, binding };
}

/** Hidden from the package's types. */
export function internalsOf(truststore: Truststore): Internals {
  return (truststore as unknown as { internals: Internals }).internals;
}

/** Asking for the default list writes it, where that is possible. */
export function writeDefaults(): void {
  const tls = require('node:tls') as { getCACertificates?: (type: string) => string[] };
  tls.getCACertificates?.('default');
}

/** As lib/inject/runtimes/node-tls.ts says; in milliseconds. */
export const LIST_DELAY = 1000;

/**
 * Call it before the package is loaded: the default list is then written only when the returned function is called.
 * That function returns how many pending writes there were.
 */
export function holdList(): () => number {
  const timers = require('node:timers') as { setTimeout: typeof setTimeout };
  const start = timers.setTimeout;
  let held: { timer: NodeJS.Timeout; call: () => void }[] = [];
  timers.setTimeout = ((call: () => void, ms: number) => {
    if (ms !== LIST_DELAY) return start(call, ms);
    const timer = start(() => undefined, 2 ** 30);
    held.push({ timer, call });
    return timer;
  }) as typeof setTimeout;
  return () => {
    const due = held.filter(({ timer }) => {
      const { _destroyed: isOver } = timer as unknown as { _destroyed: boolean };
      return !isOver && !timer.hasRef();
    });
    held = [];
    for (const { timer, call } of due) {
      clearTimeout(timer);
      call();
    }
    return due.length;
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns everything of Node that injecting may change, for comparing before and after. */
export function observables(): Record<string, unknown> {
  const tls = require('node:tls') as unknown as Record<string, unknown>;
  const https = require('node:https') as unknown as Record<string, unknown> & {
    Agent: { prototype: object };
  };
  const http2 = require('node:http2') as unknown as Record<string, unknown>;
  const threads = require('node:worker_threads') as unknown as Record<string, unknown>;
  const diagnostics = require('node:diagnostics_channel') as object;
  const list = (process as unknown as { moduleLoadList: object }).moduleLoadList;
  return {
    tls: describe(tls),
    server: describe((tls['Server'] as { prototype: object }).prototype),
    https: describe(https),
    agent: describe(https.Agent.prototype),
    http2: describe(http2),
    worker: describe(threads),
    diagnostics: describe(diagnostics),
    globals: describe({ fetch: globalThis.fetch }),
    environment: JSON.stringify(process.env),
    loadList: Object.getPrototypeOf(list) === Array.prototype,
  };
}

const identities = new WeakMap<object, number>();
let next = 0;

/** Returns names, attributes and identities of an object's own properties. */
function describe(object: object): string {
  return Reflect.ownKeys(object)
    .map((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const { configurable, enumerable, writable } = descriptor ?? {};
      const value: unknown = descriptor?.value ?? descriptor?.get;
      return [String(key), configurable, enumerable, writable, identify(value)].join();
    })
    .join('\n');
}

function identify(value: unknown): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return String(value);
  }
  let identity = identities.get(value);
  if (identity === undefined) identities.set(value, (identity = ++next));
  return `#${String(identity)}`;
}
