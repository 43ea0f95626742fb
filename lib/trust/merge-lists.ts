/**
 * Makes the whole trust set of every list, by the rules of merge.ts.
 */
import type { ListedCertificate, NativeStore } from '../addon/native-binding.js';
import { validityOf } from '../base/validity.js';
import { CertificateSet } from '../certificate/certificate-set.js';
import { certificateOf } from './certificate-of.js';
import { mergeCertificates } from './merge.js';
import { leavesOut, toPems, toTrustSet } from './to-trust-set.js';
import type { Sources } from './to-trust-set.js';
import type { TrustSet } from './trust-set.js';

export function mergeAll(sources: Sources): TrustSet {
  const { options, store, policy, roots, named, extra, user, leftOut } = sources;
  const isUsed = (list: ListedCertificate[]): ListedCertificate[] => leftOut?.without(list) ?? list;
  const bundled = isUsed(options.bundled ? roots.all() : []);
  const system = isUsed(selectSystem(store?.facts(policy) ?? [], options.intermediates));
  const excluded =
    options.exclude.size === 0
      ? []
      : [...bundled, ...extra, ...system, ...named.user].filter((one) =>
          options.exclude.has(certificateOf(one).sha256),
        );
  const distrusted = distrustedByName(store, [...bundled, ...extra, ...user]);
  const merged = mergeCertificates({
    bundled,
    extra,
    system,
    user,
    distrusted,
    excluded,
  });
  const own = new CertificateSet(bundled);
  const isAdded = (certificate: ListedCertificate): boolean => !own.has(certificate);
  const whole = { certificates: toPems(merged.certificates), anchors: toPems(merged.anchors) };
  return toTrustSet(sources, merged, {
    size: whole.certificates.length,
    whole: () => whole,
    additions: toPems(merged.certificates.filter(isAdded)),
    addedAnchors: toPems(merged.anchors.filter(isAdded)),
    excluded: excluded.map(certificateOf),
    excludedBundled: bundled.length === 0 || leavesOut(merged.certificates, bundled),
    // The dates of a bundled root decide nothing, wherever else it is found.
    validity: validityOf([...system.filter(isAdded), ...user], policy),
  });
}

/** Distrust by name or key, without the certificate, reaches other lists only here. */
function distrustedByName(
  store: NativeStore | undefined,
  certificates: readonly ListedCertificate[],
): ListedCertificate[] {
  if (!store || store.distrustedNames.length === 0) return [];
  return certificates.filter((one) => store.distrustedBy(certificateOf(one).der) !== undefined);
}

function selectSystem(facts: ListedCertificate[], intermediates: boolean): ListedCertificate[] {
  return intermediates
    ? facts
    : facts.filter(({ role, trust }) => role !== 'intermediate' || trust === 'distrusted');
}
