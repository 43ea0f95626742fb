/**
 * Worker threads have TLS defaults of their own; new ones get this package loaded first.
 */
import type { WorkerOptions } from 'node:worker_threads';

import { loadBuiltin } from '../builtins.js';
import { patchConstructor } from '../tls-defaults.js';
import type { Patch } from '../tls-defaults.js';
import { whenBuiltinLoads } from './builtin-loading.js';
import { registerPath } from '../register-path.js';

/** Under this name a worker finds its options in `getEnvironmentData`, also when it is given no environment. */
export const WORKER_OPTIONS = 'os-truststore.options';

type WorkerThreads = typeof import('node:worker_threads');
type WorkerArguments = [filename: string | URL, options?: BunWorkerOptions];
interface BunWorkerOptions extends WorkerOptions {
  preload?: string | string[];
}

export class WorkerInheritance {
  #stopWaiting: (() => void) | undefined;
  #threads: WorkerThreads | undefined;
  #patch: Patch | undefined;

  /** @param options - as text, for a worker that is about to start */
  install(options: () => string): void {
    if (this.#stopWaiting) return;
    this.#stopWaiting = whenBuiltinLoads('worker_threads', () => {
      const threads = (this.#threads = loadBuiltin('node:worker_threads'));
      this.#patch = patchConstructor(threads, 'Worker', (args, create) => {
        threads.setEnvironmentData(WORKER_OPTIONS, options());
        return startWorker(args as WorkerArguments, create);
      });
    });
  }

  restore(): void {
    this.#stopWaiting?.();
    this.#patch?.undo();
    // Undefined deletes it.
    this.#threads?.setEnvironmentData(WORKER_OPTIONS, undefined);
    this.#stopWaiting = this.#patch = this.#threads = undefined;
  }
}

type Create = (args: WorkerArguments) => object;

function startWorker([filename, options = {}]: WorkerArguments, create: Create): object {
  const path = registerPath();
  if (process.versions['bun'] !== undefined) {
    const preload = [...[options.preload ?? []].flat(), path];
    return create([filename, { ...options, preload }]);
  }
  const given = options.execArgv ?? withoutCode(process.execArgv);
  const more = given.includes(path) ? [] : ['--require', path];
  const start = (execArgv: readonly string[]): object =>
    create([filename, { ...options, execArgv: [...execArgv, ...more] }]);
  try {
    return start(given);
  } catch (error) {
    if (options.execArgv || !isInvalidExecArgv(error)) throw error;
    // Flags of the whole process, which a worker inherits silently but must not be given.
    const refused = (error as Error).message.replace(/^.*flags: /, '').split(', ');
    return start(given.filter((flag) => !refused.includes(flag)));
  }
}

function isInvalidExecArgv(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_WORKER_INVALID_EXEC_ARGV';
}

/** A worker inherits `-e` and its code no more than it inherits the main script. */
function withoutCode(execArgv: readonly string[]): string[] {
  const at = execArgv.findIndex((flag) => /^(-e|-p|-pe|--eval|--print)$/.test(flag));
  return at < 0 ? [...execArgv] : [...execArgv.slice(0, at), ...execArgv.slice(at + 2)];
}

/** In a worker: what its parent has injected with. */
export function inheritedOptions(): unknown {
  // Asking whether this is a worker takes 2 ms, which a main thread is spared.
  const isBun = process.versions['bun'] !== undefined;
  if (!isBun && !process.execArgv.includes(registerPath())) return undefined;
  const { getEnvironmentData, isMainThread } = loadBuiltin('node:worker_threads');
  return isMainThread ? undefined : getEnvironmentData(WORKER_OPTIONS);
}
