/**
 * The error for a peer that OpenSSL accepts and the machine distrusts.
 */
import { tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';

export interface DistrustRefusal extends Error {
  code: 'CERT_REJECTED';
  fingerprint256: string;
}

/**
 * Uses OpenSSL's code, so that programs that look at codes understand it.
 *
 * @param extent - the extent of the distrust if it is limited; undefined when it does not appear to be distrusted
 */
export function toRefusal(culprit: Certificate, extent: string | undefined): DistrustRefusal {
  const { subject = 'a certificate that cannot be read', fingerprint256 = '' } =
    tryReadCertificate(culprit.der) ?? {};
  const name = subject.split('\n').at(-1)?.replace(/^\w+=/, '') ?? '';
  const reason =
    extent === undefined
      ? `No chain from “${name}” to a trusted CA avoids what the machine distrusts, as far as can be seen`
      : `The machine distrusts “${name}”${extent}, and no other chain leads to a trusted CA`;
  return Object.assign(new Error(`${reason}: SHA-256 ${fingerprint256.replaceAll(':', '')}`), {
    code: 'CERT_REJECTED' as const,
    fingerprint256,
  });
}
