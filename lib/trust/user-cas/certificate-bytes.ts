/**
 * Certificates as they come from files, servers and options: PEM, DER or PKCS#7. All of them: what may be done with each is
 * for others to say.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import { pemToDer } from '../../certificate/pem-blocks.js';

/** In order, as DER. What is no certificate is passed over. */
export function readDers(bytes: Uint8Array): Buffer[] {
  return loadBinding()
    .parse(bytes, wholePolicy())
    .certificates.map(({ pem }) => pemToDer(pem));
}
