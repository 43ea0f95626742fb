/**
 * Reduces a certificate, from the table or from a reading, to what is compared.
 */
import { X509Certificate } from 'node:crypto';

import type { SystemCertificate } from '../../dist/index.js';
import { namePrefix } from './table';
import type { Row } from './table';

export interface Summary {
  name: string;
  role: string;
  trust: string;
  skipped: string | undefined;
  sources: string[];
}

export type Comparable = Pick<
  SystemCertificate,
  'fingerprint256' | 'pem' | 'role' | 'skipped' | 'sources' | 'subject' | 'trust'
>;

function byName(a: Summary, b: Summary): number {
  return a.name < b.name ? -1 : 1;
}

export function expectedSummaries(rows: Row[]): Summary[] {
  return rows
    .map(({ name, expected, places }) => ({
      name,
      ...expected,
      skipped: expected.skipped,
      sources: places
        .map(({ location, store, friendlyName = '' }) => [location, store, friendlyName].join('/'))
        .sort(),
    }))
    .sort(byName);
}

export function actualSummaries(certificates: Comparable[]): Summary[] {
  return certificates
    .map(({ subject, role, trust, skipped, sources }) => ({
      name: subject.replace(`CN=${namePrefix}`, ''),
      role,
      trust,
      skipped,
      sources: sources
        .map(({ location, store = '', label = '' }) => [location, store, label].join('/'))
        .sort(),
    }))
    .sort(byName);
}

export function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** Separates the certificates of the table from all others. */
export function splitByTable<Certificate extends Comparable>(
  certificates: Certificate[],
  rows: Row[],
): { ours: Certificate[]; others: Certificate[] } {
  const fingerprints = new Set(rows.map(({ certificate }) => fingerprint(certificate.pem)));
  const isOurs = ({ fingerprint256 }: Comparable) => fingerprints.has(fingerprint256);
  return {
    ours: certificates.filter(isOurs),
    others: certificates.filter((certificate) => !isOurs(certificate)),
  };
}
