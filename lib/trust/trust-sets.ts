/**
 * Compares trust sets, and says what a set would leave out of other lists.
 */
import { loadBinding, wholePolicy } from '../addon/load-binding.js';
import { part } from '../base/part.js';
import type { Certificate } from '../certificate/certificate.js';
import { tlsExports } from '../runtime/tls-defaults.js';
import { distrustOf } from './distrust.js';
import type { TrustSet } from './trust-set.js';

const loadCertificate = part(
  () => require('../certificate/certificate.js') as typeof import('../certificate/certificate.js'),
);

/** True when the sets are the same list of certificates with the same distrust. */
export function sameTrustSet(a: TrustSet, b: TrustSet): boolean {
  return (
    sameList(a.certificates, b.certificates) &&
    sameList(a.anchors, b.anchors) &&
    sameList(a.partialChainAnchors, b.partialChainAnchors) &&
    sameList(a.distrusted.map(pemOf), b.distrusted.map(pemOf)) &&
    sameList(a.distrustedNames, b.distrustedNames)
  );
}

const pemOf = ({ pem }: Certificate): string => pem;

/** True when they exclude the same fingerprints, known or not. */
export function sameExclusions(a: TrustSet, b: TrustSet): boolean {
  return sameList(a.exclusions, b.exclusions);
}

/** Returns a function that tells whether a certificate (PEM or DER), known to the set or not, would be kept out of it. */
export function refusalBy(set: TrustSet): (encoded: string | Buffer) => boolean {
  const isDistrusted = distrustOf(set);
  const excluded = new Set(set.exclusions);
  return (encoded) => {
    const certificate = new (loadCertificate().Certificate)(encoded);
    return isDistrusted(certificate) || (excluded.size > 0 && excluded.has(certificate.sha256));
  };
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((pem, index) => pem === b[index]);
}

/**
 * `certificates` or `anchors` of a set, with the runtime's own texts of the roots where that is the same list: merging
 * everything would take longer than most of what comes before a first connection.
 *
 * @param maxNamesakes - how many may follow the roots and not stand beside the root whose name they bear
 */
export function listFor(
  set: TrustSet,
  name: 'certificates' | 'anchors',
  maxNamesakes: number,
): string[] {
  if (set.namesakes === undefined || set.namesakes > maxNamesakes) return set[name];
  const roots = [...tlsExports().rootCertificates];
  // Otherwise our reader does not accept some of them, or some occur twice.
  if (roots.length !== set.size - set.additions.length) return set[name];
  return [...roots, ...(name === 'anchors' ? set.addedAnchors : set.additions)];
}

/** True when the certificate of a PEM text can be part of a set. */
export function isReadable(pem: string): boolean {
  return loadBinding().parse(Buffer.from(pem, 'latin1'), wholePolicy()).certificates.length > 0;
}
