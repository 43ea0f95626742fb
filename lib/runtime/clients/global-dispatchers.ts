/**
 * The dispatchers behind the built-in `fetch` and npm's undici: where they are, of what kind, and what they keep. Nothing
 * here throws at, or changes, what a program or another library has put in their place.
 */
import { quietly } from '../../base/steps.js';

/** The place undici has used up to Node 24. */
export const FIRST_KEY = Symbol.for('undici.globalDispatcher.1');

/** All of them: from Node 24 on also the second, and Node 26 has a wrapper in the first. */
export const KEYS = [FIRST_KEY, Symbol.for('undici.globalDispatcher.2')];

/** On dispatchers of ours that verify more. */
const VERIFIED = Symbol.for('os-truststore.verifiedDispatcher');

interface Mark {
  /** Since a composed dispatcher shows the mark as well. */
  of: object;
  /** What it stands for. */
  original: object | undefined;
  isInForce: boolean;
}

export type Dispatcher = object & {
  constructor: new (options?: object) => object;
  dispatch?: unknown;
};

/** What is under a symbol; undefined also for accessors, which are the program's and are not run. */
export function fieldOf(holder: object, key: symbol): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/** @returns false when it is not to be changed */
export function setField(holder: object, key: symbol, value: unknown): boolean {
  if (Object.getOwnPropertyDescriptor(holder, key)?.writable !== true) return false;
  return Reflect.set(holder, key, value);
}

/** undici keeps its fields under symbols it does not export. */
export function fieldNamed(object: object, name: string): unknown {
  const key = keyNamed(object, name);
  return key && fieldOf(object, key);
}

export function keyNamed(object: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
}

export function markVerified<Verified extends object>(
  dispatcher: Verified,
  original?: object,
): Verified {
  const mark: Mark = { of: dispatcher, original, isInForce: true };
  return Object.defineProperty(dispatcher, VERIFIED, { value: mark });
}

/** Of a dispatcher of ours, also of another copy of this package. */
export function markOf(dispatcher: unknown): Mark | undefined {
  if (!isObject(dispatcher)) return undefined;
  const mark = quietly(() => fieldOf(dispatcher, VERIFIED)) as Mark | undefined;
  return mark?.of === dispatcher ? mark : undefined;
}

export function isVerified(dispatcher: unknown): dispatcher is Dispatcher {
  return markOf(dispatcher)?.isInForce === true;
}

/** What Node 26 keeps for older copies of undici: a face of the same agent. */
export function isWrapper(dispatcher: unknown): dispatcher is Dispatcher {
  return isOfUndici(dispatcher, 'Dispatcher1Wrapper', 'Dispatcher');
}

/** For messages; never throws, whatever it is. */
export function className(value: unknown): string {
  const name = quietly(() => (value as Partial<Dispatcher>).constructor?.name);
  return typeof name === 'string' && name !== '' ? name : typeof value;
}

/**
 * An Agent of undici's own that dispatches as it is made to and whose options say nothing but what `new Agent()` says.
 * Other classes of that name are not even tried out, and what `compose()` gives looks like an Agent in undici 7.
 */
export function isStockAgent(dispatcher: unknown): dispatcher is Dispatcher {
  if (!isOfUndici(dispatcher, 'Agent')) return false;
  return quietly(() => isAsMade(dispatcher, new dispatcher.constructor())) === true;
}

/** An instance of undici's class of that name itself. */
export function isOfUndici(
  dispatcher: unknown,
  name: string,
  base = 'DispatcherBase',
): dispatcher is Dispatcher {
  if (!isObject(dispatcher) || className(dispatcher) !== name) return false;
  return (
    quietly(() => {
      const { constructor } = dispatcher as Dispatcher;
      const parent = Object.getPrototypeOf(constructor) as { name?: unknown };
      return parent.name === base && isMadeBy(constructor, dispatcher);
    }) === true
  );
}

function isMadeBy(constructor: Dispatcher['constructor'], dispatcher: object): boolean {
  const { prototype } = constructor as unknown as { prototype: Dispatcher };
  return (
    Object.getPrototypeOf(dispatcher) === prototype &&
    (dispatcher as Dispatcher).dispatch === prototype.dispatch
  );
}

/** Whether options that can be seen are those of `example`, also of what both are composed of. */
export function isAsMade(dispatcher: object, example: object): boolean {
  return describeOptions(dispatcher) === describeOptions(example);
}

function describeOptions(dispatcher: object): string {
  return Object.getOwnPropertySymbols(dispatcher)
    .map((key): [string, unknown] => [key.description ?? '', fieldOf(dispatcher, key)])
    .flatMap(([name, value]) => {
      if (/^proxy (agent|client)$/.test(name) && isObject(value)) return describeOptions(value);
      if (!/options|factory|settings|headers|tunnel/i.test(name)) return [];
      return `${name}=${describe(value)}`;
    })
    .join('\n');
}

function describe(value: unknown): string {
  const text = quietly(() =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'function' ? Function.prototype.toString.call(inner) : inner,
    ),
  );
  return text ?? 'not to be told';
}

/**
 * Makes an Agent of undici's own forget its connections and TLS sessions, in place: those in use are finished and then
 * closed, and the next request opens a new one.
 *
 * @returns false when it does not keep them as all versions known so far
 */
export function forgetPools(agent: object): boolean {
  const pools = fieldNamed(agent, 'clients');
  if (!(pools instanceof Map)) return false;
  for (const [origin, entry] of pools as Map<unknown, object>) {
    pools.delete(origin);
    closePool(entry);
  }
  return true;
}

/** undici 5 has a weak reference there, 7 and newer the pool with a count. */
function closePool(entry: object): void {
  const { dispatcher, deref } = entry as { dispatcher?: object; deref?: () => object | undefined };
  const pool = (dispatcher ?? (deref ? deref.call(entry) : entry)) as
    { close?: () => Promise<void> } | undefined;
  pool?.close?.().catch(() => undefined);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
