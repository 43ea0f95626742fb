/**
 * Certificates a judge of peers knows: what is trusted, by name, and what was shown.
 */
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import type { ListedCertificate } from '../../addon/native-binding.js';
import type { Certificate } from '../../certificate/certificate.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import type { TrustSet } from '../../trust/trust-set.js';

export class TrustedByName {
  readonly #bySubject = new Map<string, ListedCertificate[]>();

  constructor(certificates: readonly ListedCertificate[]) {
    for (const certificate of certificates) {
      const group = this.#bySubject.get(certificate.subjectName);
      if (group) group.push(certificate);
      else this.#bySubject.set(certificate.subjectName, [certificate]);
    }
  }

  named(subjectName: string): readonly ListedCertificate[] {
    return this.#bySubject.get(subjectName) ?? [];
  }
}

/**
 * Those that end a chain by themselves, are in the set and have been shown: with them most chains are judged, and nothing has to
 * be merged for it. Empty where that cannot be told, or is told otherwise.
 */
export function heldAmong(
  { namesakes, additions }: TrustSet,
  shown: readonly ListedCertificate[],
): TrustedByName {
  // Otherwise what is known of the set is there already.
  const roots = namesakes === undefined ? [] : tlsExports().rootCertificates;
  const isHeld = (pem: string): boolean =>
    additions.includes(pem) || roots.some((root) => root.trimEnd() === pem.trimEnd());
  const isOfSet = ({ pem, looksSelfSigned }: ListedCertificate): boolean =>
    looksSelfSigned && roots.length > 0 && isHeld(pem);
  return new TrustedByName(shown.filter(isOfSet));
}

export function readListed(pems: readonly string[]): ListedCertificate[] {
  return loadBinding().parse(Buffer.from(pems.join('\n')), wholePolicy()).certificates;
}

const known = new WeakMap<Certificate, ListedCertificate[]>();

/** Judged as what a server sends: it may be expired, or for something else. */
export function readShown(certificate: Certificate): ListedCertificate[] {
  const before = known.get(certificate);
  if (before) return before;
  const policy = { ...wholePolicy(), purpose: 'server-auth', expired: false } as const;
  const { certificates } = loadBinding().parse(certificate.der, policy);
  known.set(certificate, certificates);
  return certificates;
}

/** When it begins, in milliseconds since the epoch; what cannot be read is younger than everything. */
export function beginOf(leaf: Certificate): number {
  return readShown(leaf)[0]?.validFrom ?? Infinity;
}

/**
 * The leaf first, as the certificates of `getPeerCertificate(true)` are linked: a root to itself. No end before that, and none
 * where one comes twice: what would be left out may be what is distrusted.
 */
export function linkedFrom(leaf: PeerCertificate): Buffer[] {
  const linked = new Map<object, Buffer>();
  let current: Partial<DetailedPeerCertificate> | undefined = leaf;
  while (current?.raw !== undefined && !linked.has(current)) {
    // Deno has plain bytes there.
    const { buffer, byteOffset, byteLength } = current.raw;
    linked.set(current, Buffer.from(buffer, byteOffset, byteLength));
    current = current.issuerCertificate;
  }
  return [...linked.values()];
}
