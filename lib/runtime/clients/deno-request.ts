/**
 * Tells which requests of Deno's `fetch` have their own client.
 */

/** True for a `Request` that the program has made with its own client. Only Deno's internals show that. */
export function hasClient(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false;
  const inner = Object.getOwnPropertySymbols(input).find((key) => key.description === 'request');
  const request = inner && (Reflect.get(input, inner) as { clientRid?: unknown } | undefined);
  return request?.clientRid !== undefined && request.clientRid !== null;
}
