/**
 * Options of the native clients of Bun and Deno, with something of ours added. Pure.
 */

/** `options` and one more. What an object of a class, a `Request` say, has through its prototype is not lost. */
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
  // Not of `options` itself: a proxy of what is frozen must tell what is frozen.
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

/** The second argument of `WebSocket` as options: the standard has protocols there. */
export function webSocketOptions(given: unknown): unknown {
  if (typeof given === 'string') return { protocols: given };
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given;
  return isList ? { protocols: [...(given as Iterable<unknown>)] } : given;
}
