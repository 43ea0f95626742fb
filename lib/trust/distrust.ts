/**
 * Which certificate a distrusted one is. What is distrusted is what was signed, not one encoding of it: anybody can write an
 * ECDSA signature in another way (s → n − s) without the key. Pure.
 */
import type { Certificate } from '../certificate/certificate.js';
import type { TrustSet } from './trust-set.js';

/** Says of certificates whether they are among `certificates`, in that encoding or another. */
export function isOneOf(certificates: readonly Certificate[]): (one: Certificate) => boolean {
  const identities = new Set(certificates.map(({ identity }) => identity));
  // Of what is no certificate, which is none of them.
  identities.delete(undefined);
  return (one) => identities.size > 0 && identities.has(one.identity);
}

/** Says of certificates whether a trust set distrusts them: because the system holds them as such, or names them. */
export function distrustOf({
  distrusted,
  distrustedBy,
}: Pick<TrustSet, 'distrusted' | 'distrustedBy'>): (one: Certificate) => boolean {
  const isHeld = isOneOf(distrusted);
  return (one) => isHeld(one) || distrustedBy(one.der) !== undefined;
}

/** Says of certificates after which time (ms) nothing they issue may begin; undefined where that is not said. */
export function datesOf(dated: TrustSet['dated']): (one: Certificate) => number | undefined {
  const dates = new Map<string, number>();
  for (const { certificate, after } of dated) {
    const { identity } = certificate;
    if (identity !== undefined) dates.set(identity, Math.min(after, dates.get(identity) ?? after));
  }
  return ({ identity }) => (identity === undefined ? undefined : dates.get(identity));
}
