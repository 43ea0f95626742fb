/**
 * Checks what OpenSSL has checked for the chain it used, but not for other chains. Pure.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import type { CertificateParts } from '../../certificate/certificate-parts.js';
import { certificateOf, isSignedBy } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { MOST_CERTIFICATES } from '../budget.js';
import { isValidAt } from '../path.js';

/**
 * True when OpenSSL has used these certificates, as far as it used any that were sent. It takes the first issuer by name, as
 * Node does when it links them, but skips those that are not valid now.
 */
export function areSurelyUsed(linked: readonly Certificate[]): boolean {
  if (linked.length > MOST_CERTIFICATES) return false;
  const now = Date.now();
  return linked.every((certificate, index) => {
    const issuer = linked[index + 1];
    return isValidAt(certificate, now) && (!issuer || isSignedBy(certificate.x509, issuer.x509));
  });
}

/**
 * Checks path lengths as RFC 5280 §6.1.4 (l) counts them. Other limits are not read here: OpenSSL checked them for the chain
 * it used, and any other chain with such limits is not accepted.
 *
 * @param hasNoTwin - true when OpenSSL had no other certificate with that name
 */
export function areWithinLimits(
  issuers: readonly ListedCertificate[],
  hasNoTwin: (issuer: ListedCertificate) => boolean,
): boolean {
  let below = 0;
  let isUsed = true;
  return issuers.every((issuer) => {
    isUsed &&= hasNoTwin(issuer);
    const parts = tryReadParts(certificateOf(issuer));
    if (!parts || below > (parts.pathLength ?? Infinity)) return false;
    if ((parts.hasOtherLimits || parts.isWeaklySigned) && !isUsed) return false;
    if (!parts.subject.equals(parts.issuer)) below++;
    return true;
  });
}

function tryReadParts(certificate: Certificate): CertificateParts | undefined {
  try {
    return certificate.parts;
  } catch {
    return undefined;
  }
}
