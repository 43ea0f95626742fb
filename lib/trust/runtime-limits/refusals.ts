/**
 * Remembers what the TLS library of this runtime has refused so far; see refused.ts. In almost every process it is empty.
 */

/** The reason for each refusal, by {@link pemKey}. A runtime never changes its answer. */
export const refusals = new Map<string, string>();

/** True when anything has been refused; sets that are made afterwards leave it out. */
export function isAnythingRefused(): boolean {
  return refusals.size > 0;
}
