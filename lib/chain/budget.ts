/**
 * How much work strangers may cause. A question about one chain has one budget, from which every path search, every check
 * of a self-signature and every completion of that chain draws. When it is spent, nothing more is found out: no path, no
 * issuer, no self-signature. Whoever asked refuses, and says so.
 */
import type { ChainCertificate } from './certificate.js';
import { isSignedBy, tryReadCertificate } from './certificate.js';

/** The work of one question; a signature takes 0.1 to 17 ms, as its key is chosen. */
export const MOST_SIGNATURES = 100;
/** Of a verdict on a connection, for which Node waits. Real chains need three or four. */
export const MOST_SIGNATURES_AT_ONCE = 32;
/** Of those a server sends, and on a path, the leaf and the anchor among them. */
export const MOST_CERTIFICATES = 16;
/** Of issuers by name in one search, whether or not they come to a signature. */
export const MOST_LOOKS = 1000;

export class Budget {
  #left: number;
  #isSpent = false;
  #isExceeded = false;
  readonly #verdicts = new Map<string, boolean>();

  constructor(signatures = MOST_SIGNATURES) {
    this.#left = signatures;
  }

  /** There is no signature left, and one was wanted. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Something was left out. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  exceed(): void {
    this.#isExceeded = true;
  }

  stop(): void {
    this.#isSpent = true;
    this.exceed();
  }

  /** @returns whether there was a signature left for this purpose */
  spend(): boolean {
    if (this.#left <= 0) this.stop();
    this.#left--;
    return !this.#isSpent;
  }

  /** Looks once at each signature. */
  isSignedBy(certificate: ChainCertificate, issuer: ChainCertificate): boolean {
    const key = certificate.fingerprint256 + issuer.fingerprint256;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    if (!this.spend()) return false;
    const verdict = isSignedBy(certificate.x509, issuer.x509);
    this.#verdicts.set(key, verdict);
    return verdict;
  }
}

/** What a server sends, its own certificate first; nothing when that one cannot be read. */
export function readSent(ders: readonly Uint8Array[], budget: Budget): ChainCertificate[] {
  if (ders.length > MOST_CERTIFICATES) budget.exceed();
  const [leaf, ...others] = ders
    .slice(0, MOST_CERTIFICATES)
    .map((der) => tryReadCertificate(der, budget));
  return leaf ? [leaf, ...others.flatMap((certificate) => certificate ?? [])] : [];
}
