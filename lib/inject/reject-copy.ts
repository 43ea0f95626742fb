/**
 * A copy of a certificate that makes OpenSSL refuse it, and every chain through it, for TLS servers.
 */
import { pemToDer } from './source.js';

/**
 * X509_CERT_AUX of openssl-x509(1) "trust settings": SEQUENCE { reject [0] { 1.3.6.1.5.5.7.3.1 (serverAuth) } }, which
 * follows the certificate in a TRUSTED CERTIFICATE block.
 */
const REJECT_SERVER_AUTH = Buffer.from('300ca00a06082b06010505070301', 'hex');

/**
 * OpenSSL keeps the first copy of a certificate a store gets, so this one must come before any plain one. Node's own
 * roots are there already: those are left out of the list instead.
 */
export function toRejectCopy(pem: string): string {
  const body = Buffer.concat([pemToDer(pem), REJECT_SERVER_AUTH])
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN TRUSTED CERTIFICATE-----\n${body}-----END TRUSTED CERTIFICATE-----\n`;
}
