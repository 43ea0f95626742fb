/**
 * Makes new worker threads load this package first, since each thread has its own TLS defaults.
 */
import type { WorkerOptions } from 'node:worker_threads';

import { loadBuiltin } from '../../base/builtins.js';
import { registerPath } from '../../location.js';
import { withOption } from '../../runtime/native-options.js';
import { patchConstructor } from '../../runtime/patch-export.js';
import type { Patch } from '../../runtime/patch-export.js';
import { PatchedGlobal } from '../../runtime/patched-global.js';
import { WORKER_FLAGS, WORKER_OPTIONS } from './inheritance.js';

type WorkerThreads = typeof import('node:worker_threads');
type WorkerArguments = [filename: string | URL, options?: BunWorkerOptions | null];
interface BunWorkerOptions extends WorkerOptions {
  preload?: string | string[];
}

export class WorkerInheritance {
  readonly #threads: WorkerThreads = loadBuiltin('node:worker_threads');
  readonly #patch: Patch;
  /** Bun's web workers, which accept `preload` too. */
  readonly #webWorkers = new PatchedGlobal(globalThis, 'Worker', ([url, options, ...rest]) => {
    this.#hand();
    return [url, withPreload(options as BunWorkerOptions), ...rest];
  });
  readonly #hand: () => void;

  /** @param options - returns the options as text, for a worker that is about to start */
  constructor(options: () => string) {
    this.#hand = () => {
      this.#threads.setEnvironmentData(WORKER_OPTIONS, options());
    };
    this.#patch = patchConstructor(this.#threads, 'Worker', (args, create) => {
      this.#hand();
      return startWorker(args as WorkerArguments, create, (flags) => {
        this.#threads.setEnvironmentData(WORKER_FLAGS, flags);
      });
    });
    if (isBun()) this.#webWorkers.install();
  }

  restore(): void {
    this.#patch.undo();
    this.#webWorkers.restore();
    // Undefined deletes the entry.
    this.#threads.setEnvironmentData(WORKER_OPTIONS, undefined);
    this.#threads.setEnvironmentData(WORKER_FLAGS, undefined);
  }
}

type Create = (args: WorkerArguments) => object;

function startWorker(
  args: WorkerArguments,
  create: Create,
  handFlags: (flags: string[]) => void,
): object {
  const path = registerPath();
  const [filename, options] = args;
  if (isBun()) return create([filename, withPreload(options)]);
  const own: unknown = options?.execArgv;
  // What Node refuses, Node should report.
  if (options === null || (own && !Array.isArray(own))) return create(args);
  const given = own ? (own as string[]) : withoutCode(process.execArgv);
  const more = given.includes(path) ? [] : ['--require', path];
  handFlags(
    [...(own ? (own as string[]) : process.execArgv)].filter((flag) => typeof flag === 'string'),
  );
  for (let flags = given; ;) {
    try {
      return create([filename, withExecArgv(options, [...flags, ...more])]);
    } catch (error) {
      if (own || !isInvalidExecArgv(error)) throw error;
      // Node refuses flags of the whole process, which a worker inherits silently, and names those that it has read.
      const left = withoutRefused(flags, (error as Error).message);
      // A worker without an injection is better than none.
      if (left.length === flags.length) return create(args);
      flags = left;
    }
  }
}

/** @param message - Node's message, which lists flags as given, except values that are separate arguments */
function withoutRefused(flags: readonly string[], message: string): string[] {
  const refused = `, ${message.replace(/^.*?flags: /s, '')}, `;
  const left: string[] = [];
  let isValue = false;
  for (const flag of flags) {
    isValue = refused.includes(`, ${flag}, `) || (isValue && !flag.startsWith('-'));
    if (!isValue) left.push(flag);
  }
  return left;
}

function isBun(): boolean {
  return process.versions['bun'] !== undefined;
}

function withPreload(options: BunWorkerOptions | null | undefined): BunWorkerOptions {
  const preload = [...[options?.preload ?? []].flat(), registerPath()];
  return withOption(options, 'preload', preload);
}

/** Node reads options one at a time, so they may be inherited, or getters of an object with private fields. */
function withExecArgv(options: BunWorkerOptions | undefined, execArgv: string[]): WorkerOptions {
  if (typeof options !== 'object' && typeof options !== 'function') return { execArgv };
  return new Proxy({} as WorkerOptions, {
    get: (_, key) =>
      key === 'execArgv' ? execArgv : (Reflect.get(options, key, options) as unknown),
    has: (_, key) => key === 'execArgv' || Reflect.has(options, key),
  });
}

function isInvalidExecArgv(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_WORKER_INVALID_EXEC_ARGV';
}

/** A worker inherits neither `-e` with its code nor the main script. */
function withoutCode(execArgv: readonly string[]): string[] {
  const left = [...execArgv];
  for (let at = left.findIndex(isCode); at >= 0; at = left.findIndex(isCode)) {
    const hasValue = !left[at]?.includes('=') && !isCode(left[at + 1] ?? '');
    left.splice(at, hasValue ? 2 : 1);
  }
  return left;
}

function isCode(flag: string): boolean {
  return /^(-e|-p|-pe|--eval|--print|--eval=[^]*|--print=[^]*)$/.test(flag);
}
