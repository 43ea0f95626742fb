/**
 * The native addon as the rest of `lib/` sees it: {@link NativeBinding}, which is also the seam for fakes in tests. Types alone.
 */
import type {
  CertificateRole,
  CertificateSource,
  Purpose,
  SkipReason,
  TrustStatus,
} from '../types.js';

/** Everything a read depends on. Native code never looks at the environment. */
export interface NativeReadRequest {
  /** A directory to treat as the root of the file system. Tests only; Unix only. */
  root?: string;
  /** For the OpenSSL of Nix alone, before `sslCertFile`. */
  nixSslCertFile?: string;
  sslCertFile?: string;
  sslCertDir?: string;
  /** What is otherwise asked once per process is asked again (macOS: the roots Apple ships). */
  fresh?: boolean;
}

/** What the rules need to know of the caller. */
export interface NativePolicy {
  purpose: Purpose;
  intermediates: boolean;
  expired: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What merging needs to know of a certificate. */
export interface NativeFacts {
  /** Equal for equal certificates, and seldom for others: see `CertificateSet`. Differs between processes. */
  key: number;
  pem: string;
  /** The Name in canonical form, one byte a character: equal strings are names that match (RFC 5280 §7.1). */
  subjectName: string;
  issuerName: string;
  /** Numbers that are equal for equal key identifiers, of the extensions of that name; 0 when there is none. */
  subjectKeyId: number;
  authorityKeyId: number;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  /** Self-issued, and the key identifiers do not contradict it. */
  selfSigned: boolean;
  role: CertificateRole;
  trust: TrustStatus;
  skipped?: SkipReason;
}

/** A whole record, for people. */
export interface NativeCertificate {
  der: Buffer;
  pem: string;
  fingerprint256: string;
  subject: string;
  issuer: string;
  serialNumber: string;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  selfSigned: boolean;
  role: CertificateRole;
  trust: TrustStatus;
  skipped?: SkipReason;
  detail?: string;
  /** Milliseconds since the epoch. */
  distrustedAfter?: number;
  sources: Omit<CertificateSource, 'origin'>[];
}

/** A certificate that the store distrusts as the issuer of servers' certificates from a date on. */
export interface NativeDated {
  pem: string;
  /** Their notBefore is later than this; milliseconds since the epoch. */
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

/** Part of an answer that is too long for one turn of the event loop. */
export interface NativePage<Item> {
  items: Item[];
  /** Where the next page begins; -1 after the last. */
  next: number;
  /** Until when (ms) the judgement holds: then a validity period begins or ends. */
  validUntil: number;
}

/** One finished read, held natively; views are made on demand. */
export interface NativeStore {
  readonly errors: NativeError[];
  readonly locations: NativeLocation[];
  readonly durationMs: number;
  /** How many certificates there are, kept or not. */
  readonly size: number;
  /** True when nothing that was read can have changed since. Tens of microseconds, more for huge directories. */
  isCurrent(): boolean;
  /** Whether both came from one reading of the store. */
  isSameRead(other: NativeStore): boolean;
  /** PEM of what is used under `policy`, in order: of the certificates [from, from + limit). */
  usablePage(policy: NativePolicy, from: number, limit: number): NativePage<string>;
  /** Whole records, in output order: of the certificates [from, from + limit). */
  certificatesPage(
    policy: NativePolicy,
    from: number,
    limit: number,
  ): NativePage<NativeCertificate>;
  /** All of `usablePage` at once. */
  usable(policy: NativePolicy): { pems: string[]; validUntil: number };
  /** All of `certificatesPage` at once. */
  certificates(policy: NativePolicy): NativeCertificate[];
  /**
   * Names and keys of certificates the store distrusts whether or not it holds them, as texts to be compared and for nothing else.
   * Applied to the certificates of the store already; ask `distrustedBy` about others. Empty on most machines.
   */
  readonly distrustedNames: string[];
  /** Who distrusts this DER certificate by its issuer and serial number, or by its public key, alone. */
  distrustedBy(der: Uint8Array): Omit<CertificateSource, 'origin'> | undefined;
  /** Whether or not they are used. Made anew with each question; empty on many machines. */
  readonly dated: NativeDated[];
  /** Everything, in output order, lean. */
  facts(policy: NativePolicy): NativeFacts[];
  /**
   * What this store adds to `roots`; for stores and roots of the addon. Undefined where that takes a merge of all lists, as when
   * something is distrusted: see native/trust/beside_roots.h.
   *
   * @param others - the names, subjects and issuers, of what is merged besides
   */
  beside?: (
    policy: NativePolicy,
    roots: NativeRoots,
    others: readonly string[],
  ) => NativeBeside | undefined;
}

/** Anchors and intermediates as PEM, in the order they have after a merge with the roots, of which they are none. */
export interface NativeBeside {
  /** How many roots there are. */
  roots: number;
  anchors: string[];
  /** How many of the anchors, the first ones, stand before what other lists add, because they bear the name of a root. */
  namesakes: number;
  intermediates: string[];
  /** When the store was and will be judged otherwise: see `Validity`. Of policies that look at dates. */
  since: number;
  until: number;
}

/** The roots of the runtime, one of each, parsed once and held natively. */
export type NativeRoots = object;

/** A read on a thread of its own. */
export interface NativeRead {
  /** Blocks until the read is done, at most `ms`; undefined when it is not. */
  wait(ms: number): NativeStore | undefined;
  /** Asks the thread to stop at the next certificate; its callback is then never called. */
  cancel(): void;
  /** Whether the pending read keeps the event loop alive. */
  ref(): void;
  unref(): void;
}

/** A running watch of the store. */
export interface NativeWatch {
  /** Set when the system refused to watch; the callback is then never called. */
  error?: NativeError;
  close(): void;
}

/** The certificates found in some bytes, for user CAs and bundled roots. */
export interface NativeParsed {
  certificates: NativeFacts[];
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

/** A chain for the verifier of the platform; see native/chain_verifier.h. */
export interface NativeChainRequest {
  /** DER, the peer's certificate first; not empty. */
  chain: readonly Uint8Array[];
  userCAs: readonly Uint8Array[];
  /** A name or an address in ASCII, at most 255 characters. Undefined: names are not compared. */
  host: string | undefined;
  clientAuth: boolean;
  revocation: 'off' | 'soft-fail' | 'require';
  fetchIntermediates: boolean;
  /** For the platform's own time limits. The caller keeps the deadline. */
  deadlineMs: number;
}

export interface NativeVerdict {
  accepted: boolean;
  revocation: 'not-checked' | 'good' | 'unknown';
  /** As the platform built it; may be empty. */
  chain: Buffer[];
  /** These go with a refusal. */
  code?: string;
  reason?: string;
  platformCode?: number;
  platformText?: string;
}

/** A verification on a thread of its own. */
export interface NativeVerification {
  /** Its callback is then never called. What the platform does goes on, off-thread, for nobody. */
  cancel(): void;
}

export interface NativeBinding {
  readonly backend: 'unix' | 'windows' | 'macos' | 'unsupported';
  /** Reads and judges for `policy`; other policies can be asked for later and cost a little more. */
  read(request: NativeReadRequest, policy?: NativePolicy): NativeStore;
  /**
   * The same on a thread of its own. Calls back once on the event loop, unless cancelled; keeps the loop alive until
   * then, unless unref'd. When `previous` still is what reading would give, it is what comes back, unread.
   */
  startRead(
    request: NativeReadRequest,
    callback: (store: NativeStore) => void,
    policy?: NativePolicy,
    previous?: NativeStore,
  ): NativeRead;
  /**
   * Calls back on the event loop whenever the store may have changed, perhaps several times for one change. Does not
   * keep the loop alive. Undefined where the system has nothing to listen to: watch the files.
   */
  watch(request: NativeReadRequest, callback: () => void): NativeWatch | undefined;
  verifyPaths(request: NativeReadRequest): NativeVerifyPaths;
  /** PEM, DER or PKCS#7, sniffed. Judged as certificates the user named: see `policy`. */
  parse(input: Uint8Array, policy: NativePolicy): NativeParsed;
  /** Roots as PEM texts, for `beside`. What is no certificate is left out. */
  roots?: (texts: readonly string[]) => NativeRoots;
  /** One DER certificate, whole. Throws TypeError when it is none. */
  describe(der: Uint8Array, policy: NativePolicy): NativeCertificate;
  /**
   * Asks the verifier of the platform, on a thread of its own; the network may be used as asked. Calls back once on the
   * event loop, unless cancelled, and keeps the loop alive until then. Absent where the system has no verifier.
   */
  startVerify?: (
    request: NativeChainRequest,
    callback: (verdict: NativeVerdict) => void,
  ) => NativeVerification;
}
