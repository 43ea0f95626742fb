/**
 * The public types of `explain()`. Everything is plain data: `JSON.stringify` loses nothing.
 */
import type { FetchFailure } from '../network/fetcher.js';
import type { CertificateInput, CertificateSource, StoreError, TrustOptions } from '../types.js';
import type { DiagnosisName } from './classes.js';
import type { StartTlsProtocol } from './handshake/protocols.js';

export type { DiagnosisName } from './classes.js';
export type { StartTlsProtocol } from './handshake/protocols.js';

/** Options of `explain()`; those of {@link TrustOptions} make the set that is judged, as in `inject()`. */
export interface ExplainOptions extends TrustOptions {
  /**
   * The `ca` your program passes. It is then what is judged: Node trusts nothing else, and with `[]` nobody at all. A list
   * that holds every certificate of `tls.rootCertificates` is told (`root-list`), and judged as `inject()` takes it where
   * this process is injected.
   */
  ca?: CertificateInput | readonly CertificateInput[] | undefined;
  /** Name to ask for (SNI) and to find in the certificate. @defaultValue the host of the target */
  servername?: string | undefined;
  /** @defaultValue by scheme or well-known port of the target: 25, 587, 143, 110, 389, 5432 */
  startTls?: StartTlsProtocol | 'none' | undefined;
  /** URL of an HTTP proxy, or false for none. @defaultValue `HTTPS_PROXY` and `NO_PROXY`, unless STARTTLS is used */
  proxy?: string | false | undefined;
  /** For everything together. @defaultValue `20000` */
  timeoutMs?: number | undefined;
  /** Look for intermediates the server forgot where its certificates say they are. @defaultValue `true` */
  fetchIssuers?: boolean | undefined;
  /** Also look on private addresses, and have a proxy look their names up. @defaultValue `false` */
  allowPrivate?: boolean | undefined;
  /** Called as work goes on, with a few words for people. */
  onProgress?: ((step: string) => void) | undefined;
}

/** A list of CAs a program may rely on. */
export type SourceName =
  | 'bundled'
  | 'extra'
  | 'system'
  | 'user'
  /** What this process trusts without this package. */
  | 'default'
  /** What `inject()` makes of all of them. */
  | 'merged'
  /** The `ca` option. */
  | 'ca';

export interface ExplainedCertificate {
  /** As `X509Certificate#subject`. */
  subject: string;
  issuer: string;
  serialNumber: string;
  fingerprint256: string;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** `RSA 2048`, `EC prime256v1`, … */
  key: string;
  /** `sha256WithRSAEncryption`, …, or the object identifier. */
  signatureAlgorithm: string;
  isCA: boolean;
  selfSigned: boolean;
  /** Names the certificate is for, as in `X509Certificate#subjectAltName`. */
  names?: string;
  pem: string;
}

export interface SourceVerdict {
  source: SourceName;
  /** How many certificates the list has. */
  certificates: number;
  /** `empty`: there is nothing in it, so nothing was tried. */
  verdict: 'trusted' | 'refused' | 'empty' | 'not-tried';
  /** OpenSSL's words for the refusal. */
  error?: { code: string; message: string };
  /** What ends the chain, if it is trusted. */
  anchor?: { subject: string; fingerprint256: string; sources: CertificateSource[] };
}

export interface Fix {
  kind: 'intermediate' | 'self-signed';
  /** PEM; what `--fix` saves. Intermediates are not self-signed, so they never become anchors. */
  certificates: string[];
}

export interface Diagnosis {
  name: DiagnosisName;
  /** `error`: connections fail. `warning`: they work, but not for long or not for all. `info`: good to know. */
  severity: 'error' | 'warning' | 'info';
  /** What is the case, in a sentence or two. */
  summary: string;
  /** What to do about it. Never turns verification off. */
  remedy: string;
  /** SHA-256 of the certificates it is about. */
  certificates: string[];
  fix?: Fix;
}

export interface Explanation {
  target: {
    host: string;
    port: number;
    servername: string;
    startTls?: StartTlsProtocol;
    /** Without credentials. */
    proxy?: string;
  };
  /** Whether a program with the judged list of CAs connects. */
  ok: boolean;
  /** Which list is judged: `ca` if that option was given, otherwise `merged`. */
  judged: SourceName;
  /** Never empty; the first is what to mend first. */
  diagnoses: Diagnosis[];
  connection: {
    address?: string;
    protocol?: string;
    cipher?: string;
    wantsClientCertificate: boolean;
  };
  /** As the server sent them, in its order. */
  chain: ExplainedCertificate[];
  sources: SourceVerdict[];
  /** Where intermediates were looked for. */
  fetches: {
    url: string;
    outcome: 'used' | 'no-match' | 'no-certificate' | FetchFailure;
    message: string;
  }[];
  /** What could not be read of the lists. */
  errors: StoreError[];
  runtime: { name: string; version: string };
  /** ISO 8601, by the clock of this machine. */
  checkedAt: string;
}
