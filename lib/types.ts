/**
 * The public types of os-truststore. Their names are fixed: add types, but do not rename them.
 */
import type { X509Certificate } from 'node:crypto';

/** The use the certificates are wanted for; it decides which extended key usages are acceptable. */
export type Purpose = 'server-auth' | 'client-auth' | 'any';

/** A set of environment variables, shaped like `process.env`. */
export type Environment = Record<string, string | undefined>;

/** Options of every function that reads the operating system's store. */
export interface SystemCAOptions {
  /** @defaultValue `'server-auth'` */
  purpose?: Purpose | undefined;
  /** Adds intermediates whose issuer is in the store. They only help, and are never anchors. @defaultValue `false` */
  intermediates?: boolean | undefined;
  /** Keeps certificates that are outside their validity period. @defaultValue `false` */
  expired?: boolean | undefined;
  /**
   * Milliseconds an asynchronous read may take before its promise rejects with `ERR_TRUSTSTORE_DEADLINE`. Synchronous reads
   * have no deadline. @defaultValue `5000`
   */
  deadlineMs?: number | undefined;
  /**
   * The environment in which `SSL_CERT_FILE`, `SSL_CERT_DIR` and, with an OpenSSL built by Nix, `NIX_SSL_CERT_FILE` are
   * looked up. @defaultValue `process.env`
   */
  env?: Environment | undefined;
}

/**
 * PEM text (any number of certificates), DER, or a PKCS#7 certs-only bundle (`.p7b`, PEM or DER). Texts up to 1 MiB may also
 * have the form that variables and JSON give them: PEM with a literal `\n` as line end, or the base64 of DER alone.
 */
export type CertificateInput = string | Uint8Array | X509Certificate;

/** The user's own CAs, by kind. */
export interface UserCAOptions {
  certificates?: CertificateInput[] | undefined;
  /** Files that must exist and hold at least one certificate. */
  files?: string[] | undefined;
  /** Directories that must exist; every `.pem .crt .cer .der .p7b` file in them is read. */
  directories?: string[] | undefined;
  /**
   * Also reads what the environment and the user's configuration directory name: `OS_TRUSTSTORE_USER_CAS`,
   * `NODE_EXTRA_CA_CERTS`, `<config>/os-truststore/certs`. @defaultValue `true`
   */
  env?: boolean | undefined;
}

/** What a trust set is made from. */
export interface TrustOptions {
  /** Node's bundled roots. @defaultValue `true` */
  bundled?: boolean | undefined;
  /** The operating system's store. @defaultValue `true` */
  system?: boolean | SystemCAOptions | undefined;
  userCAs?: CertificateInput | CertificateInput[] | UserCAOptions | undefined;
  /** SHA-256 fingerprints of certificates to leave out (Node's format; case and colons do not matter). */
  exclude?: string[] | undefined;
}

/** A certificate ends a chain (`anchor`), helps to build one (`intermediate`), or belongs to a peer itself (`leaf`). */
export type CertificateRole = 'anchor' | 'intermediate' | 'leaf';

/** What the operating system says about a certificate. */
export type TrustStatus = 'trusted' | 'distrusted' | 'unspecified';

/** Why a certificate is not used: the first rule that applies, in this order. */
export type SkipReason =
  /** The bytes are not a certificate. */
  | 'unparsable'
  /** The operating system distrusts it. */
  | 'distrusted'
  /** An X.509v3 certificate without `CA:TRUE`, or a key usage without certificate signing. */
  | 'not-a-ca'
  /** The extended key usage, in the certificate or set by the store, does not include the requested purpose. */
  | 'purpose'
  /** Self-issued, but found only where intermediates are kept: no store lists it as an anchor. */
  | 'not-trusted'
  | 'expired'
  | 'not-yet-valid'
  /**
   * Not self-signed, and no issuer leads to a root: OpenSSL may prefer it to a good path and fail. This also applies to what
   * the store calls an anchor (Windows `ROOT`, macOS "Always Trust"): only contexts with `allowPartialTrustChain` can end a
   * chain there, and those contexts get it.
   */
  | 'orphan';

/** Where one copy of a certificate was found. */
export interface CertificateSource {
  /** The list, in Node's words: the system store, Node's bundled roots, NODE_EXTRA_CA_CERTS, or the user's own CAs. */
  origin: 'system' | 'bundled' | 'extra' | 'user';
  kind:
    | 'file'
    | 'directory'
    | 'windows-store'
    | 'macos-trust-domain'
    | 'macos-keychain'
    | 'memory'
    | 'runtime';
  /** Path of the file; Windows store location (`LOCAL_MACHINE`, …) or registry key; macOS trust domain or keychain. */
  location: string;
  /** The Windows store name (`ROOT`, …) or registry value (Microsoft's list); the CA directory a file was found in. */
  store?: string;
  /** A name the store gives the certificate, such as the Windows friendly name. */
  label?: string;
  /**
   * Set for a place that distrusts a certificate only because of its public key (p11-kit's blocklists): the subject of the
   * certificate in that place which has the same key.
   */
  sharesKeyWith?: string;
}

