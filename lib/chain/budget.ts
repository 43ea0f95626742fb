/**
 * How much work strangers may cause. A question about one chain has one budget, from which every path search, every check
 * of a self-signature and every completion of that chain draws. When it is spent, nothing more is found out: no path, no
 * issuer, no self-signature. Whoever asked refuses, and says so.
 *
 * Every loop over what a peer, a file or the network sends has a bound; the tests stand in test/ as named:
 *
 * | loop over | bound | where | test |
 * |---|---|---|---|
 * | signatures of one question | 100, a turn of the event loop each 8 ms | Budget, inTurns | chain/budget |
 * | signatures of a verdict in a handshake | 32; 8 once it has taken 40 ms | clean-path, peer-judge | chain/clean-path |
 * | certificates sent, steps of a path | 16 | readSent, searchUp, followPath, areSurelyUsed | chain/budget |
 * | issuers by name in one search | 1000 | searchUp | chain/budget |
 * | certificates of a handshake that is explained | 16, in 64 records; then OpenSSL gets no more | explain/handshake | explain/hostile |
 * | bytes and records kept of one | 512 KB, 512 records, 512 certificates | explain/tap, tls-messages | explain/hostile |
 * | time of an explanation | `timeoutMs` for all of it | explain/explain | explain/starttls |
 * | lines before TLS | 16 KB for each answer | explain/starttls | explain/starttls |
 * | fetches for a chain | 6, 4 levels, 2 URLs of a certificate, 32 certificates of a file | complete | doctor/hostile |
 * | bytes and time of a fetch | 256 KB, a CRL 10 MB; 5 s, 8 s; 3 redirects | network/fetcher | explain/fetcher |
 * | fetches at one time | 8 | verify/documents | verify/reach-of-network |
 * | URLs of CRLs | 4 of a certificate | certificate-parts | verify/revocation |
 * | names of a place, extensions | 64 | certificate-parts, der | chain/budget |
 * | entries of a CRL | its 10 MB, a turn each 1000 at most | verify/crl | verify/revocation |
 * | responders of an OCSP response | 4; OpenSSL takes 16 KB of it | verify/ocsp | verify/table |
 * | certificates sent, beside a distrusted one | OpenSSL's 100 KB: none may be left out | peer-judge | runtime/sent-certificates |
 * | values within values of DER | none: each is read by the code that knows it, without recursion | der | |
 */
import { isSignedBy, tryReadCertificate } from '../certificate/certificate.js';
import type { Certificate } from '../certificate/certificate.js';

/** The work of one question; a signature takes 0.1 to 17 ms, as its key is chosen. */
export const MOST_SIGNATURES = 100;
/** Of a verdict on a connection, for which Node waits. Real chains need three or four. */
const MOST_SIGNATURES_AT_ONCE = 32;
/** Of those a server sends, and on a path, the leaf and the anchor among them. */
export const MOST_CERTIFICATES = 16;
/** Of issuers by name in one search, whether or not they come to a signature. */
export const MOST_LOOKS = 1000;

/** Once a verdict on a connection has taken so long, it gets no signature beyond the first few: a key may be chosen to be slow. */
const VERDICT_MS = 40;
const ALWAYS_CHECKED = 8;

export class Budget {
  readonly #most: number;
  #lateAt = Infinity;
  #spent = 0;
  #isSpent = false;
  #isExceeded = false;
  readonly #verdicts = new Map<string, boolean>();

  constructor(signatures = MOST_SIGNATURES) {
    this.#most = signatures;
  }

  /** For a verdict on a connection. */
  static atOnce(): Budget {
    const budget = new Budget(MOST_SIGNATURES_AT_ONCE);
    budget.#lateAt = performance.now() + VERDICT_MS;
    return budget;
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
    const isLate = this.#spent >= ALWAYS_CHECKED && performance.now() > this.#lateAt;
    if (this.#spent >= this.#most || isLate) this.stop();
    this.#spent++;
    return !this.#isSpent;
  }

  /** Looks once at each signature. */
  isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
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
export function readSent(ders: readonly Uint8Array[], budget: Budget): Certificate[] {
  if (ders.length > MOST_CERTIFICATES) budget.exceed();
  const [leaf, ...others] = ders
    .slice(0, MOST_CERTIFICATES)
    .map((der) => tryReadCertificate(der, budget));
  return leaf ? [leaf, ...others.flatMap((certificate) => certificate ?? [])] : [];
}
