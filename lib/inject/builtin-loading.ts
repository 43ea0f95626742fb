/**
 * Acts when a builtin module is loaded for the first time, without loading it. Loading node:tls takes 3 to 8 ms, which a
 * program that never uses TLS should not pay; no public hook sees every way in (require, import, fetch, internal use).
 *
 * Node notes each builtin in `process.moduleLoadList` right after its code has run and before anybody gets its exports.
 * The list is watched through its prototype. That is not documented, so it is tried out with a tiny module first, and
 * where it does not work the builtin is loaded at once.
 */

type Listener = () => void;

const PREFIX = 'NativeModule ';

/** Builtins that are hardly more than an alias: free to load, for the trial. */
const PROBES = [
  'path/posix',
  'path/win32',
  'util/types',
  'assert/strict',
  'timers',
  'string_decoder',
];

interface Watch {
  list: string[];
  listeners: Map<string, Set<Listener>>;
  disarm(): void;
}

let current: Watch | undefined;

/**
 * Seen by a watch. What a listener loads is taken off the list again: Node sets the length of the list after the entry
 * the listener was called for.
 */
const seenLoaded = new Set<string>();

/**
 * Calls `listener` once when the builtin `name` (without `node:`) is loaded: now if it is, or if that cannot be found
 * out.
 *
 * @returns takes the listener back
 */
export function whenBuiltinLoads(name: string, listener: Listener): () => void {
  const list = loadList();
  if (!list || isListed(list, name)) {
    listener();
    return () => undefined;
  }
  const watch = (current ??= startWatch(list));
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

/** False where it cannot be found out. */
export function isBuiltinLoaded(name: string): boolean {
  const list = loadList();
  return list !== undefined && isListed(list, name);
}

function isListed(list: readonly string[], name: string): boolean {
  return seenLoaded.has(name) || list.includes(PREFIX + name);
}

/** Node's list of what it has loaded; Bun and Deno have an empty one or none. */
function loadList(): string[] | undefined {
  const list = (process as { moduleLoadList?: unknown }).moduleLoadList;
  const isNode = process.versions['bun'] === undefined && process.versions['deno'] === undefined;
  return isNode && Array.isArray(list) && list.length > 0 ? (list as string[]) : undefined;
}

function startWatch(list: string[]): Watch | undefined {
  const watch: Watch = { list, listeners: new Map(), disarm: () => undefined };
  try {
    arm(watch);
    if (isObserved(watch)) return watch;
  } catch {
    // A list that is frozen or not a list: the builtin is loaded at once instead.
  }
  watch.disarm();
  return undefined;
}

/**
 * What a list does not have yet is set through its prototype. The prototype it had stays in its chain, so that the list
 * goes on being an instance of its class.
 */
function arm(watch: Watch): void {
  const { list } = watch;
  const before = Object.getPrototypeOf(list) as object;
  const trap = new Proxy(Object.create(before) as object, {
    set(_, key, value, receiver) {
      const isSet = Reflect.set(before, key, value, receiver);
      if (isSet && receiver === list && typeof value === 'string') notify(watch, value);
      return isSet;
    },
  });
  Object.setPrototypeOf(list, trap);
  watch.disarm = () => {
    if (Object.getPrototypeOf(list) === trap) Object.setPrototypeOf(list, before);
  };
}

function notify(watch: Watch, entry: string): void {
  if (!entry.startsWith(PREFIX)) return;
  const name = entry.slice(PREFIX.length);
  seenLoaded.add(name);
  const listeners = watch.listeners.get(name);
  if (!listeners) return;
  watch.listeners.delete(name);
  for (const listener of listeners) {
    try {
      listener();
    } catch {
      // In the middle of somebody's `require`, which must not fail because of us: jest lets code outlive its modules.
    }
  }
  // Not before: what the listeners load is to be seen.
  stopWhenIdle(watch);
}

function stopWhenIdle(watch: Watch): void {
  if (watch.listeners.size > 0 || current !== watch) return;
  watch.disarm();
  current = undefined;
}

function isObserved(watch: Watch): boolean {
  const name = PROBES.find((probe) => !watch.list.includes(PREFIX + probe));
  if (name === undefined) return false;
  let seen = false;
  watch.listeners.set(name, new Set([() => void (seen = true)]));
  require(name);
  watch.listeners.delete(name);
  return seen;
}
