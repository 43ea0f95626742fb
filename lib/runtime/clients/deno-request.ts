/**
 * Which requests of Deno's `fetch` have a client of their own.
 */

/** Whether this is a `Request` the program has made with a client of its own. Deno tells nobody but by its internals. */
export function hasClient(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false;
  const inner = Object.getOwnPropertySymbols(input).find((key) => key.description === 'request');
  const request = inner && (Reflect.get(input, inner) as { clientRid?: unknown } | undefined);
  return request?.clientRid !== undefined && request.clientRid !== null;
}
