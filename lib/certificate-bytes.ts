/**
 * Certificates as they come from files, servers and options: PEM, DER or PKCS#7. All of them: what may be done with each is
 * for others to say.
 */
import { loadBinding, wholePolicy } from './native-binding.js';
import type { NativeFacts } from './native-binding.js';
import { pemToDer } from './trusted-cas.js';

/** In order; `problem` is about what is no certificate. */
export function readCertificates(bytes: Uint8Array): {
  certificates: NativeFacts[];
  problem: string | undefined;
} {
  const { certificates, errors } = loadBinding().parse(bytes, wholePolicy());
  return { certificates, problem: errors[0]?.message };
}

/** {@link readCertificates} as DER. */
export function readDers(bytes: Uint8Array): Buffer[] {
  return readCertificates(bytes).certificates.map(({ pem }) => pemToDer(pem));
}
