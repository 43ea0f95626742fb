/**
 * Patches what Bun has built in under the names of the npm packages `ws`, `node-fetch` and `undici`, which it uses even if
 * those packages are installed. They rest on Bun's native clients and not on `node:tls`.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { withOption } from '../native-options.js';
import { PatchedGlobal } from '../patched-global.js';

type Change = (args: unknown[]) => unknown[];

/** Loads without a literal `require`, because a bundler would look for the packages behind one. */
function loadOwn(name: string): { exports: object; cached: object } | undefined {
  try {
    const load = loadBuiltin('node:module').createRequire(process.execPath);
    return { exports: load(name) as object, cached: load.cache[name] ?? {} };
  } catch {
    return undefined;
  }
}

/** Code that imports these packages afterwards gets the replacements; a binding made earlier keeps the original. */
export function bunPackages(
  fetch: Change,
  webSocket: Change,
  withAgent: (agent: object) => object,
): PatchedGlobal[] {
  // There, an agent of the program takes the place of TLS options.
  const nodeFetch: Change = (args) => {
    const [input, init, ...rest] = args;
    const { agent, tls } = (init ?? {}) as { agent?: object | null; tls?: unknown };
    if (!agent || tls !== undefined) return fetch(args);
    const changed = withAgent(agent);
    return changed === agent ? args : [input, withOption(init, 'agent', changed), ...rest];
  };
  const patches: PatchedGlobal[] = [];
  const own = loadOwn('node-fetch');
  if (own) {
    // The exports are the function itself, which also appears among its own properties.
    patches.push(new PatchedGlobal(own.cached, 'exports', nodeFetch));
    for (const name of ['default', 'fetch']) {
      patches.push(new PatchedGlobal(own.exports, name, nodeFetch));
    }
  }
  const undici = loadOwn('undici')?.exports;
  if (undici) {
    patches.push(new PatchedGlobal(undici, 'fetch', fetch));
    patches.push(new PatchedGlobal(undici, 'WebSocket', webSocket));
  }
  return patches;
}

/**
 * `ws` puts the request it is about to make in `_req`, with the native client's options under a symbol. This is the one place
 * that code which has imported the class earlier passes as well. If `ws` looks different, nothing happens.
 *
 * @returns a function that undoes it
 */
export function patchBunWs(change: Change): () => void {
  const ws = loadOwn('ws')?.exports as { prototype?: object } | undefined;
  const prototype = ws?.prototype;
  if (!prototype || '_req' in prototype) return () => undefined;
  const set = function (this: object, value: { protocol?: string } | null): void {
    const property = { configurable: true, enumerable: true, writable: true, value };
    Reflect.defineProperty(this, '_req', property);
    if (value?.protocol === 'https:') changeNativeOptions(value, change);
  };
  Reflect.defineProperty(prototype, '_req', { configurable: true, get: () => undefined, set });
  return () => {
    const present = Object.getOwnPropertyDescriptor(prototype, '_req');
    if (present?.set === set) Reflect.deleteProperty(prototype, '_req');
  };
}

function changeNativeOptions(request: object, change: Change): void {
  for (const key of Object.getOwnPropertySymbols(request)) {
    const options: unknown = Reflect.get(request, key);
    if (!isNativeOptions(options)) continue;
    try {
      [options.tls] = change([options.tls]);
    } catch {
      // Getters among the program's own TLS options throw later as well, where they are read again.
    }
  }
}

function isNativeOptions(value: unknown): value is { tls?: unknown } {
  return (
    typeof value === 'object' && value !== null && 'maxPayload' in value && 'autoPong' in value
  );
}
