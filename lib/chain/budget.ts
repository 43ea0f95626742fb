/**
 * Limits the work that untrusted input may cause. A question about one chain has one budget, from which every path search,
 * every check of a self-signature and every completion of that chain draws. When it is spent, nothing more is found out: no
 * path, no issuer, no self-signature. The caller then refuses and says so.
 *
 * Every loop over what a peer, a file or the network sends has a limit; the tests stand in test/ as named:
 *
 * | loop over | limit | where | test |
 * |---|---|---|---|
 * | signatures of one question | 100, a turn of the event loop each 8 ms | Budget, inTurns | chain/budget |
 * | signatures of a verdict in a handshake | 32; 8 once it has taken 40 ms | clean-path, peer-judge | chain/clean-path |
 * | sent certificates, steps of a path | 16 | readSent, searchUp, followPath, areSurelyUsed | chain/budget |
 * | issuers by name in one search | 1000 | searchUp | chain/budget |
 * | certificates of an explained handshake | 16, in 64 records; then OpenSSL gets no more | handshake | explain/hostile |
 * | bytes and records kept of one | 512 KB, 512 records, 512 certificates | tap, tls-messages | explain/hostile |
 * | time of an explanation | `timeoutMs` for all of it | explain | explain/starttls |
 * | lines before TLS | 16 KB for each answer | starttls | explain/starttls |
 * | fetches for a chain | 6, 4 levels, 2 URLs per certificate, 32 certificates per file | complete | doctor/hostile |
 * | bytes and time of a fetch | 256 KB, a CRL 10 MB; 5 s, 8 s; 3 redirects | fetcher | network/fetcher |
 * | fetches at the same time | 8 | documents | verify/reach-of-network |
 * | URLs of CRLs | 4 per certificate | certificate-parts | verify/revocation |
 * | names of a place, extensions | 64 | certificate-parts, der | chain/budget |
 * | entries of a CRL | its 10 MB, a turn each 1000 at most | crl | verify/revocation |
 * | responders of an OCSP response | 4; OpenSSL accepts 16 KB of it | ocsp | verify/table |
 * | certificates sent beside a distrusted one | OpenSSL's 100 KB, none is left out | peer-judge | runtime/sent-certificates |
 * | values within values of DER | none: each is read by the code that knows it, without recursion | der | |
 */
import { isSignedBy, tryReadCertificate } from '../certificate/certificate.js';
import type { Certificate } from '../certificate/certificate.js';

/** The limit for one question. A signature takes 0.1 to 17 ms, depending on the key, which the sender chooses. */
export const MOST_SIGNATURES = 100;
/** The limit for a verdict on a connection, during which Node waits. Real chains need three or four. */
const MOST_SIGNATURES_AT_ONCE = 32;
/** The limit for certificates from a server and for those on a path, each including leaf and anchor. */
export const MOST_CERTIFICATES = 16;
/** The limit for issuers found by name in one search, whether or not a signature is checked. */
export const MOST_LOOKS = 1000;

/** After this time a verdict on a connection gets only the first few signatures, because a key may be chosen to be slow. */
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

  /** The budget for a verdict on a connection. */
  static atOnce(): Budget {
    const budget = new Budget(MOST_SIGNATURES_AT_ONCE);
    budget.#lateAt = performance.now() + VERDICT_MS;
    return budget;
  }

  /** True when a signature was wanted and none was left. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** True when something was left out. */
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

  /** @returns true when a signature was left for this purpose */
  spend(): boolean {
    const isLate = this.#spent >= ALWAYS_CHECKED && performance.now() > this.#lateAt;
    if (this.#spent >= this.#most || isLate) this.stop();
    this.#spent++;
    return !this.#isSpent;
  }

  /** Checks each signature only once. */
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

/** The certificates a server sent, its own first; empty when its own cannot be read. */
export function readSent(ders: readonly Uint8Array[], budget: Budget): Certificate[] {
  if (ders.length > MOST_CERTIFICATES) budget.exceed();
  const [leaf, ...others] = ders
    .slice(0, MOST_CERTIFICATES)
    .map((der) => tryReadCertificate(der, budget));
  return leaf ? [leaf, ...others.flatMap((certificate) => certificate ?? [])] : [];
}
