/**
 * Which builtin modules the runtime has loaded so far, by reading the list Node keeps of them.
 */

const PREFIX = 'NativeModule ';

/** @param name - without `node:`. False where the runtime keeps no such list. */
export function isBuiltinLoaded(name: string): boolean {
  return loadList().includes(PREFIX + name);
}

/** Bun and Deno have an empty list or none, and a sandbox may hide it. */
export function knowsWhatIsLoaded(): boolean {
  return loadList().length > 0;
}

/** Whether this is a worker thread. Asking `node:worker_threads` loads it, which takes 2 ms. False where it cannot be told. */
export function isWorker(): boolean {
  const { Bun } = globalThis as { Bun?: { isMainThread?: boolean } };
  return Bun?.isMainThread === false || isBuiltinLoaded('internal/process/worker_thread_only');
}

function loadList(): readonly unknown[] {
  try {
    const list = (process as { moduleLoadList?: unknown }).moduleLoadList;
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
