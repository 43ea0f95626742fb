/**
 * The data that the page of `os-truststore report` gets. Every text is safe to show: see `safeText`.
 */
import type { CertificateRole, CertificateSource, Purpose, SkipReason } from '../types.js';

export type Origin = CertificateSource['origin'];

/** The certificate ends chains, helps to build them, or is not used. */
export type Verdict = 'anchor' | 'helper' | 'left-out';

export interface ReportCertificate {
  name: string;
  /** One attribute per line. */
  subject: string[];
  issuer: string[];
  serial: string;
  fingerprint: string;
  /** Milliseconds since the epoch; null when the date cannot be read. */
  from: number | null;
  to: number | null;
  role: CertificateRole;
  verdict: Verdict;
  reason?: SkipReason;
  detail?: string;
  origins: Origin[];
  /** Positions in {@link ReportData.places}. */
  places: number[];
  key: string;
  shortKey?: true;
  signature: string;
  /** True for MD5 or SHA-1 if trust in the certificate rests on its signature. */
  brokenSignature?: true;
  /** See `isLocal()` of lib/trust/local: no public programme ships it. */
  local?: true;
  /** The product known to inspect TLS connections whose name a local certificate bears. */
  product?: string;
  /** Base64. Missing when the bytes are no certificate. */
  der?: string;
}

export interface ReportData {
  version: string;
  runtime: string;
  platform: string;
  /** Milliseconds since the epoch. */
  generated: number;
  purpose: Purpose;
  /** The lists of public programmes, besides Node's own, that tell what is local. */
  compared: string[];
  places: string[];
  certificates: ReportCertificate[];
  /** What could not be read. */
  errors: string[];
}
