/**
 * The certificates that a judge of peers knows: trusted ones by name, and those that were shown.
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
 * The self-signed certificates of the set that have been shown. They suffice to judge most chains, and nothing has to be
 * merged for it. Empty where that is unknown, or known in another way.
 */
export function heldAmong(
  { namesakes, additions }: TrustSet,
  shown: readonly ListedCertificate[],
): TrustedByName {
  // Otherwise the facts of the set are there already.
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

/** Judged like what a server sends: it may be expired, or for another purpose. */
export function readShown(certificate: Certificate): ListedCertificate[] {
  const before = known.get(certificate);
  if (before) return before;
  const policy = { ...wholePolicy(), purpose: 'server-auth', expired: false } as const;
  const { certificates } = loadBinding().parse(certificate.der, policy);
  known.set(certificate, certificates);
  return certificates;
}

/** Its notBefore in milliseconds since the epoch; Infinity, so later than all others, when it cannot be read. */
export function beginOf(leaf: Certificate): number {
  return readShown(leaf)[0]?.validFrom ?? Infinity;
}

/**
 * The leaf first, in the order in which `getPeerCertificate(true)` links certificates: a root to itself. Stops only at the
 * end or at a repetition, because a certificate left out might be the distrusted one.
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
