/**
 * Finds the extensions of a certificate that make OpenSSL refuse it. Pure.
 */
import { readCertificateParts } from '../../certificate/certificate-parts.js';
import { oidText } from '../../certificate/certificate.js';

/** The extension of precertificates for Certificate Transparency logs (RFC 6962 §3.1). */
export const CT_POISON = '1.3.6.1.4.1.11129.2.4.3';

/** All extensions that OpenSSL accepts as critical: X509_supported_extension() (crypto/x509/v3_purp.c). */
const KNOWN: ReadonlySet<string> = new Set([
  '2.16.840.1.113730.1.1', // nsCertType
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName
  '2.5.29.19', // basicConstraints
  '2.5.29.30', // nameConstraints
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.36', // policyConstraints
  '2.5.29.37', // extKeyUsage
  '2.5.29.54', // inhibitAnyPolicy
  '1.3.6.1.5.5.7.1.7', // ipAddrBlocks (RFC 3779)
  '1.3.6.1.5.5.7.1.8', // autonomousSysIds
  '1.3.6.1.5.5.7.1.14', // proxyCertInfo
  '1.3.6.1.5.5.7.48.1.5', // ocspNoCheck
]);

/** A server may send thousands of identifiers, and long ones. */
const MOST_NAMED = 4;
const MOST_TEXT = 80;

/** Object identifiers in dotted form; empty when the certificate cannot be read. */
export function unknownCritical(der: Buffer): string[] {
  try {
    return readCertificateParts(der)
      .criticalExtensions.map((oid) => oidText(Buffer.from(oid, 'hex')).slice(0, MOST_TEXT))
      .filter((oid) => !KNOWN.has(oid))
      .slice(0, MOST_NAMED);
  } catch {
    return [];
  }
}
