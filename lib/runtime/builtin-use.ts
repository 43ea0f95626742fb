/**
 * Acts before a program can use a builtin module for the first time, without loading it: loading node:tls takes 3 to 8 ms,
 * which a program that never uses TLS should not pay.
 *
 * Every way in is a call of the program or of undici, and none is inside the loading of a builtin: see README.md beside this
 * file. Where Node offers no way to hear of all of them (`module.registerHooks`: 22.15, 23.5 and newer), the builtin is loaded
 * at once.
 */
import * as channels from 'node:diagnostics_channel';

import { loadBuiltin } from '../base/builtins.js';
import { part } from '../base/part.js';
import { runEach } from '../base/steps.js';
import { ErrorCodes } from '../errors.js';
import { isBuiltinLoaded, isWorker, knowsWhatIsLoaded } from './loaded.js';
import { patchExport } from './patch-export.js';
import { isSandboxed } from './sandbox.js';

const loadLog = part(() => require('../base/log.js') as typeof import('../base/log.js'));

type ModuleExports = typeof import('node:module');

export type WatchedBuiltin = 'tls' | 'worker_threads';
type Listener = () => void;

/** The public builtins that give a program the watched one, or something that uses it. */
const WAYS: Record<WatchedBuiltin, readonly string[]> = {
  tls: ['tls', 'https', 'http2', '_tls_common', '_tls_wrap'],
  worker_threads: ['worker_threads'],
};

/** Published by undici, the built-in and npm's, before each connection. `fetch` and `WebSocket` load node:tls after it. */
const BEFORE_CONNECT = 'undici:client:beforeConnect';

/**
 * How many frames a hook costs in the stack of "Cannot find module". They must not push out those of the program, which
 * Node shows ten of. Caught and thrown again, the error would be said to be thrown here.
 */
const FRAMES = 5;

/** What is waited for, and how to stop hearing of it. */
interface Watch {
  listeners: Map<WatchedBuiltin, Set<Listener>>;
  stop(): void;
}

let current: Watch | undefined;
/** What a program is getting right now. */
const coming = new Set<WatchedBuiltin>();

/**
 * Calls `listener` once before the program can use the builtin: now if it is loaded, or if its use could be missed.
 *
 * @returns takes the listener back
 */
export function beforeBuiltinIsUsed(name: WatchedBuiltin, listener: Listener): () => void {
  const isUsed = isBuiltinLoaded(name) || coming.has(name);
  const watch = isUsed ? undefined : (current ??= startWatch());
  if (!watch) {
    listener();
    return () => undefined;
  }
  const listeners = watch.listeners.get(name) ?? new Set();
  watch.listeners.set(name, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) watch.listeners.delete(name);
    stopWhenIdle(watch);
  };
}

/** @returns undefined where some way in could not be heard of */
function startWatch(): Watch | undefined {
  // What a bundler or a sandbox hands out as `require` need not pass the hooks.
  if (!knowsWhatIsLoaded() || isSandboxed() || isLoaderThread()) return undefined;
  const nodeModule = loadBuiltin('node:module') as Partial<ModuleExports>;
  const { registerHooks } = nodeModule;
  if (typeof registerHooks !== 'function') return undefined;
  const watch: Watch = { listeners: new Map(), stop: () => undefined };
  const undo: (() => void)[] = [];
  watch.stop = () => {
    runEach(undo);
  };
  try {
    // First what a program may have made impossible.
    undo.push(
      patchExport(process, 'getBuiltinModule', (original) => (id) => {
        hear(watch, id);
        return original.call(process, id);
      }).undo,
    );
    // Hooks of the program's run before ours and need not call them.
    undo.push(
      patchExport(nodeModule, 'registerHooks', (original) => (...args) => {
        notify(watch, 'tls');
        notify(watch, 'worker_threads');
        return original(...args);
      }).undo,
    );
    const hooks = registerHooks({
      resolve: (specifier, context, next) => {
        const lower = raiseStackTraceLimit();
        try {
          const resolved = next(specifier, context);
          // Of the outcome, since programs may give builtins other names ("imports" of package.json, loaders).
          hear(watch, resolved.url);
          return resolved;
        } finally {
          lower?.();
        }
      },
    });
    undo.push(() => {
      hooks.deregister();
    });
  } catch {
    // A process object that is frozen, say.
    watch.stop();
    return undefined;
  }
  const beforeConnect = (message: unknown): void => {
    if (usesTls(message)) notify(watch, 'tls');
  };
  channels.subscribe(BEFORE_CONNECT, beforeConnect);
  undo.push(() => {
    channels.unsubscribe(BEFORE_CONNECT, beforeConnect);
  });
  return watch;
}

/**
 * Only where the program has a limit that is a plain number: an accessor, or no limit at all, is its own business.
 *
 * @returns puts it back, unless a resolver of the program's has set another meanwhile
 */
function raiseStackTraceLimit(): (() => void) | undefined {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const value: unknown = limit?.value;
  if (limit?.writable !== true || typeof value !== 'number' || !(value > 0)) return undefined;
  const raised = value + FRAMES;
  Error.stackTraceLimit = raised;
  return () => {
    if (Error.stackTraceLimit === raised) Error.stackTraceLimit = value;
  };
}

/** Where `module.register()` runs its hooks. On some versions it ends the process that there are synchronous hooks as well. */
function isLoaderThread(): boolean {
  if (!isWorker()) return false;
  const { isInternalThread } = loadBuiltin('node:worker_threads') as { isInternalThread?: boolean };
  return isInternalThread === true;
}

/** A program is about to get the builtin `id`, which may be anything and may have `node:` before it. */
function hear(watch: Watch, id: unknown): void {
  if (typeof id !== 'string') return;
  const name = id.startsWith('node:') ? id.slice('node:'.length) : id;
  if (WAYS.tls.includes(name) || (name === 'http' && mayNeedTlsForHttp())) notify(watch, 'tls');
  if (WAYS.worker_threads.includes(name)) notify(watch, 'worker_threads');
}

/** Node's own agents speak TLS to a proxy of the environment whose URL says so, also for plain HTTP. */
function mayNeedTlsForHttp(): boolean {
  const { env } = process;
  return ['http_proxy', 'HTTP_PROXY'].some((name) => env[name]?.startsWith('https:') === true);
}

function usesTls(message: unknown): boolean {
  try {
    const { connectParams } = message as { connectParams?: { protocol?: unknown } };
    return connectParams?.protocol !== 'http:';
  } catch {
    // Anybody may publish there, and what a subscriber throws ends the process.
    return true;
  }
}

/** In the middle of a call of the program's, which must not fail because of us. */
function notify(watch: Watch, name: WatchedBuiltin): void {
  const listeners = watch.listeners.get(name);
  if (!listeners) return;
  watch.listeners.delete(name);
  coming.add(name);
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      warnOf(name, error);
    }
  }
  coming.delete(name);
  stopWhenIdle(watch);
}

/** Where not even the file that warns can be loaded, the package may be gone or all file descriptors in use. */
function warnOf(name: WatchedBuiltin, error: unknown): void {
  const code = ErrorCodes.UNSUPPORTED_RUNTIME;
  const text = `node:${name} could not be prepared for the injection: ${(error as Error).message}`;
  try {
    loadLog().warn(code, text);
  } catch {
    process.emitWarning(text, { type: 'TruststoreWarning', code });
  }
}

function stopWhenIdle(watch: Watch): void {
  if (watch.listeners.size > 0 || current !== watch) return;
  watch.stop();
  current = undefined;
}
