/**
 * What OpenSSL has checked of the chain it has used, and nobody of another one. Pure.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import { readCertificateParts } from '../../certificate/certificate-parts.js';
import type { CertificateParts } from '../../certificate/certificate-parts.js';
import { isSignedBy, parseX509 } from '../../certificate/certificate.js';
import { pemToDer } from '../../certificate/pem-blocks.js';
import { MOST_CERTIFICATES } from '../budget.js';

/**
 * Whether OpenSSL has used these, as far as it has used anything that was sent. It takes the first issuer by name, as Node does
 * when it links them, but passes over what is not valid now.
 */
export function areSurelyUsed(linked: readonly Buffer[]): boolean {
  if (linked.length > MOST_CERTIFICATES) return false;
  const now = Date.now();
  const certificates = linked.map(parseX509);
  return certificates.every((certificate, index) => {
    const issuer = certificates[index + 1];
    const isValid =
      Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    return isValid && (!issuer || isSignedBy(certificate, issuer));
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
    const parts = tryReadParts(issuer.pem);
    if (!parts || below > (parts.pathLength ?? Infinity)) return false;
    if ((parts.hasOtherLimits || parts.isWeaklySigned) && !isUsed) return false;
    if (!parts.subject.equals(parts.issuer)) below++;
    return true;
  });
}

function tryReadParts(pem: string): CertificateParts | undefined {
  try {
    return readCertificateParts(pemToDer(pem));
  } catch {
    return undefined;
  }
}
