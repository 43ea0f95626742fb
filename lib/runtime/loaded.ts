/**
 * Tells which builtin modules the runtime has loaded so far, by reading the list that Node keeps of them.
 */

const PREFIX = 'NativeModule ';

/** False where the runtime keeps no such list. @param name - without `node:` */
export function isBuiltinLoaded(name: string): boolean {
  return loadList().includes(PREFIX + name);
}

/** False where the list is empty or missing: in Bun and Deno, and in sandboxes that hide it. */
export function knowsWhatIsLoaded(): boolean {
  return loadList().length > 0;
}

/** True in a worker thread; false where that is unknown. Does not load `node:worker_threads`, which would take 2 ms. */
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
