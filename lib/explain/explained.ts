/**
 * Converts a certificate to the form in which explanations show it.
 */
import type { Certificate } from '../certificate/certificate.js';
import { keyName, signatureName, toIso } from '../certificate/names.js';
import type { ExplainedCertificate } from './types.js';

export function toExplained(certificate: Certificate): ExplainedCertificate {
  const { subject, issuer, fingerprint256, isCA, selfSigned, pem, x509 } = certificate;
  return {
    subject,
    issuer,
    serialNumber: x509.serialNumber,
    fingerprint256,
    validFrom: toIso(certificate.validFrom),
    validTo: toIso(certificate.validTo),
    key: keyName(certificate),
    signatureAlgorithm: signatureName(certificate),
    isCA,
    selfSigned,
    ...(x509.subjectAltName === undefined ? {} : { names: x509.subjectAltName }),
    pem,
  };
}
