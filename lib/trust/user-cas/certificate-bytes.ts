/**
 * Reads every certificate from bytes of files, servers and options: PEM, DER or PKCS#7. The caller decides what each may be
 * used for.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import { certificateOf } from '../../certificate/certificate.js';

/** The certificates in order, as DER. Anything else is skipped. */
export function readDers(bytes: Uint8Array): Buffer[] {
  return loadBinding()
    .parse(bytes, wholePolicy())
    .certificates.map((one) => certificateOf(one).der);
}
