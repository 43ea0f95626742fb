/**
 * Options of the native clients of Bun and Deno, with something of ours added. Pure.
 */

/** `options` and one more. What an object of a class, a `Request` say, has through its prototype is not lost. */
export function withOption(options: unknown, name: string, value: unknown): object {
  if (typeof options !== 'object' || options === null) return { [name]: value };
  const prototype: unknown = Object.getPrototypeOf(options);
  if (prototype === Object.prototype || prototype === null) return { ...options, [name]: value };
  const has = (key: PropertyKey): boolean => key === name || Reflect.has(options, key);
  return new Proxy(
    {},
    {
      has: (_, key) => has(key),
      get: (_, key): unknown => (key === name ? value : Reflect.get(options, key, options)),
    },
  );
}

/** The second argument of `WebSocket` as options: the standard has protocols there. */
export function webSocketOptions(given: unknown): unknown {
  if (typeof given === 'string') return { protocols: given };
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given;
  return isList ? { protocols: [...(given as Iterable<unknown>)] } : given;
}
