/**
 * What OpenSSL has checked of the chain it has used, and nobody of another one. Pure.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import type { CertificateParts } from '../../certificate/certificate-parts.js';
import { certificateOf, isSignedBy } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { MOST_CERTIFICATES } from '../budget.js';
import { isValidAt } from '../path.js';

/**
 * Whether OpenSSL has used these, as far as it has used anything that was sent. It takes the first issuer by name, as Node does
 * when it links them, but passes over what is not valid now.
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
 * Path lengths as RFC 5280 §6.1.4 (l) counts them. What else limits a certificate is not read: OpenSSL has, for the chain it
 * used, and another one that has some is not taken for as good.
 *
 * @param hasNoTwin - whether OpenSSL had no other certificate of that name
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
