/**
 * The types of the native addon as the rest of `lib/` sees it. {@link NativeBinding} is also where tests put fakes.
 */
import type {
  CertificateRole,
  CertificateSource,
  Purpose,
  SkipReason,
  SystemCertificate,
  TrustStatus,
} from '../types.js';

/** Everything a read depends on, because native code never looks at the environment. */
export interface NativeReadRequest {
  /** A directory to use as root of the file system. For tests, on Unix only. */
  root?: string;
  /** Only for Nix's OpenSSL, which reads it before `sslCertFile`. */
  nixSslCertFile?: string;
  sslCertFile?: string;
  sslCertDir?: string;
  /** Asks again for what is otherwise asked once per process (macOS: the roots Apple ships). */
  fresh?: boolean;
}

/** What the caller wants, as the rules need to know it. */
export interface NativePolicy {
  purpose: Purpose;
  intermediates: boolean;
  expired: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A certificate of a list, as the addon has read and judged it, for merging. For more, see `certificateOf`. */
export interface ListedCertificate {
  /** Equal for equal certificates, and seldom equal for others: see `CertificateSet`. Differs between processes. */
  key: number;
  pem: string;
  /** The Name in canonical form, one byte per character: names match when the strings are equal (RFC 5280 §7.1). */
  subjectName: string;
  issuerName: string;
  /** A number for the key identifier in this extension, equal for equal identifiers; 0 when there is none. */
  subjectKeyId: number;
  authorityKeyId: number;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  /** Self-issued (the names match), and the key identifiers do not contradict it; the signature has not been checked. */
  looksSelfSigned: boolean;
  role: CertificateRole;
  trust: TrustStatus;
  skipped?: SkipReason;
}

/** A whole record to show to people, from which {@link SystemCertificate} is made. */
export interface NativeCertificate extends Omit<
  SystemCertificate,
  'validFrom' | 'validTo' | 'distrustedAfter' | 'sources'
> {
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  distrustedAfter?: number;
  sources: Omit<CertificateSource, 'origin'>[];
}

/** A certificate that the store distrusts as issuer of server certificates that begin after a date. */
export interface NativeDated {
  pem: string;
  /** Distrust applies to certificates whose notBefore is later than this; milliseconds since the epoch. */
  after: number;
}

export interface NativeError {
  code: string;
  operation: string;
  message: string;
  path: string;
  osStatus: number;
  osStatusText: string;
}

export interface NativeLocation {
  kind: CertificateSource['kind'];
  location: string;
  store: string;
  origin: string;
  state: 'read' | 'missing' | 'failed' | 'not-needed';
  certificates: number;
}

/** A part of an answer that is too long for one turn of the event loop. */
export interface NativePage<Item> {
  items: Item[];
  /** Where the next page begins; -1 after the last one. */
  next: number;
  /** When a validity period next begins or ends, so that the judgement no longer holds; milliseconds since the epoch. */
  validUntil: number;
}

/** One finished read, held natively; views of it are made on demand. */
export interface NativeStore {
  readonly errors: NativeError[];
  readonly locations: NativeLocation[];
  readonly durationMs: number;
  /** The number of certificates, used or not. */
  readonly size: number;
  /** True when nothing that was read can have changed since. Takes tens of microseconds, more for huge directories. */
  isCurrent(): boolean;
  /** True when both came from the same reading of the store. */
  isSameRead(other: NativeStore): boolean;
  /** PEM of the used certificates among [from, from + limit), in order. */
  usablePage(policy: NativePolicy, from: number, limit: number): NativePage<string>;
  /** Whole records of the certificates [from, from + limit), in output order. */
  certificatesPage(
    policy: NativePolicy,
    from: number,
    limit: number,
  ): NativePage<NativeCertificate>;
  /** All pages of `usablePage` at once. */
  usable(policy: NativePolicy): { pems: string[]; validUntil: number };
  /** All pages of `certificatesPage` at once. */
  certificates(policy: NativePolicy): NativeCertificate[];
  /**
   * Names and keys of certificates that the store distrusts whether or not it holds them; the texts are only for comparison.
   * They are already applied to the store's own certificates; ask `distrustedBy` about others. Empty on most machines.
   */
  readonly distrustedNames: string[];
  /** The place that distrusts this DER certificate only by its issuer and serial number, or only by its public key. */
  distrustedBy(der: Uint8Array): Omit<CertificateSource, 'origin'> | undefined;
  /** The certificates with a distrust date, used or not. Made anew at each access; empty on many machines. */
  readonly dated: NativeDated[];
  /** Facts about all certificates, in output order. */
  facts(policy: NativePolicy): ListedCertificate[];
  /**
   * What this store adds to `roots`; both must come from the addon. Undefined when all lists must be merged to know that, as
   * when something is distrusted: see native/trust/beside_roots.h.
   *
   * @param others - the names, subjects and issuers, of the other certificates that are merged
   */
  beside?: (
    policy: NativePolicy,
    roots: NativeRoots,
    others: readonly string[],
  ) => NativeBeside | undefined;
}

/** Anchors and intermediates as PEM, without the roots, in the order they have after a merge with the roots. */
export interface NativeBeside {
  /** The number of roots. */
  roots: number;
  anchors: string[];
  /** How many anchors, from the first, come before those of other lists, because they bear the name of a root. */
  namesakes: number;
  intermediates: string[];
  /** The span in which this judgement holds: see `Validity`. For policies that look at dates. */
  since: number;
  until: number;
}

/** The runtime's roots without duplicates, parsed once and held natively. */
export type NativeRoots = object;

/** A read on its own thread. */
export interface NativeRead {
  /** Blocks until the read is done, but at most `ms` milliseconds; undefined when it is not done by then. */
  wait(ms: number): NativeStore | undefined;
  /** Asks the thread to stop at the next certificate; the callback is then never called. */
  cancel(): void;
  /** `ref` and `unref` decide whether the pending read keeps the event loop alive. */
  ref(): void;
  unref(): void;
}

/** A running watch of the store. */
export interface NativeWatch {
  /** Set when the system refused to watch; the callback is then never called. */
  error?: NativeError;
  close(): void;
}

/** The certificates found in given bytes, for user CAs and bundled roots. */
export interface NativeParsed {
  certificates: ListedCertificate[];
  errors: NativeError[];
}

export interface NativeVerifyPaths {
  opensslFile: string;
  opensslDirectory: string;
  opensslFileEnv: string;
  opensslDirectoryEnv: string;
  locations: NativeLocation[];
  distrustPaths: string[];
}

/** A chain for the platform's verifier; see native/chain_verifier.h. */
export interface NativeChainRequest {
  /** DER, with the peer's certificate first; not empty. */
  chain: readonly Uint8Array[];
  userCAs: readonly Uint8Array[];
  /** A name or an address in ASCII, at most 255 characters. Names are not compared when it is undefined. */
  host: string | undefined;
  clientAuth: boolean;
  revocation: 'off' | 'soft-fail' | 'require';
  fetchIntermediates: boolean;
  /** Sets the platform's own time limits. The caller enforces the deadline. */
  deadlineMs: number;
}

export interface NativeVerdict {
  accepted: boolean;
  revocation: 'not-checked' | 'good' | 'unknown';
  /** The chain as the platform built it; may be empty. */
  chain: Buffer[];
  /** These fields belong to a refusal. */
  code?: string;
  reason?: string;
  platformCode?: number;
  platformText?: string;
}

/** A verification on its own thread. */
export interface NativeVerification {
  /** The callback is then never called. The platform's work goes on in its thread, and its result is dropped. */
  cancel(): void;
}

export interface NativeBinding {
  readonly backend: 'unix' | 'windows' | 'macos' | 'unsupported';
  /** Reads, and judges for `policy`. The store can be asked about other policies later, at a little more cost. */
  read(request: NativeReadRequest, policy?: NativePolicy): NativeStore;
  /**
   * Reads on its own thread. Calls back once on the event loop, unless cancelled; keeps the loop alive until then, unless
   * unref'd. If `previous` is still what a read would return, it is returned without reading.
   */
  startRead(
    request: NativeReadRequest,
    callback: (store: NativeStore) => void,
    policy?: NativePolicy,
    previous?: NativeStore,
  ): NativeRead;
  /**
   * Calls back on the event loop whenever the store may have changed, perhaps several times for one change. Does not keep the
   * loop alive. Undefined where the system has nothing to listen to: watch the files then.
   */
  watch(request: NativeReadRequest, callback: () => void): NativeWatch | undefined;
  verifyPaths(request: NativeReadRequest): NativeVerifyPaths;
  /** Parses PEM, DER or PKCS#7, which it detects, and judges the result as certificates that the user named: see `policy`. */
  parse(input: Uint8Array, policy: NativePolicy): NativeParsed;
  /** Makes roots for `beside` from PEM texts. A text that is not a certificate is left out. */
  roots?: (texts: readonly string[]) => NativeRoots;
  /** The whole record of one DER certificate. Throws TypeError when the bytes are not a certificate. */
  describe(der: Uint8Array, policy: NativePolicy): NativeCertificate;
  /**
   * Asks the platform's verifier on its own thread, which may use the network as the request allows. Calls back once on the
   * event loop, unless cancelled, and keeps the loop alive until then. Absent where the system has no verifier.
   */
  startVerify?: (
    request: NativeChainRequest,
    callback: (verdict: NativeVerdict) => void,
  ) => NativeVerification;
}
