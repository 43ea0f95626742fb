/**
 * What the TLS library of this runtime has refused so far; see refused.ts. In almost every process nothing.
 */

/** Why each was refused, by {@link pemKey}. A runtime does not change its mind. */
export const refusals = new Map<string, string>();

/** What is refused later is left out of the sets that are made then. */
export function isAnythingRefused(): boolean {
  return refusals.size > 0;
}
