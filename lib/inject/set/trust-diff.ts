/**
 * Compares two trust sets. Pure.
 */
import { Certificate, tryReadCertificate } from '../../certificate/certificate.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { ChangedCertificate, TrustDiff } from '../types.js';

export function diffTrustSets(before: TrustSet | undefined, after: TrustSet): TrustDiff {
  const old = allOf(before);
  const present = allOf(after);
  return {
    added: difference(present, old),
    removed: difference(old, present),
  };
}

/** True when trust is lost. New distrust counts too, even if no certificate leaves the list. */
export function takesTrustAway(before: TrustSet, after: TrustSet): boolean {
  const present = allOf(after);
  return (
    [...allOf(before)].some((pem) => !present.has(pem)) ||
    hasMore(pemsOf(before.distrusted), pemsOf(after.distrusted)) ||
    hasMore(before.distrustedNames, after.distrustedNames) ||
    hasMore(before.exclusions, after.exclusions)
  );
}

function pemsOf(certificates: readonly Certificate[]): string[] {
  return certificates.map(({ pem }) => pem);
}

function hasMore(before: readonly string[], after: readonly string[]): boolean {
  const known = new Set(before);
  return after.some((one) => !known.has(one));
}

function allOf(set: TrustSet | undefined): Set<string> {
  return new Set(set ? [...set.certificates, ...set.partialChainAnchors] : []);
}

function difference(some: ReadonlySet<string>, others: ReadonlySet<string>): ChangedCertificate[] {
  return [...some]
    .filter((pem) => !others.has(pem))
    .map((pem) => ({
      pem,
      // Read when asked, because few listeners do, and the runtime reads it.
      get subject() {
        return tryReadCertificate(pem)?.subject ?? '';
      },
      fingerprint256: new Certificate(pem).fingerprint256,
    }));
}
