/**
 * Texts for the facts about certificates.
 */
import type { Origin, ReportCertificate, Verdict } from '../types.js';

export const verdictWords: Record<Verdict, string> = {
  anchor: 'trusted',
  helper: 'helps only',
  'left-out': 'left out',
};

export const originWords: Record<Origin, string> = {
  system: 'system',
  bundled: 'bundled',
  extra: 'extra',
  user: 'user',
};

const DAY = 24 * 60 * 60 * 1000;

export type Validity = 'unknown' | 'future' | 'expired' | 'month' | 'year' | 'later';

export const validityWords: Record<Validity, string> = {
  expired: 'expired',
  month: 'ends within 30 days',
  year: 'ends within a year',
  later: 'ends later',
  future: 'not yet valid',
  unknown: 'unknown',
};

export function validityOf({ from, to }: ReportCertificate, now: number): Validity {
  if (from === null || to === null) return 'unknown';
  if (to < now) return 'expired';
  if (from > now) return 'future';
  if (to < now + 30 * DAY) return 'month';
  return to < now + 365 * DAY ? 'year' : 'later';
}

export function dayOf(time: number | null): string {
  return time === null ? '?' : new Date(time).toISOString().slice(0, 10);
}
