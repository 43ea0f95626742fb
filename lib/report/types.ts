/**
 * What the page of `os-truststore report` is told. Every text is safe to show: see `safeText`.
 */
import type { CertificateRole, CertificateSource, Purpose, SkipReason } from '../types.js';

export type Origin = CertificateSource['origin'];

/** Ends chains, helps to build them, or is not used. */
export type Verdict = 'anchor' | 'helper' | 'left-out';

export interface ReportCertificate {
  name: string;
  /** One attribute a line. */
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
  /** MD5 or SHA-1, where the signature is what the certificate is believed for. */
  brokenSignature?: true;
}

export interface ReportData {
  version: string;
  runtime: string;
  platform: string;
  /** Milliseconds since the epoch. */
  generated: number;
  purpose: Purpose;
  reasons: Record<SkipReason, string>;
  places: string[];
  certificates: ReportCertificate[];
  /** What could not be read. */
  errors: string[];
}
