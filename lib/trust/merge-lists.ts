/**
 * The whole of a trust set, merged of every list: the one authority on what is in it.
 */
import { CertificateSet } from '../certificate/certificate-set.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import { sha256OfPem } from '../certificate/fingerprint.js';
import { leavesOut, toPems, toTrustSet } from './make-trust-set.js';
import type { Sources } from './make-trust-set.js';
import { mergeCertificates } from './merge.js';
import type { NativeFacts, NativeStore } from '../addon/native-binding.js';
import { pemToDer } from '../certificate/pem-blocks.js';
import { MERGE_OPERATION } from './trust-set.js';
import type { TrustSet } from './trust-set.js';
import { validityOf } from '../base/validity.js';

export function mergeAll(sources: Sources): TrustSet {
  const { options, store, policy, roots, named, extra, user, leftOut } = sources;
  const isUsed = (list: NativeFacts[]): NativeFacts[] => leftOut?.without(list) ?? list;
  const bundled = isUsed(options.bundled ? roots.all() : []);
  const system = isUsed(selectSystem(store?.facts(policy) ?? [], options.intermediates));
  const excluded =
    options.exclude.size === 0
      ? []
      : [...bundled, ...extra, ...system, ...named.user].filter(({ pem }) =>
          options.exclude.has(sha256OfPem(pem)),
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
  const isAdded = (certificate: NativeFacts): boolean => !own.has(certificate);
  const whole = { certificates: toPems(merged.certificates), anchors: toPems(merged.anchors) };
  return toTrustSet(sources, merged, {
    size: whole.certificates.length,
    whole: () => whole,
    additions: toPems(merged.certificates.filter(isAdded)),
    addedAnchors: toPems(merged.anchors.filter(isAdded)),
    excluded: toPems(excluded),
    excludedBundled: bundled.length === 0 || leavesOut(merged.certificates, bundled),
    // The dates of a bundled root decide nothing, wherever else it is found.
    validity: validityOf([...system.filter(isAdded), ...user], policy),
  });
}

/** A name or key without the certificate reaches what other lists hold only here. */
function distrustedByName(
  store: NativeStore | undefined,
  certificates: readonly NativeFacts[],
): NativeFacts[] {
  if (!store || store.distrustedNames.length === 0) return [];
  return certificates.filter(({ pem }) => store.distrustedBy(pemToDer(pem)) !== undefined);
}

function selectSystem(facts: NativeFacts[], intermediates: boolean): NativeFacts[] {
  return intermediates
    ? facts
    : facts.filter(({ role, trust }) => role !== 'intermediate' || trust === 'distrusted');
}

const SHOWN_FINGERPRINTS = 3;

/** One for each reason, however many certificates there are. */
export function skippedWarnings(skipped: readonly NativeFacts[]): TruststoreError[] {
  const byReason = new Map<string, NativeFacts[]>();
  for (const certificate of skipped) {
    const reason = certificate.skipped ?? 'unknown';
    const group = byReason.get(reason);
    if (group) group.push(certificate);
    else byReason.set(reason, [certificate]);
  }
  return [...byReason].map(([reason, group]) => {
    const count = group.length;
    const subject =
      count === 1 ? 'A certificate you named is' : `${count} certificates you named are`;
    const shown = group.slice(0, SHOWN_FINGERPRINTS).map(({ pem }) => sha256OfPem(pem));
    const more = count > shown.length ? ` and ${count - shown.length} more` : '';
    return new TruststoreError(
      ErrorCodes.USER_CA,
      `${subject} not used (${reason}): SHA-256 ${shown.join(', ')}${more}`,
      { operation: MERGE_OPERATION },
    );
  });
}
