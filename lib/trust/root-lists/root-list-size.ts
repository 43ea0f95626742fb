/**
 * Whether a value of `ca` may hold every root of Node, by its size: what programs usually pass takes no time, and what
 * recognises such lists is loaded when there may be one.
 */
import { isExact } from '../../certificate/exact-list.js';

/**
 * In characters. What is shorter cannot hold the roots of any runtime (180,000 to 224,000), and is not looked at: programs
 * mostly name a certificate or two.
 */
export const LEAST_LENGTH = 50_000;

/** Arrays in arrays are followed that far; one may hold itself. */
export const MOST_LEVELS = 4;

/** Whether it is worth asking `findRootList`. Takes no time for what programs usually pass. */
export function mayBeRootList(ca: unknown): boolean {
  try {
    return !isExact(ca) && lengthOf(ca, MOST_LEVELS) >= LEAST_LENGTH;
  } catch {
    return false;
  }
}

/** Up to where it is long enough. */
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
