/**
 * Remembers which certificates were signed by which issuers' keys.
 */
import type { X509Certificate } from 'node:crypto';

import type { ListedCertificate } from '../addon/native-binding.js';
import { BoundedMap } from '../base/bounded-map.js';
import { certificateOf, isSignedBy } from '../certificate/certificate.js';

/** Most servers share a few issuing CAs; each takes some kilobytes. */
const MOST_ISSUERS = 128;

/** A cache: servers share issuers, and Node takes up to 0.3 ms to read a certificate and as long for a signature. */
export class Signatures {
  readonly #issuers = new BoundedMap<X509Certificate>(MOST_ISSUERS);
  readonly #ofIssuers = new BoundedMap<boolean>(MOST_ISSUERS);

  verify(certificate: ListedCertificate, issuer: ListedCertificate): boolean {
    // A leaf is seen once, because its chain is remembered as a whole.
    if (certificate.role === 'leaf') {
      return isSignedBy(certificateOf(certificate).x509, this.#read(issuer));
    }
    const key = certificate.pem + issuer.pem;
    const known = this.#ofIssuers.get(key);
    if (known !== undefined) return known;
    const isSigned = isSignedBy(this.#read(certificate), this.#read(issuer));
    this.#ofIssuers.set(key, isSigned);
    return isSigned;
  }

  #read(issuer: ListedCertificate): X509Certificate {
    const known = this.#issuers.get(issuer.pem);
    if (known) return known;
    const { x509 } = certificateOf(issuer);
    this.#issuers.set(issuer.pem, x509);
    return x509;
  }
}
