/**
 * What is asked of trust sets while they are in use.
 */
import { loadBinding, wholePolicy } from '../addon/load-binding.js';
import { part } from '../base/part.js';
import { tlsExports } from '../runtime/tls-defaults.js';
import { distrustOf } from './distrust.js';
import type { TrustSet } from './trust-set.js';

const loadFingerprint = part(
  () => require('../certificate/fingerprint.js') as typeof import('../certificate/fingerprint.js'),
);

/** Whether the sets are the same list of certificates with the same distrust. */
export function sameTrustSet(a: TrustSet, b: TrustSet): boolean {
  return (
    sameList(a.certificates, b.certificates) &&
    sameList(a.anchors, b.anchors) &&
    sameList(a.partialChainAnchors, b.partialChainAnchors) &&
    sameList(a.distrusted, b.distrusted) &&
    sameList(a.distrustedNames, b.distrustedNames)
  );
}

/** Whether they leave out the same of what they do not know. */
export function sameExclusions(a: TrustSet, b: TrustSet): boolean {
  return sameList(a.exclusions, b.exclusions);
}

/** Says of a DER certificate that the set may not know whether it would be kept out of it. */
export function refusalBy(set: TrustSet): (der: Buffer) => boolean {
  const isDistrusted = distrustOf(set);
  const excluded = new Set(set.exclusions);
  return (der) =>
    isDistrusted(der) || (excluded.size > 0 && excluded.has(loadFingerprint().sha256Of(der)));
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((pem, index) => pem === b[index]);
}

/**
 * `certificates` or `anchors` of a set, the roots in the runtime's own texts where that is the same: to merge everything takes
 * longer than most of what comes before a first connection.
 *
 * @param maxNamesakes - how many may stand after the roots instead of beside the one whose name they bear
 */
export function listFor(
  set: TrustSet,
  name: 'certificates' | 'anchors',
  maxNamesakes: number,
): string[] {
  if (set.namesakes === undefined || set.namesakes > maxNamesakes) return set[name];
  const roots = [...tlsExports().rootCertificates];
  // Otherwise some are no certificates as we read them, or are there twice.
  if (roots.length !== set.size - set.additions.length) return set[name];
  return [...roots, ...(name === 'anchors' ? set.addedAnchors : set.additions)];
}

/** Whether the certificate of a PEM text can be part of a set. */
export function isReadable(pem: string): boolean {
  return loadBinding().parse(Buffer.from(pem, 'latin1'), wholePolicy()).certificates.length > 0;
}
