/**
 * Adds an option of ours to the options of Bun's and Deno's native clients. Pure.
 */

/** `options` with one more property. If they have a class, such as `Request`, what they get from its prototype is kept. */
export function withOption(options: unknown, name: string, value: unknown): object {
  if (typeof options !== 'object' || options === null) return { [name]: value };
  const prototype: unknown = Object.getPrototypeOf(options);
  if (prototype === Object.prototype || prototype === null) return { ...options, [name]: value };
  return overlay(options, name, value);
}

function overlay(options: object, name: string, value: unknown): object {
  const read = (key: PropertyKey): unknown =>
    key === name ? value : Reflect.get(options, key, options);
  const keys = [...new Set([...Reflect.ownKeys(options), name])];
  const describe = (key: PropertyKey): PropertyDescriptor => ({
    value: read(key),
    configurable: true,
    enumerable: key === name || Object.prototype.propertyIsEnumerable.call(options, key),
  });
  // The target is not `options` itself: a proxy of a frozen object must report the frozen values.
  return new Proxy(
    {},
    {
      get: (_, key) => read(key),
      has: (_, key) => key === name || Reflect.has(options, key),
      ownKeys: () => keys,
      getOwnPropertyDescriptor: (_, key) => (keys.includes(key) ? describe(key) : undefined),
    },
  );
}

/** Turns the second argument of `WebSocket` into options; by the standard it holds protocols. */
export function webSocketOptions(given: unknown): unknown {
  if (typeof given === 'string') return { protocols: given };
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given;
  return isList ? { protocols: [...(given as Iterable<unknown>)] } : given;
}
