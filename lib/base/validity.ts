/**
 * Works out how long a judgement that depends on dates holds.
 */
import type { SkipReason } from '../types.js';

/** A certificate's validity period, in milliseconds since the epoch. */
export interface Period {
  validFrom: number;
  validTo: number;
}

/** What a judgement by dates depends on. */
export interface DatePolicy {
  /** True when certificates outside their period count as well. */
  expired: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A time span [since, until), in milliseconds since the epoch, within which no validity period begins or ends. */
export interface Validity {
  since: number;
  until: number;
}

/** True when a judgement still holds. `since` is checked as well, because clocks can be set back. */
export function holdsAt({ since, until }: Validity, now: number): boolean {
  return since <= now && now < until;
}

export const ALWAYS: Validity = { since: -Infinity, until: Infinity };

/** The span in which two judgements both hold; both must include the same time. */
export function shortest(a: Validity, b: Validity): Validity {
  return { since: Math.max(a.since, b.since), until: Math.min(a.until, b.until) };
}

/** The span around `now` in which a judgement of these certificates under `policy` holds. */
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

/** Turns another time's verdict into that of `now`. Dates are judged last, so other reasons stand (native/trust/judge.cc). */
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

/** The end of a period: its last second is part of it (RFC 5280 §4.1.2.5). */
function endOf({ validTo }: Period): number {
  return validTo + 1000;
}
