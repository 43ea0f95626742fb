/**
 * What Bun has built in under the names of npm packages: `ws`, `node-fetch` and `undici`, also where the packages are
 * installed. They stand on Bun's native clients and not on `node:tls`.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { withOption } from '../native-options.js';
import { PatchedGlobal } from '../patched-global.js';

type Change = (args: unknown[]) => unknown[];

/** A bundler would look for the packages behind a literal `require`. */
function loadOwn(name: string): { exports: object; cached: object } | undefined {
  try {
    const load = loadBuiltin('node:module').createRequire(process.execPath);
    return { exports: load(name) as object, cached: load.cache[name] ?? {} };
  } catch {
    return undefined;
  }
}

/** Who imports them afterwards gets the replacements; a binding made before is what it was. */
export function bunPackages(
  fetch: Change,
  webSocket: Change,
  withAgent: (agent: object) => object,
): PatchedGlobal[] {
  // An agent of the program's takes the place of TLS options there.
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
    // The exports are the function itself, and it is among its own properties.
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
 * `ws` notes the request it is about to make in `_req`, with the options for the native client under a symbol. That is the
 * one place where also those pass who have imported the class before. Where it looks different nothing happens.
 *
 * @returns takes it back
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
      // The program's own TLS options throw when they are looked at; they are looked at again.
    }
  }
}

function isNativeOptions(value: unknown): value is { tls?: unknown } {
  return (
    typeof value === 'object' && value !== null && 'maxPayload' in value && 'autoPong' in value
  );
}
