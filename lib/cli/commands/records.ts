/**
 * Brings the certificates of all sources into one form, so that they are listed alike.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Purpose, StoreError, StoreLocation, SystemCertificate } from '../../types.js';
import type { CliApi } from '../api.js';

const origins = ['system', 'bundled', 'extra', 'user'] as const;
export const listSources = [...origins, 'all'] as const;
export type ListSource = (typeof listSources)[number];

export interface RecordOptions {
  purpose: Purpose;
  intermediates: boolean;
  expired: boolean;
}

export interface Records {
  certificates: SystemCertificate[];
  errors: StoreError[];
  locations: StoreLocation[];
}

export function readRecords(api: CliApi, source: ListSource, options: RecordOptions): Records {
  if (source === 'all') return mergeRecords(origins.map((one) => readRecords(api, one, options)));
  // Commands have options of their own besides.
  const { purpose, intermediates, expired } = options;
  const judged = { purpose, intermediates, expired };
  if (source === 'system') return api.readSystemStore(judged);
  return { ...api.readOther(source, judged), locations: [] };
}

/** Merges copies of a certificate and their sources. What one source keeps is kept, unless it is distrusted. */
function mergeRecords(all: readonly Records[]): Records {
  const byFingerprint = new Map<string, SystemCertificate>();
  for (const certificate of all.flatMap(({ certificates }) => certificates)) {
    const key = certificate.fingerprint256 || certificate.pem || String(byFingerprint.size);
    const known = byFingerprint.get(key);
    byFingerprint.set(key, known ? mergeCertificate(known, certificate) : certificate);
  }
  return {
    certificates: [...byFingerprint.values()],
    errors: all.flatMap(({ errors }) => errors),
    locations: all.flatMap(({ locations }) => locations),
  };
}

function mergeCertificate(first: SystemCertificate, second: SystemCertificate): SystemCertificate {
  // What the system distrusts is marked in the copies of other lists too, with the place that distrusts it.
  const isNew = (source: unknown): boolean =>
    !first.sources.some((known) => isDeepStrictEqual(known, source));
  const sources = [...first.sources, ...second.sources.filter(isNew)];
  const distrusted = [first, second].find(({ trust }) => trust === 'distrusted');
  const kept = distrusted ?? (first.skipped === undefined ? first : second);
  const distrustedAfter = first.distrustedAfter ?? second.distrustedAfter;
  return { ...kept, ...(distrustedAfter && { distrustedAfter }), sources };
}
