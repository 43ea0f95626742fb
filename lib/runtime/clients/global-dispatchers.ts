/**
 * Finds the dispatchers behind the built-in `fetch` and npm's undici, and tells their kind and what they keep. This code
 * neither throws at nor changes what a program or another library has put in their place.
 */
import { quietly } from '../../base/steps.js';

/** The place that undici uses up to Node 24. */
export const FIRST_KEY = Symbol.for('undici.globalDispatcher.1');

/** All the places: Node 24 and later also use the second, and Node 26 has a wrapper in the first. */
export const KEYS = [FIRST_KEY, Symbol.for('undici.globalDispatcher.2')];

/** Marks our dispatchers that verify more. */
const VERIFIED = Symbol.for('os-truststore.verifiedDispatcher');

interface Mark {
  /** The dispatcher the mark was made for, because a composed dispatcher shows its mark as well. */
  of: object;
  /** The dispatcher it replaces. */
  original: object | undefined;
  isInForce: boolean;
}

export type Dispatcher = object & {
  constructor: new (options?: object) => object;
  dispatch?: unknown;
};

/** The value under a symbol. Undefined for accessors, which belong to the program and are not run. */
export function fieldOf(holder: object, key: symbol): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/** @returns false when the field must not be changed */
export function setField(holder: object, key: symbol, value: unknown): boolean {
  if (Object.getOwnPropertyDescriptor(holder, key)?.writable !== true) return false;
  return Reflect.set(holder, key, value);
}

/** Reads a field of undici by its description, since undici keeps fields under symbols that it does not export. */
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

/** The mark of one of our dispatchers, also of another copy of this package. */
export function markOf(dispatcher: unknown): Mark | undefined {
  if (!isObject(dispatcher)) return undefined;
  const mark = quietly(() => fieldOf(dispatcher, VERIFIED)) as Mark | undefined;
  return mark?.of === dispatcher ? mark : undefined;
}

export function isVerified(dispatcher: unknown): dispatcher is Dispatcher {
  return markOf(dispatcher)?.isInForce === true;
}

/** True for the wrapper of the same agent that Node 26 keeps for older copies of undici. */
export function isWrapper(dispatcher: unknown): dispatcher is Dispatcher {
  return isOfUndici(dispatcher, 'Dispatcher1Wrapper', 'Dispatcher');
}

/** The class name of any value, for messages; never throws. */
export function className(value: unknown): string {
  const name = quietly(() => (value as Partial<Dispatcher>).constructor?.name);
  return typeof name === 'string' && name !== '' ? name : typeof value;
}

/**
 * True for undici's own Agent if its `dispatch` is the original and its options are those of `new Agent()`. Instances of
 * other classes with that name are not tried, and in undici 7 the result of `compose()` looks like an Agent.
 */
export function isStockAgent(dispatcher: unknown): dispatcher is Dispatcher {
  if (!isOfUndici(dispatcher, 'Agent')) return false;
  return quietly(() => isAsMade(dispatcher, new dispatcher.constructor())) === true;
}

/** True for a direct instance of undici's class of that name whose `dispatch` is the class's own. */
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

/** True when the visible options equal those of `example`, including those of the dispatchers that both are composed of. */
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
 * Makes an undici Agent forget its connections and TLS sessions in place: busy connections finish and are closed, and the
 * next request opens a new one.
 *
 * @returns false when the agent does not keep them as all versions known so far do
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

/** undici 5 keeps a weak reference there, undici 7 and newer keep the pool with a count. */
function closePool(entry: object): void {
  const { dispatcher, deref } = entry as { dispatcher?: object; deref?: () => object | undefined };
  const pool = (dispatcher ?? (deref ? deref.call(entry) : entry)) as
    { close?: () => Promise<void> } | undefined;
  pool?.close?.().catch(() => undefined);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
