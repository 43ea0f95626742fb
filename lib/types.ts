/**
 * The public types of os-truststore. DESIGN: names are fixed; add, do not rename.
 */
import type { X509Certificate } from 'node:crypto';

/** What the certificates are wanted for. Decides which extended key usages are acceptable. */
export type Purpose = 'server-auth' | 'client-auth' | 'any';

/** A set of environment variables, as `process.env`. */
export type Environment = Record<string, string | undefined>;

/** Options of everything that reads the operating system's store. */
export interface SystemCAOptions {
  /** @defaultValue `'server-auth'` */
  purpose?: Purpose | undefined;
  /** Add intermediates whose issuer is in the store. They are helpers, never anchors. @defaultValue `false` */
  intermediates?: boolean | undefined;
  /** Keep certificates outside their validity period. @defaultValue `false` */
  expired?: boolean | undefined;
  /**
   * Milliseconds an asynchronous read may take before its promise rejects with `ERR_TRUSTSTORE_DEADLINE`. Synchronous
   * reads have no deadline. @defaultValue `5000`
   */
  deadlineMs?: number | undefined;
  /**
   * Where `SSL_CERT_FILE`, `SSL_CERT_DIR` and, with an OpenSSL built by Nix, `NIX_SSL_CERT_FILE` are looked up.
   * @defaultValue `process.env`
   */
  env?: Environment | undefined;
}

/**
 * PEM text (any number of certificates), DER, or a PKCS#7 certs-only bundle (`.p7b`, PEM or DER). Up to 1 MiB also as
 * variables and JSON hold them: PEM with `\n` for its line ends, and the base64 of DER alone.
 */
export type CertificateInput = string | Uint8Array | X509Certificate;

/** The user's own CAs, by kind. */
export interface UserCAOptions {
  certificates?: CertificateInput[] | undefined;
  /** Files that must exist and hold at least one certificate. */
  files?: string[] | undefined;
  /** Directories that must exist; every `.pem .crt .cer .der .p7b` in them is read. */
  directories?: string[] | undefined;
  /**
   * Also read what the environment and the user's configuration directory name: `OS_TRUSTSTORE_USER_CAS`,
   * `NODE_EXTRA_CA_CERTS`, `<config>/os-truststore/certs`. @defaultValue `true`
   */
  env?: boolean | undefined;
}

/** What goes into a trust set. */
export interface TrustOptions {
  /** Node's bundled roots. @defaultValue `true` */
  bundled?: boolean | undefined;
  /** The operating system's store. @defaultValue `true` */
  system?: boolean | SystemCAOptions | undefined;
  userCAs?: CertificateInput | CertificateInput[] | UserCAOptions | undefined;
  /** Certificates to leave out, by SHA-256 fingerprint (Node's format; case and colons do not matter). */
  exclude?: string[] | undefined;
}

/** Whether a certificate ends a chain, helps to build one, or is a peer itself. */
export type CertificateRole = 'anchor' | 'intermediate' | 'leaf';

/** What the operating system says of a certificate. */
export type TrustStatus = 'trusted' | 'distrusted' | 'unspecified';

/** Why a certificate is not used. The first rule that applies, in this order. */
export type SkipReason =
  /** The bytes are no certificate. */
  | 'unparsable'
  /** The operating system distrusts it. */
  | 'distrusted'
  /** X.509v3 without `CA:TRUE`, or key usage without certificate signing. */
  | 'not-a-ca'
  /** Extended key usage, of the certificate or set by the store, leaves out the purpose asked for. */
  | 'purpose'
  /** Self-issued, but only found where intermediates are kept: as an anchor nobody asked for it. */
  | 'not-trusted'
  | 'expired'
  | 'not-yet-valid'
  /**
   * Not self-signed, and no issuer leads to a root: OpenSSL may prefer it to a good path and fail. Also what the store
   * calls an anchor (Windows `ROOT`, macOS "Always Trust"): only contexts with `allowPartialTrustChain` can end a chain
   * there, and they get it.
   */
  | 'orphan';

/** Where one copy of a certificate was found. */
export interface CertificateSource {
  /** Node's words for lists: the system store, Node's bundled roots, NODE_EXTRA_CA_CERTS, or the user's own CAs. */
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
  /** Windows store name (`ROOT`, …) or registry value (Microsoft's list); the CA directory a file was found in. */
  store?: string;
  /** A name the store gives the certificate, such as the Windows friendly name. */
  label?: string;
  /**
   * Of a place that distrusts a certificate for its public key alone (p11-kit's blocklists): the subject of the certificate
   * there whose key it is.
   */
  sharesKeyWith?: string;
}

/** One certificate of the store, kept or skipped. */
export interface SystemCertificate {
  der: Buffer;
  /** 64 columns, `\n`, with a final newline. Empty when the certificate is unparsable and has no DER. */
  pem: string;
  /** SHA-256 of the DER, upper-case hexadecimal pairs joined by `:`, as `X509Certificate#fingerprint256`. */
  fingerprint256: string;
  /** As `X509Certificate#subject`: one `NAME=value` per line. */
  subject: string;
  /** As `X509Certificate#issuer`. */
  issuer: string;
  /** Upper-case hexadecimal. */
  serialNumber: string;
  validFrom: Date;
  validTo: Date;
  role: CertificateRole;
  trust: TrustStatus;
  /** Set when the certificate is not used. */
  skipped?: SkipReason;
  /** More words on `skipped`, or on what a used certificate needs, for people. */
  detail?: string;
  /**
   * The store trusts it as the issuer of servers' certificates that begin (notBefore) at this time at the latest, and distrusts
   * it for younger ones: `nss-server-distrust-after` of p11-kit, the NotBefore date of Windows. The certificate stays in all
   * lists; `inject()`, `createSecureContext()` and verifiers judge chains by it. 1970 for a date that cannot be read.
   */
  distrustedAfter?: Date;
  sources: CertificateSource[];
}

/** One place, file, store or certificate that could not be read. Reading went on. */
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

/** One place that was looked at, or would have been had an earlier one not sufficed. */
export interface StoreLocation {
  kind: CertificateSource['kind'];
  location: string;
  store?: string;
  /** Who named it: an environment variable, `openssl`, a distribution, `windows`, `macos`. */
  origin: string;
  state: 'read' | 'missing' | 'failed' | 'not-needed';
  /** Certificates found there, before duplicates are merged. */
  certificates: number;
}

/** Everything the operating system's store holds, kept and skipped. */
export interface SystemStore {
  /** Which reader answered: the native addon, or, where it cannot be loaded, the runtime's own listing. */
  strategy: 'addon' | 'runtime';
  certificates: SystemCertificate[];
  errors: StoreError[];
  locations: StoreLocation[];
  /** Milliseconds the reading took when it was done; a cached answer repeats it. */
  durationMs: number;
}

/** Where this process looks for CAs. */
export interface VerifyPaths {
  /** What OpenSSL in this process reports; undefined where the runtime has none (Bun, Deno). */
  openssl?: { file: string; directory: string; fileEnv: string; directoryEnv: string };
  locations: StoreLocation[];
  /** Existing files and directories that carry distrust. */
  distrust: string[];
  /** The user's configuration directory for CAs; need not exist. */
  userDirectory: string;
}

/** Stable codes of everything this package throws or reports. */
export type ErrorCode = `ERR_TRUSTSTORE_${string}`;
