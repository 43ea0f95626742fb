/**
 * The type of a trust set: Node's roots, the operating system's store and the user's CAs as one list.
 */
import type { ListedCertificate, NativeDated, NativeStore } from '../addon/native-binding.js';
import type { Validity } from '../base/validity.js';
import type { Certificate } from '../certificate/certificate.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { StoreError } from '../types.js';

/**
 * A trust set with everything its consumers need. Trusted certificates are canonical PEM with a final newline, the form that
 * runtimes get: most are never examined, and the start of a process must not pay for that. Distrusted ones are parsed.
 */
export interface TrustSet {
  /** The number of `certificates`. They, and `anchors`, may be made only when they are first asked for. */
  size: number;
  /** What a TLS client should know, in order: anchors, then intermediates that lead to one of them. */
  readonly certificates: string[];
  /**
   * Set when `certificates` are all the runtime's roots and `additions`, and `anchors` likewise: how many of these bear the
   * name of a root and stand beside it. The others follow the roots.
   */
  readonly namesakes?: number;
  /** The anchors alone, for Deno and for contexts with `allowPartialTrustChain`. */
  readonly anchors: string[];
  /** The anchors that are not CAs: self-signed peers, which must not issue anything. */
  peers: string[];
  /** The peers that the user has named; the others come from the store. */
  namedPeers: string[];
  /** Anchors that OpenSSL uses only with `allowPartialTrustChain`: not self-signed, and with an unknown issuer. */
  partialChainAnchors: string[];
  /** Facts about all of these, if something is distrusted so that chains must be judged; otherwise empty. */
  readonly facts: readonly ListedCertificate[];
  /** The part of `certificates` that Node's bundled list does not hold. */
  additions: string[];
  /** The anchors among them. */
  addedAnchors: string[];
  /** What the operating system distrusts, in every encoding that one of the lists holds. */
  distrusted: readonly Certificate[];
  /** Names and keys by which it distrusts certificates, known here or not, and each date of `dated`. For comparison only. */
  distrustedNames: readonly string[];
  /** Certificates it distrusts as issuers of newer certificates, known here or not. They stay in all the lists. */
  dated: readonly NativeDated[];
  /** The place that distrusts a DER certificate by one of those names and keys; also for what servers send. */
  distrustedBy: NativeStore['distrustedBy'];
  /** What the caller excluded from the lists that were merged. */
  excluded: readonly Certificate[];
  /** The SHA-256 fingerprints that the caller excluded, known here or not: plain digits, in order. */
  exclusions: readonly string[];
  /** True when a root that Node bundles is left out: by distrust, by exclusion, or because bundled roots are not wanted. */
  excludedBundled: boolean;
  /** True when a certificate of NODE_EXTRA_CA_CERTS is left out: by distrust, by exclusion, or as an orphan. */
  excludedExtra: boolean;
  /** The system store's answer with which it was made; undefined when it was made without one. */
  store: NativeStore | undefined;
  /** What could not be read from the system store. */
  errors: StoreError[];
  /** What the user named that cannot be used. The rest of the set stands. */
  userErrors: TruststoreError[];
  /** Warnings that cost nothing by default: skipped user CAs, a bad NODE_EXTRA_CA_CERTS. */
  warnings: TruststoreError[];
  /** How long the judgement of its certificates holds; after that use {@link TrustSet.at}. */
  validity: Validity;
  /**
   * The set from the same sources at another time (milliseconds since the epoch). Reads no store and no files. May be empty.
   */
  at(now: number): TrustSet;
}

/** The anchors that may issue. */
export function issuersOf({ anchors, peers }: Pick<TrustSet, 'anchors' | 'peers'>): string[] {
  const leftOut = new Set(peers);
  return anchors.filter((pem) => !leftOut.has(pem));
}

/** Names the first error, and says how many there are. */
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

/** Marks warnings about a certificate the user named, and not about a file. */
export const MERGE_OPERATION = 'merge user CAs';

/** If false, OpenSSL's verdict on a chain is all that is needed. */
export function distrustsAnything(set: {
  distrusted: readonly unknown[];
  distrustedNames: readonly unknown[];
}): boolean {
  return set.distrusted.length + set.distrustedNames.length > 0;
}

/** True when something is not trusted for any server; certificates with a date are trusted for some. */
export function distrustsOutright({
  distrusted,
  distrustedNames,
  dated,
}: Pick<TrustSet, 'distrusted' | 'distrustedNames' | 'dated'>): boolean {
  return distrusted.length + distrustedNames.length > dated.length;
}

/** True when `refusalBy` could refuse anything. */
export function refusesAnything(set: TrustSet): boolean {
  return distrustsOutright(set) || set.exclusions.length > 0;
}
