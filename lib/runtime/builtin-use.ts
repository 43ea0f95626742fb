/**
 * Acts before a program first uses a builtin module, without loading it: loading node:tls takes 3 to 8 ms, which a program
 * that never uses TLS should not pay.
 *
 * Every hook sits in a call by the program or by undici, never inside the loading of a builtin: see README.md beside this
 * file. Where Node cannot report all of these calls (`module.registerHooks`: 22.15, 23.5 and newer), the builtin is loaded at
 * once.
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

/** The public builtins that give a program the watched builtin, or one that uses it. */
const WAYS: Record<WatchedBuiltin, readonly string[]> = {
  tls: ['tls', 'https', 'http2', '_tls_common', '_tls_wrap'],
  worker_threads: ['worker_threads'],
};

/** Published before each connection by both the built-in undici and npm's. `fetch` and `WebSocket` load node:tls after it. */
const BEFORE_CONNECT = 'undici:client:beforeConnect';

/**
 * How many frames one hook adds to the stack of "Cannot find module". Node shows ten frames, and ours must not push out the
 * program's. Catching the error and throwing it again would not help: the stack would then name this file as the thrower.
 */
const FRAMES = 5;

/** The builtins that are waited for, and how to stop the watch. */
interface Watch {
  listeners: Map<WatchedBuiltin, Set<Listener>>;
  stop(): void;
}

let current: Watch | undefined;
/** The builtins a program is about to receive right now. */
const coming = new Set<WatchedBuiltin>();

/**
 * Calls `listener` once before the program can use the builtin: at once if it is loaded or if its use could be missed.
 *
 * @returns a function that removes the listener
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

/** @returns undefined where some way to the builtin cannot be watched */
function startWatch(): Watch | undefined {
  // The `require` of a bundler or a sandbox may bypass the hooks.
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
    // This comes first because a program may have made it impossible.
    undo.push(
      patchExport(process, 'getBuiltinModule', (original) => (id) => {
        hear(watch, id);
        return original.call(process, id);
      }).undo,
    );
    // Hooks that the program adds later run before ours and may not call them, so both builtins count as used.
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
          // Looks at the resolved URL, because programs can give builtins other names ("imports" of package.json, loaders).
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
    // Patching fails when the process object is frozen, for example.
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
 * Raises the limit only if the program has a plain number there: an accessor, or no limit at all, is the program's choice.
 *
 * @returns a function that restores the limit, unless a resolver of the program has set another one meanwhile
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

/** True in the thread of `module.register()` hooks. Synchronous hooks there end the process on some versions of Node. */
function isLoaderThread(): boolean {
  if (!isWorker()) return false;
  const { isInternalThread } = loadBuiltin('node:worker_threads') as { isInternalThread?: boolean };
  return isInternalThread === true;
}

/** Notes that a program is about to get the builtin `id`, which may be any string and may start with `node:`. */
function hear(watch: Watch, id: unknown): void {
  if (typeof id !== 'string') return;
  const name = id.startsWith('node:') ? id.slice('node:'.length) : id;
  if (WAYS.tls.includes(name) || (name === 'http' && mayNeedTlsForHttp())) notify(watch, 'tls');
  if (WAYS.worker_threads.includes(name)) notify(watch, 'worker_threads');
}

/** Node's own agents use TLS to a proxy from the environment if its URL says so, also for plain HTTP requests. */
function mayNeedTlsForHttp(): boolean {
  const { env } = process;
  return ['http_proxy', 'HTTP_PROXY'].some((name) => env[name]?.startsWith('https:') === true);
}

function usesTls(message: unknown): boolean {
  try {
    const { connectParams } = message as { connectParams?: { protocol?: unknown } };
    return connectParams?.protocol !== 'http:';
  } catch {
    // Any code may publish on this channel, and an error thrown by a subscriber ends the process.
    return true;
  }
}

/** Never throws: it runs in the middle of a call by the program, which must not fail because of us. */
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

/** Warns even if the log module cannot be loaded, as when the package is gone or all file descriptors are in use. */
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