/** One certificate of the store, kept or skipped. */
export interface SystemCertificate {
  der: Buffer;
  /** 64 columns, `\n`, with a final newline. Empty when the certificate is unparsable and has no DER. */
  pem: string;
  /** SHA-256 of the DER: upper-case hexadecimal pairs joined by `:`, as in `X509Certificate#fingerprint256`. */
  fingerprint256: string;
  /** One `NAME=value` per line, as in `X509Certificate#subject`. */
  subject: string;
  /** The same format as `subject`, as in `X509Certificate#issuer`. */
  issuer: string;
  /** Upper-case hexadecimal. */
  serialNumber: string;
  validFrom: Date;
  validTo: Date;
  role: CertificateRole;
  trust: TrustStatus;
  /** Why the certificate is not used; undefined when it is used. */
  skipped?: SkipReason;
  /** Text for people: explains `skipped`, or says what a used certificate needs. */
  detail?: string;
  /**
   * The store trusts it as issuer of server certificates whose notBefore is not later than this time, and distrusts it for
   * later ones: `nss-server-distrust-after` of p11-kit, the NotBefore date of Windows. The certificate stays in all lists;
   * `inject()`, `createSecureContext()` and verifiers judge chains by this date. It is 1970 when the date cannot be read.
   */
  distrustedAfter?: Date;
  sources: CertificateSource[];
}

/** One place, file, store or certificate that could not be read. The read went on without it. */
export interface StoreError {
  code: ErrorCode;
  operation: string;
  message: string;
  path?: string;
  /** The operating system's own number and text. */
  osStatus?: OsStatus;
}

/** A status of the operating system: errno, `GetLastError()` or `OSStatus`. */
export interface OsStatus {
  number: number;
  text: string;
}

/** One place that was looked at, or that was not needed because an earlier one sufficed. */
export interface StoreLocation {
  kind: CertificateSource['kind'];
  location: string;
  store?: string;
  /** What named this place: an environment variable, `openssl`, a distribution, `windows`, `macos`. */
  origin: string;
  state: 'read' | 'missing' | 'failed' | 'not-needed';
  /** Number of certificates found there, before duplicates are merged. */
  certificates: number;
}

/** Everything the operating system's store holds, kept and skipped. */
export interface SystemStore {
  /** The reader that answered: the native addon, or the runtime's own list where the addon cannot be loaded. */
  strategy: 'addon' | 'runtime';
  certificates: SystemCertificate[];
  errors: StoreError[];
  locations: StoreLocation[];
  /** Milliseconds the read took; a cached answer repeats this value. */
  durationMs: number;
}

/** The places where this process looks for CAs. */
export interface VerifyPaths {
  /** What OpenSSL in this process reports; undefined where the runtime has no OpenSSL (Bun, Deno). */
  openssl?: { file: string; directory: string; fileEnv: string; directoryEnv: string };
  locations: StoreLocation[];
  /** Existing files and directories that hold distrust. */
  distrust: string[];
  /** The user's configuration directory for CAs; it need not exist. */
  userDirectory: string;
}

/** The stable code of anything this package throws or reports. */
export type ErrorCode =
  | 'ERR_TRUSTSTORE_ADDON_NOT_FOUND'
  | 'ERR_TRUSTSTORE_ADDON_BROKEN'
  | 'ERR_TRUSTSTORE_ADDON_DISABLED'
  | 'ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM'
  | 'ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME'
  | 'ERR_TRUSTSTORE_READ_FAILED'
  | 'ERR_TRUSTSTORE_NOT_REGULAR_FILE'
  | 'ERR_TRUSTSTORE_FILE_TOO_LARGE'
  | 'ERR_TRUSTSTORE_BAD_CERTIFICATE'
  | 'ERR_TRUSTSTORE_VERIFY_FAILED'
  | 'ERR_TRUSTSTORE_DEADLINE'
  | 'ERR_TRUSTSTORE_CANCELLED'
  | 'ERR_TRUSTSTORE_USER_CA'
  | 'ERR_TRUSTSTORE_EMPTY_SET'
  | 'ERR_TRUSTSTORE_INVALID_ARGUMENT'
  | 'ERR_TRUSTSTORE_SERVER_WITHOUT_CA'
  | 'ERR_TRUSTSTORE_POLICY'
  | 'ERR_TRUSTSTORE_NOT_REACHED'
  | 'ERR_TRUSTSTORE_PEER_STORE'
  | 'ERR_TRUSTSTORE_PEER_STORE_LOCKED'
  | 'ERR_TRUSTSTORE_BUILD_FAILED'
  | 'ERR_TRUSTSTORE_WRITE_FAILED';
