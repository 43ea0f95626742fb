/**
 * What the numbers of the addon's columns mean. native/binding/fact_columns.h has the same list of columns, and
 * native/trust/judge.h and native/system_store.h the enums; test/native/fact-columns.test.ts holds both sides together.
 */
import type { CertificateRole, SkipReason, TrustStatus } from '../types.js';
import type { ListedCertificate } from './native-binding.js';

/** The numbers of one certificate, in the order in which they are written. */
export const FACT_COLUMNS = [
  'subjectName',
  'issuerName',
  'validFrom',
  'validTo',
  'looksSelfSigned',
  'role',
  'trust',
  'skipped',
  'key',
  'subjectKeyId',
  'authorityKeyId',
] as const satisfies readonly (keyof ListedCertificate)[];

export function placeOf(column: (typeof FACT_COLUMNS)[number]): number {
  return FACT_COLUMNS.indexOf(column);
}

/** By the value of the enum `Role`. */
export const ROLES: readonly CertificateRole[] = ['anchor', 'intermediate', 'leaf'];

/** By the value of the enum `TrustStatus`. */
export const TRUST_STATUSES: readonly TrustStatus[] = ['unspecified', 'trusted', 'distrusted'];

/** By the value of the enum `SkipReason`; the first is that of a certificate that is used. */
export const SKIP_REASONS: readonly (SkipReason | undefined)[] = [
  undefined,
  'unparsable',
  'distrusted',
  'not-a-ca',
  'purpose',
  'not-trusted',
  'expired',
  'not-yet-valid',
  'orphan',
];
