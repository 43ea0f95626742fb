/**
 * Tells which certificates are distrusted. Distrust applies to what was signed and not to one encoding of it, because anyone
 * can write an ECDSA signature in another way (s → n − s) without the key. Pure.
 */
import type { Certificate } from '../certificate/certificate.js';
import { certificateOf } from './certificate-of.js';
import type { TrustSet } from './trust-set.js';

/** Returns a function that tells whether a certificate is among `certificates`, in that encoding or another. */
export function isOneOf(certificates: readonly Certificate[]): (one: Certificate) => boolean {
  const identities = new Set(certificates.map(({ identity }) => identity));
  // Bytes that are not a certificate have no identity, and match nothing.
  identities.delete(undefined);
  return (one) => identities.size > 0 && identities.has(one.identity);
}

/** Returns a function that tells whether a set distrusts a certificate: the system holds it as distrusted, or names it. */
export function distrustOf({
  distrusted,
  distrustedBy,
}: Pick<TrustSet, 'distrusted' | 'distrustedBy'>): (one: Certificate) => boolean {
  const isHeld = isOneOf(distrusted);
  return (one) => isHeld(one) || distrustedBy(one.der) !== undefined;
}

/** Returns a function that gives the latest notBefore (ms) of what a certificate may issue; undefined without a limit. */
export function datesOf(dated: TrustSet['dated']): (one: Certificate) => number | undefined {
  const dates = new Map<string, number>();
  for (const one of dated) {
    const { identity } = certificateOf(one);
    if (identity === undefined) continue;
    dates.set(identity, Math.min(one.after, dates.get(identity) ?? one.after));
  }
  return ({ identity }) => (identity === undefined ? undefined : dates.get(identity));
}
