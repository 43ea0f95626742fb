/**
 * Worker threads have TLS defaults of their own; new ones get this package loaded first.
 */
import type { WorkerOptions } from 'node:worker_threads';

import { loadBuiltin } from '../builtins.js';
import { patchConstructor } from '../tls-defaults.js';
import type { Patch } from '../tls-defaults.js';
import { registerPath } from '../register-path.js';
import { withOption } from './native-options.js';
import { PatchedGlobal } from './patched-global.js';

/** Under this name a worker finds its options in `getEnvironmentData`, also when it is given no environment. */
export const WORKER_OPTIONS = 'os-truststore.options';

type WorkerThreads = typeof import('node:worker_threads');
type WorkerArguments = [filename: string | URL, options?: BunWorkerOptions | null];
interface BunWorkerOptions extends WorkerOptions {
  preload?: string | string[];
}

export class WorkerInheritance {
  readonly #threads: WorkerThreads = loadBuiltin('node:worker_threads');
  readonly #patch: Patch;
  /** Bun's, which take `preload`, too. */
  readonly #webWorkers = new PatchedGlobal(globalThis, 'Worker', ([url, options, ...rest]) => {
    this.#hand();
    return [url, withPreload(options as BunWorkerOptions), ...rest];
  });
  readonly #hand: () => void;

  /** @param options - as text, for a worker that is about to start */
  constructor(options: () => string) {
    this.#hand = () => {
      this.#threads.setEnvironmentData(WORKER_OPTIONS, options());
    };
    this.#patch = patchConstructor(this.#threads, 'Worker', (args, create) => {
      this.#hand();
      return startWorker(args as WorkerArguments, create);
    });
    if (isBun()) this.#webWorkers.install();
  }

  restore(): void {
    this.#patch.undo();
    this.#webWorkers.restore();
    // Undefined deletes it.
    this.#threads.setEnvironmentData(WORKER_OPTIONS, undefined);
  }
}

type Create = (args: WorkerArguments) => object;

function startWorker(args: WorkerArguments, create: Create): object {
  const path = registerPath();
  const [filename, options] = args;
  if (isBun()) return create([filename, withPreload(options)]);
  const own: unknown = options?.execArgv;
  // What Node refuses it is to refuse itself.
  if (options === null || (own && !Array.isArray(own))) return create(args);
  const given = own ? (own as string[]) : withoutCode(process.execArgv);
  const more = given.includes(path) ? [] : ['--require', path];
  const start = (execArgv: readonly string[]): object =>
    create([filename, withExecArgv(options, [...execArgv, ...more])]);
  try {
    return start(given);
  } catch (error) {
    if (own || !isInvalidExecArgv(error)) throw error;
    // Flags of the whole process, which a worker inherits silently but must not be given.
    const refused = (error as Error).message.replace(/^.*flags: /, '').split(', ');
    return start(given.filter((flag) => !refused.includes(flag)));
  }
}

function isBun(): boolean {
  return process.versions['bun'] !== undefined;
}

function withPreload(options: BunWorkerOptions | null | undefined): BunWorkerOptions {
  const preload = [...[options?.preload ?? []].flat(), registerPath()];
  return withOption(options, 'preload', preload);
}

/** Node reads options one by one, so they may be inherited, and getters. */
function withExecArgv(options: BunWorkerOptions | undefined, execArgv: string[]): WorkerOptions {
  const base = typeof options === 'object' ? options : {};
  return Object.create(base, { execArgv: { value: execArgv, enumerable: true } }) as WorkerOptions;
}

function isInvalidExecArgv(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_WORKER_INVALID_EXEC_ARGV';
}

/** A worker inherits `-e` and its code no more than it inherits the main script. */
function withoutCode(execArgv: readonly string[]): string[] {
  const at = execArgv.findIndex((flag) => /^(-e|-p|-pe|--eval|--print)$/.test(flag));
  return at < 0 ? [...execArgv] : [...execArgv.slice(0, at), ...execArgv.slice(at + 2)];
}

/** In a worker: what its parent has injected with. Called once, before the program of the worker starts. */
export function inheritedOptions(): unknown {
  const isBun = process.versions['bun'] !== undefined;
  const at = process.execArgv.indexOf(registerPath());
  // Asking whether this is a worker takes 2 ms, which a main thread is spared.
  if (!isBun && at < 0) return undefined;
  const { getEnvironmentData, isMainThread } = loadBuiltin('node:worker_threads');
  if (isMainThread) return undefined;
  // Put there by us: the program sees the flags it has chosen.
  if (process.execArgv[at - 1] === '--require') process.execArgv.splice(at - 1, 2);
  return getEnvironmentData(WORKER_OPTIONS);
}
