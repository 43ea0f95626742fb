/**
 * Collects signs of a wrong clock: how many of the runtime's own roots have expired, and how old the program is at least.
 */
import { statSync } from 'node:fs';

import type { Certificate } from '../../certificate/certificate.js';
import type { Facts } from './facts.js';

export function readClock(roots: readonly Certificate[], now: number): Facts['clock'] {
  const expired = roots.filter(({ validTo }) => validTo < now).length;
  const times = [process.execPath, __filename].flatMap((path) => {
    try {
      return [statSync(path).mtimeMs];
    } catch {
      return [];
    }
  });
  return {
    expiredRoots: roots.length === 0 ? 0 : expired / roots.length,
    ...(times.length === 0 ? {} : { programTime: Math.max(...times) }),
  };
}
