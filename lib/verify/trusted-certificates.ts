/**
 * What verification trusts, and how it asks for that. It is handed over, because these files are loaded apart from the
 * package's one file and would otherwise get second copies of the store's cache and of the addon.
 */
import type { PeerJudges } from '../chain/peers/peer-judge.js';
import type { RootList } from '../trust/root-lists/root-lists.js';

/** Texts are PEM. The same object means nothing has changed. */
export interface TrustedCertificates {
  /** Anchors, and intermediates that help. */
  certificates: readonly string[];
  anchors: readonly string[];
  /** Who judges the peers OpenSSL accepts. */
  judges: PeerJudges | undefined;
  /** DER; for the verifier of the platform, beside its own. */
  userCAs: readonly Buffer[];
  /** Intermediates of the user: they help to build a chain and never end one. */
  helpers: readonly Buffer[];
  /** Fingerprints of what the program excludes, for the verifier of the platform: SHA-256, plain digits. */
  excluded: ReadonlySet<string>;
}

export interface TrustSource {
  /** Whether connections that name nothing trust exactly this by themselves. */
  isDefault: boolean;
  current(): TrustedCertificates;
  /**
   * What a `ca` names besides, in PEM, when it is taken for the defaults because it holds all of Node's roots; undefined
   * when it means what it says.
   */
  besides(ca: unknown): RootList | undefined;
  /** Certificates in PEM, DER or PKCS#7, as DER. */
  parse(bytes: Uint8Array): Buffer[];
}
