/**
 * {@link certificateOf} for making trust sets: the class is loaded with the first certificate that something is asked of, since
 * most sets are made without.
 */
import { part } from '../base/part.js';
import type { Certificate } from '../certificate/certificate.js';

const loadCertificate = part(
  () => require('../certificate/certificate.js') as typeof import('../certificate/certificate.js'),
);

export function certificateOf(record: { readonly pem: string }): Certificate {
  return loadCertificate().certificateOf(record);
}
