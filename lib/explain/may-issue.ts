/**
 * Asks whether OpenSSL lets a certificate issue others, by the rule the store is judged by.
 */
import { loadBinding, wholePolicy } from '../addon/load-binding.js';
import type { Certificate } from '../certificate/certificate.js';

/**
 * True with CA:TRUE, and also for what has no basic constraints: a self-signed certificate of version 1, one whose key usage
 * holds keyCertSign, and one that Netscape's type makes a CA (check_ca in OpenSSL's crypto/x509/v3_purp.c). What cannot be
 * read counts as able to.
 */
export function mayIssue({ der }: Certificate): boolean {
  return loadBinding().parse(der, wholePolicy()).certificates[0]?.role !== 'leaf';
}
