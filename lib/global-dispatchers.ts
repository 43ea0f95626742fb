/**
 * The dispatchers behind the built-in `fetch` and npm's undici: where they are, and of what kind.
 */

/** The place undici has used up to Node 24. */
export const FIRST_KEY = Symbol.for('undici.globalDispatcher.1');

/** All of them: from Node 24 on also the second, and Node 26 has a wrapper in the first. */
export const KEYS = [FIRST_KEY, Symbol.for('undici.globalDispatcher.2')];

/** On dispatchers of ours that verify more: makes another of the same kind. */
export const RENEW = Symbol.for('os-truststore.renewDispatcher');

export type Dispatcher = object & {
  constructor: new (options?: object) => object;
  dispatch?: unknown;
  [RENEW]?: () => object;
};

export type DispatcherHolder = Record<symbol, unknown>;

export function dispatcherHolder(): DispatcherHolder {
  return globalThis as unknown as DispatcherHolder;
}

export function isOurs(dispatcher: unknown): dispatcher is Dispatcher {
  return isObject(dispatcher) && RENEW in dispatcher;
}

/** What Node 26 keeps for older copies of undici: a face of the same agent. */
export function isWrapper(dispatcher: unknown): dispatcher is Dispatcher {
  if (!isObject(dispatcher)) return false;
  const { constructor } = dispatcher as { constructor?: { name?: unknown } };
  return constructor?.name === 'Dispatcher1Wrapper';
}

/** The wrapper for another agent; undefined where there is none. */
export function wrapAgain(holder: DispatcherHolder, agent: object): object | undefined {
  const wrapper = holder[FIRST_KEY];
  return isWrapper(wrapper) ? new wrapper.constructor(agent) : undefined;
}

export function makeAnother(dispatcher: Dispatcher): object | undefined {
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
  if (!isObject(dispatcher) || !isAgentOfUndici(dispatcher.constructor)) return false;
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
