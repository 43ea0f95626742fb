/**
 * What verification trusts, and how it asks for it. It is passed in, because these files are loaded apart from the main file
 * and would otherwise get second copies of the store's cache and the addon.
 */
import type { PeerJudges } from '../chain/peers/peer-judge.js';
import type { RootList } from '../trust/root-lists/root-lists.js';

/** Trusted certificates; texts are PEM. The same object means that nothing has changed. */
export interface TrustedCertificates {
  /** Anchors, and intermediates that help. */
  certificates: readonly string[];
  anchors: readonly string[];
  /** The judges of peers that OpenSSL accepts. */
  judges: PeerJudges | undefined;
  /** DER, for the platform's verifier, in addition to its own anchors. */
  userCAs: readonly Buffer[];
  /** The user's intermediates: they help to build a chain and never end one. */
  helpers: readonly Buffer[];
  /** Fingerprints of certificates the program excludes, for the platform's verifier: SHA-256, plain digits. */
  excluded: ReadonlySet<string>;
}

export interface TrustSource {
  /** True when connections that name nothing trust exactly this without our help. */
  isDefault: boolean;
  current(): TrustedCertificates;
  /**
   * What a `ca` names in addition to the defaults, in PEM, if it is treated as the defaults because it holds all of Node's
   * roots; undefined when it has its usual meaning.
   */
  besides(ca: unknown): RootList | undefined;
  /** Certificates in PEM, DER or PKCS#7, as DER. */
  parse(bytes: Uint8Array): Buffer[];
}
