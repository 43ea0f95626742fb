/**
 * {@link certificateOf} for making trust sets. Loads the class when a certificate is first examined, because most sets are
 * made without that.
 */
import { part } from '../base/part.js';
import type { Certificate } from '../certificate/certificate.js';

const loadCertificate = part(
  () => require('../certificate/certificate.js') as typeof import('../certificate/certificate.js'),
);

export function certificateOf(record: { readonly pem: string }): Certificate {
  return loadCertificate().certificateOf(record);
}
