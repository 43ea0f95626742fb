/**
 * Tells by its size whether a value of `ca` may hold every root of Node. Usual values take no time, and the code that
 * recognises such lists is loaded only for large ones.
 */
import { isExact } from '../../certificate/exact-list.js';

/**
 * In characters. A shorter value cannot hold the roots of any runtime (180,000 to 224,000) and is not examined, since most
 * programs name only a certificate or two.
 */
export const LEAST_LENGTH = 50_000;

/** How deep nested arrays are followed, because an array can contain itself. */
export const MOST_LEVELS = 4;

/** True when it is worth calling `findRootList`. Takes no time for the values programs usually pass. */
export function mayBeRootList(ca: unknown): boolean {
  try {
    return !isExact(ca) && lengthOf(ca, MOST_LEVELS) >= LEAST_LENGTH;
  } catch {
    return false;
  }
}

/** Counts only until the value is long enough. */
function lengthOf(ca: unknown, levels: number): number {
  if (typeof ca === 'string') return ca.length;
  if (ArrayBuffer.isView(ca)) return ca.byteLength;
  if (!Array.isArray(ca) || levels === 0) return 0;
  let length = 0;
  for (const one of ca as unknown[]) {
    length += lengthOf(one, levels - 1);
    if (length >= LEAST_LENGTH) break;
  }
  return length;
}
