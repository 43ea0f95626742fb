/**
 * What a trust set is: Node's roots, the operating system's store and the user's CAs as one list.
 */
import type { ListedCertificate, NativeStore } from '../addon/native-binding.js';
import type { Validity } from '../base/validity.js';
import type { Certificate } from '../certificate/certificate.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { StoreError } from '../types.js';

/** A certificate that the system distrusts as the issuer of younger ones. */
export interface DatedCertificate {
  certificate: Certificate;
  /** The notBefore of those is later than this; milliseconds since the epoch. */
  after: number;
}

/**
 * A trust set with everything its consumers need. What it trusts is canonical PEM with a final newline, as runtimes are handed it:
 * nothing is asked of most of it, and the start of a process must not pay for more. What it distrusts is asked about.
 */
export interface TrustSet {
  /** How many `certificates` there are. Those themselves, and `anchors`, may be made when they are asked for first. */
  size: number;
  /** What a TLS client should know, in order: anchors, then intermediates that lead to one of them. */
  readonly certificates: string[];
  /**
   * Where `certificates` are all the runtime's roots and `additions`, and `anchors` likewise: how many of these bear the name of
   * a root and stand beside it. The others come after the roots.
   */
  readonly namesakes?: number;
  /** The anchors alone, for Deno and for contexts with `allowPartialTrustChain`. */
  readonly anchors: string[];
  /** Those of them that are no CA: one self-signed peer each, which must not issue anything. */
  peers: string[];
  /** Those of the peers that the user has named, as against the store. */
  namedPeers: string[];
  /** Anchors OpenSSL uses only with `allowPartialTrustChain`: not self-signed, issuer unknown. */
  partialChainAnchors: string[];
  /** All of these with what is known of them, where something is distrusted and chains have to be judged; otherwise empty. */
  readonly facts: readonly ListedCertificate[];
  /** The part of `certificates` that Node's bundled list does not hold. */
  additions: string[];
  /** The anchors among them. */
  addedAnchors: string[];
  /** What the operating system distrusts, in every encoding that one of the lists holds. */
  distrusted: readonly Certificate[];
  /** Names and keys it distrusts certificates by, known here or not, and each date of `dated`; to be compared. */
  distrustedNames: readonly string[];
  /** What it distrusts as issuers of younger certificates, whether or not they are known here. They stay in all the lists. */
  dated: readonly DatedCertificate[];
  /** Who distrusts a DER certificate by one of those names and keys; also for what servers send. */
  distrustedBy: NativeStore['distrustedBy'];
  /** What the caller excluded, of all lists that were merged. */
  excluded: readonly Certificate[];
  /** The SHA-256 fingerprints the caller excluded, known here or not: plain digits, in order. */
  exclusions: readonly string[];
  /** Whether a root Node bundles is left out, by distrust, by exclusion or because bundled roots are not wanted. */
  excludedBundled: boolean;
  /** Whether a certificate of NODE_EXTRA_CA_CERTS is left out, by distrust, by exclusion or as an orphan. */
  excludedExtra: boolean;
  /** The answer of the system store it was made with; undefined: made without. */
  store: NativeStore | undefined;
  /** What could not be read of the system store. */
  errors: StoreError[];
  /** What the user named and cannot be used. The rest of the set stands. */
  userErrors: TruststoreError[];
  /** Worth knowing, nothing lost by default: skipped user CAs, a bad NODE_EXTRA_CA_CERTS. */
  warnings: TruststoreError[];
  /** When what it is made of has to be judged again, by {@link TrustSet.at}. */
  validity: Validity;
  /** The same, judged at another time (milliseconds since the epoch). Reads neither the store nor files. May be empty. */
  at(now: number): TrustSet;
}

/** The anchors that may issue. */
export function issuersOf({ anchors, peers }: Pick<TrustSet, 'anchors' | 'peers'>): string[] {
  const leftOut = new Set(peers);
  return anchors.filter((pem) => !leftOut.has(pem));
}

/** The first, and how many there are. */
export function storeWarning([first, ...others]: readonly StoreError[]): string {
  const where = first?.path === undefined ? '' : `${first.path}: `;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return `The system store could not be read completely: ${where}${first?.message ?? ''}${more}`;
}

export function emptySetError(errors: StoreError[]): TruststoreError {
  return new TruststoreError(
    ErrorCodes.EMPTY_SET,
    'No certificate is left in the set asked for; an empty set would refuse every server',
    {
      operation: 'merge',
      remedy: 'Keep Node’s bundled roots (bundled: true), or name at least one usable CA.',
      errors,
    },
  );
}

/** Of what is said of a certificate the user named, as against a file. */
export const MERGE_OPERATION = 'merge user CAs';

/** Where this is false, OpenSSL's verdict on a chain is all there is to say. */
export function distrustsAnything(set: {
  distrusted: readonly unknown[];
  distrustedNames: readonly unknown[];
}): boolean {
  return set.distrusted.length + set.distrustedNames.length > 0;
}

/** Something is not trusted for any server; what is dated is for some. */
export function distrustsOutright({
  distrusted,
  distrustedNames,
  dated,
}: Pick<TrustSet, 'distrusted' | 'distrustedNames' | 'dated'>): boolean {
  return distrusted.length + distrustedNames.length > dated.length;
}

/** Whether there is anything `refusalBy` could say yes to. */
export function refusesAnything(set: TrustSet): boolean {
  return distrustsOutright(set) || set.exclusions.length > 0;
}
