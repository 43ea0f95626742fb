/**
 * Names the addon's columns of numbers. native/binding/fact_columns.h has the same list of columns, native/trust/judge.h and
 * native/system_store.h have the enums, and test/native/fact-columns.test.ts compares both sides.
 */
import type { CertificateRole, SkipReason, TrustStatus } from '../types.js';
import type { ListedCertificate } from './native-binding.js';

/** The numbers of one certificate, in the order in which the addon writes them. */
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

/** Roles by the value of the enum `Role`. */
export const ROLES: readonly CertificateRole[] = ['anchor', 'intermediate', 'leaf'];

/** Statuses by the value of the enum `TrustStatus`. */
export const TRUST_STATUSES: readonly TrustStatus[] = ['unspecified', 'trusted', 'distrusted'];

/** Reasons by the value of the enum `SkipReason`; the first one means that the certificate is used. */
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
