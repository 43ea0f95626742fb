/**
 * The dispatcher behind the built-in `fetch` and npm's undici keeps connections. After a removal it is replaced by a new
 * one of its kind, provided it is the stock one: a dispatcher the program has configured is left alone.
 */
import { EventEmitter } from 'node:events';

/** Where undici keeps it: up to Node 24 under `.1`; from then on under `.2`, where Node 26 has a wrapper in `.1`. */
const KEYS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

/** On dispatchers of ours that verify more: makes another of the same kind. */
const RENEW = Symbol.for('os-truststore.renewDispatcher');

type Dispatcher = object & {
  constructor: new () => object;
  dispatch?: unknown;
  [RENEW]?: () => object;
};

export function renewFetchDispatcher(): void {
  const holder = globalThis as unknown as Record<symbol, unknown>;
  const renewed = new Map<object, object>();
  for (const key of KEYS) {
    const dispatcher = holder[key];
    if (!isStockAgent(dispatcher) && !isOurs(dispatcher)) continue;
    const replacement = renewed.get(dispatcher) ?? renew(dispatcher);
    if (!replacement) continue;
    renewed.set(dispatcher, replacement);
    replaceValue(holder, key, replacement);
    renewWrapper(holder, replacement);
  }
}

/** Listeners of the program, for `connect` and the like, hear of the new connections. */
function renew(dispatcher: Dispatcher): object | undefined {
  const replacement = makeAnother(dispatcher);
  if (!(dispatcher instanceof EventEmitter && replacement instanceof EventEmitter)) {
    return replacement;
  }
  for (const event of dispatcher.eventNames()) {
    for (const listener of dispatcher.rawListeners(event)) {
      replacement.on(event, listener as () => void);
    }
  }
  return replacement;
}

/** What Node 26 keeps for older copies of undici: a face of the same agent. */
function renewWrapper(holder: Record<symbol, unknown>, agent: object): void {
  const [key] = KEYS as [symbol];
  const wrapper = holder[key];
  if (typeof wrapper !== 'object' || wrapper === null) return;
  if (wrapper.constructor.name !== 'Dispatcher1Wrapper') return;
  const Wrapper = wrapper.constructor as new (agent: object) => object;
  replaceValue(holder, key, new Wrapper(agent));
}

function replaceValue(holder: Record<symbol, unknown>, key: symbol, value: object): void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, key);
  if (descriptor?.writable !== true && descriptor?.configurable !== true) return;
  Object.defineProperty(holder, key, { ...descriptor, value });
}

function isOurs(dispatcher: unknown): dispatcher is Dispatcher {
  return typeof dispatcher === 'object' && dispatcher !== null && RENEW in dispatcher;
}

function makeAnother(dispatcher: Dispatcher): object | undefined {
  try {
    return dispatcher[RENEW]?.() ?? new dispatcher.constructor();
  } catch {
    return undefined;
  }
}

/**
 * An Agent of undici's own that dispatches as it is made to and whose options say nothing but what `new Agent()` says.
 * Other classes of that name are not even tried out, and what `compose()` gives looks like an Agent in undici 7.
 */
export function isStockAgent(dispatcher: unknown): dispatcher is Dispatcher {
  if (typeof dispatcher !== 'object' || dispatcher === null) return false;
  if (!isAgentOfUndici(dispatcher.constructor)) return false;
  const stock = makeAnother(dispatcher as Dispatcher) as Dispatcher | undefined;
  return (
    stock !== undefined &&
    stock.dispatch === (dispatcher as Dispatcher).dispatch &&
    describeOptions(stock) === describeOptions(dispatcher)
  );
}

function isAgentOfUndici(constructor: unknown): boolean {
  if (typeof constructor !== 'function' || constructor.name !== 'Agent') return false;
  const base = Object.getPrototypeOf(constructor) as { name?: unknown } | null;
  return base?.name === 'DispatcherBase';
}

/** undici keeps options under symbols it does not export. */
function describeOptions(dispatcher: object): string {
  return Object.getOwnPropertySymbols(dispatcher)
    .filter((symbol) => /options|factory/i.test(symbol.description ?? ''))
    .map(
      (symbol) => `${String(symbol)}=${describe((dispatcher as Record<symbol, unknown>)[symbol])}`,
    )
    .join('\n');
}

function describe(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === 'function' ? Function.prototype.toString.call(inner) : inner,
      ) ?? 'undefined'
    );
  } catch {
    return 'not to be told';
  }
}
