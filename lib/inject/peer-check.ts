/**
 * A second line against distrusted certificates: Node asks `tls.checkServerIdentity` about every peer it has verified,
 * with the whole chain at hand. It also catches distrusted leaves, which OpenSSL looks up in no store, and what a server
 * sends and the store knows by issuer and serial number alone, of which no copy can be made.
 */
import type { PeerCertificate } from 'node:tls';

import { patchTls, tlsExports } from '../tls-defaults.js';
import type { ContextOptions, Patch, TlsExports } from '../tls-defaults.js';
import { fingerprint256 } from './source.js';
import type { TrustSet } from './source.js';

type CheckServerIdentity = TlsExports['checkServerIdentity'];

export class PeerCheck {
  #distrusted: ReadonlySet<string> = new Set();
  #distrustedBy: TrustSet['distrustedBy'] = () => undefined;
  #patch: Patch | undefined;
  #original: CheckServerIdentity | undefined;

  update({ distrusted, distrustedNames, distrustedBy }: TrustSet): void {
    this.#distrusted = new Set(distrusted.map(fingerprint256));
    this.#distrustedBy = distrustedBy;
    if (distrusted.length + distrustedNames.length === 0) this.restore();
    else this.#patch ??= patchTls('checkServerIdentity', (original) => this.#wrap(original));
  }

  /** `tls.connect` has read the export before it makes the context in which distrust becomes known. */
  adopt(options: ContextOptions): void {
    if (this.#patch && options['checkServerIdentity'] === this.#original) {
      options['checkServerIdentity'] = tlsExports().checkServerIdentity;
    }
  }

  restore(): void {
    this.#patch?.undo();
    this.#patch = this.#original = undefined;
  }

  #wrap(original: CheckServerIdentity): CheckServerIdentity {
    this.#original = original;
    return (hostname, certificate) =>
      this.#findDistrusted(certificate) ?? original(hostname, certificate);
  }

  #findDistrusted(leaf: PeerCertificate): Error | undefined {
    const seen = new Set<string>();
    let certificate: PeerCertificate | undefined = leaf;
    while (certificate?.fingerprint256 !== undefined && !seen.has(certificate.fingerprint256)) {
      if (this.#isDistrusted(certificate)) return distrustError(certificate);
      seen.add(certificate.fingerprint256);
      certificate = (certificate as { issuerCertificate?: PeerCertificate }).issuerCertificate;
    }
    return undefined;
  }

  #isDistrusted({ fingerprint256: fingerprint, raw }: PeerCertificate): boolean {
    return this.#distrusted.has(fingerprint) || this.#distrustedBy(raw) !== undefined;
  }
}

/** As OpenSSL names it, so that programs which look at codes understand it. */
function distrustError(certificate: PeerCertificate): Error {
  const error = new Error(
    `The operating system distrusts a certificate of this chain: SHA-256 ${certificate.fingerprint256}`,
  );
  return Object.assign(error, { code: 'CERT_REJECTED' });
}
