/**
 * Certificates a judge of peers knows: what is trusted, by name, and what was shown.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import type { ListedCertificate } from '../../addon/native-binding.js';
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

export function readFacts(bytes: Uint8Array): ListedCertificate[] {
  return loadBinding().parse(bytes, wholePolicy()).certificates;
}

/** Judged as what a server sends: it may be expired, or for something else. */
export function readShown(der: Buffer): ListedCertificate[] {
  const policy = { ...wholePolicy(), purpose: 'server-auth', expired: false } as const;
  return loadBinding().parse(der, policy).certificates;
}

/** When it begins, in milliseconds since the epoch; what cannot be read is younger than everything. */
export function beginOf(leaf: Buffer | undefined): number {
  return (leaf && readShown(leaf)[0]?.validFrom) ?? Infinity;
}
