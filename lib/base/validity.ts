/**
 * For how long what was judged by dates holds.
 */
import type { SkipReason } from '../types.js';

/** A certificate's validity period; milliseconds since the epoch. */
export interface Period {
  validFrom: number;
  validTo: number;
}

/** What a judgement by dates depends on. */
export interface DatePolicy {
  /** Certificates outside their period count as well. */
  expired: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** No validity period begins or ends within [since, until), in milliseconds since the epoch. */
export interface Validity {
  since: number;
  until: number;
}

/** Whether nothing has to be judged again. Clocks are set back as well. */
export function holdsAt({ since, until }: Validity, now: number): boolean {
  return since <= now && now < until;
}

export const ALWAYS: Validity = { since: -Infinity, until: Infinity };

/** How long two of them hold both, around one time. */
export function shortest(a: Validity, b: Validity): Validity {
  return { since: Math.max(a.since, b.since), until: Math.min(a.until, b.until) };
}

/** How long a judgement of these under `policy` holds, around the time of that. */
export function validityOf(
  certificates: readonly Period[],
  { expired, now }: DatePolicy,
): Validity {
  const validity = { ...ALWAYS };
  if (expired) return validity;
  for (const certificate of certificates) {
    for (const moment of [certificate.validFrom, endOf(certificate)]) {
      if (moment <= now) validity.since = Math.max(validity.since, moment);
      else if (moment > now) validity.until = Math.min(validity.until, moment);
    }
  }
  return validity;
}

/** The verdict of another time made that of `now`. Dates are judged last, so every other reason stands (native/trust/judge.cc). */
export function judgeDates<Certificate extends Period & { skipped?: SkipReason }>(
  certificate: Certificate,
  { expired, now }: DatePolicy,
): Certificate {
  const { skipped, validFrom } = certificate;
  const isDate = skipped === 'expired' || skipped === 'not-yet-valid';
  if (expired || (skipped !== undefined && skipped !== 'orphan' && !isDate)) return certificate;
  const reason =
    now >= endOf(certificate) ? 'expired' : now < validFrom ? 'not-yet-valid' : undefined;
  if (reason === (isDate ? skipped : undefined)) return certificate;
  const judged = { ...certificate };
  delete judged.skipped;
  return reason === undefined ? judged : { ...judged, skipped: reason };
}

/** Its last second is part of the period (RFC 5280 §4.1.2.5). */
function endOf({ validTo }: Period): number {
  return validTo + 1000;
}
