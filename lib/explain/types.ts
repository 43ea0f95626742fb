/**
 * The public types of `explain()`. Everything is plain data: `JSON.stringify` loses nothing.
 */
import type { FetchFailure } from '../network/fetcher.js';
import type { CertificateInput, CertificateSource, StoreError, TrustOptions } from '../types.js';
import type { DiagnosisName } from './classes.js';
import type { StartTlsProtocol } from './handshake/protocols.js';

export type { DiagnosisName } from './classes.js';
export type { StartTlsProtocol } from './handshake/protocols.js';

/** Options of `explain()`. Those of {@link TrustOptions} make the set that is judged, as in `inject()`. */
export interface ExplainOptions extends TrustOptions {
  /**
   * The `ca` that your program passes. It is then the judged list, because Node trusts nothing else; `[]` trusts no server. A
   * list that holds every certificate of `tls.rootCertificates` is reported (`root-list`), and in an injected process it is
   * judged as `inject()` treats it.
   */
  ca?: CertificateInput | readonly CertificateInput[] | undefined;
  /** The name to send (SNI) and to expect in the certificate. @defaultValue the host of the target */
  servername?: string | undefined;
  /** The protocol that switches to TLS. @defaultValue by the target's scheme or port: 25, 587, 143, 110, 389, 5432 */
  startTls?: StartTlsProtocol | 'none' | undefined;
  /** URL of an HTTP proxy; false for none. @defaultValue from `HTTPS_PROXY` and `NO_PROXY`, unless STARTTLS is used */
  proxy?: string | false | undefined;
  /** Milliseconds for everything together. @defaultValue `20000` */
  timeoutMs?: number | undefined;
  /** Fetches intermediates that the server left out, from the URLs in its certificates. @defaultValue `true` */
  fetchIssuers?: boolean | undefined;
  /** Also fetches from private addresses, and lets a proxy look up the names. @defaultValue `false` */
  allowPrivate?: boolean | undefined;
  /** Called while work goes on, with a short text for people. */
  onProgress?: ((step: string) => void) | undefined;
}

/** A list of CAs that a program may rely on. */
export type SourceName =
  | 'bundled'
  | 'extra'
  | 'system'
  | 'user'
  /** The list this process trusts without this package. */
  | 'default'
  /** The list `inject()` makes of all of them. */
  | 'merged'
  /** The `ca` option. */
  | 'ca';

export interface ExplainedCertificate {
  /** As in `X509Certificate#subject`. */
  subject: string;
  issuer: string;
  serialNumber: string;
  fingerprint256: string;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** `RSA 2048`, `EC prime256v1`, … */
  key: string;
  /** `sha256WithRSAEncryption`, …, or the object identifier if the name is unknown. */
  signatureAlgorithm: string;
  isCA: boolean;
  selfSigned: boolean;
  /** The names the certificate is for, as in `X509Certificate#subjectAltName`. */
  names?: string;
  pem: string;
}

export interface SourceVerdict {
  source: SourceName;
  /** The number of certificates in the list. */
  certificates: number;
  /** `empty` means that the list holds nothing, so nothing was tried. */
  verdict: 'trusted' | 'refused' | 'empty' | 'not-tried';
  /** OpenSSL's words for the refusal. */
  error?: { code: string; message: string };
  /** The certificate that ends the chain, if the chain is trusted. */
  anchor?: { subject: string; fingerprint256: string; sources: CertificateSource[] };
}

export interface Fix {
  kind: 'intermediate' | 'self-signed';
  /** The PEM texts that `--fix` saves. Intermediates are not self-signed, so they never become anchors. */
  certificates: string[];
  /** True for a self-signed certificate that may issue others: saved, its key can vouch for every host. */
  forEveryHost?: true;
}

export interface Diagnosis {
  name: DiagnosisName;
  /** `error`: connections fail. `warning`: they work, but not for long or not for all programs. `info`: worth knowing. */
  severity: 'error' | 'warning' | 'info';
  /** What was found, in a sentence or two. */
  summary: string;
  /** What to do about it. It never suggests turning verification off. */
  remedy: string;
  /** SHA-256 fingerprints of the certificates concerned. */
  certificates: string[];
  fix?: Fix;
}

export interface Explanation {
  target: {
    host: string;
    port: number;
    servername: string;
    startTls?: StartTlsProtocol;
    /** The proxy without its credentials. */
    proxy?: string;
  };
  /** True when a program with the judged list of CAs can connect. */
  ok: boolean;
  /** The judged list: `ca` if that option was given, otherwise `merged`. */
  judged: SourceName;
  /** Never empty; mend the first one first. */
  diagnoses: Diagnosis[];
  connection: {
    address?: string;
    protocol?: string;
    cipher?: string;
    wantsClientCertificate: boolean;
  };
  /** The certificates in the order the server sent them. */
  chain: ExplainedCertificate[];
  sources: SourceVerdict[];
  /** Each attempt to fetch an intermediate. */
  fetches: {
    url: string;
    outcome: 'used' | 'no-match' | 'no-certificate' | FetchFailure;
    message: string;
  }[];
  /** What could not be read while the lists were made. */
  errors: StoreError[];
  runtime: { name: string; version: string };
  /** ISO 8601, by the clock of this machine. */
  checkedAt: string;
}
