/**
 * Reports which user CAs are left out, and why.
 */
import type { ListedCertificate } from '../addon/native-binding.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import { certificateOf } from './certificate-of.js';
import { MERGE_OPERATION } from './trust-set.js';

const SHOWN_FINGERPRINTS = 3;

/** One warning for each reason, however many certificates there are. */
export function skippedWarnings(skipped: readonly ListedCertificate[]): TruststoreError[] {
  const byReason = new Map<string, ListedCertificate[]>();
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
    const shown = group.slice(0, SHOWN_FINGERPRINTS).map((one) => certificateOf(one).sha256);
    const more = count > shown.length ? ` and ${count - shown.length} more` : '';
    return new TruststoreError(
      ErrorCodes.USER_CA,
      `${subject} not used (${reason}): SHA-256 ${shown.join(', ')}${more}`,
      { operation: MERGE_OPERATION },
    );
  });
}
