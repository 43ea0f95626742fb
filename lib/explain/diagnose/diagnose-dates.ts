/**
 * Finds certificates outside their validity period, and clocks that only make them look so. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { day, shortName } from '../../certificate/names.js';
import type { ExaminedChain, Facts } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';

/** A root expires now and then; this share at once means that the clock is years ahead. */
const MANY_EXPIRED_ROOTS = 0.3;

export function diagnoseDates({ facts, path, refusal }: ExaminedChain): Diagnosis[] {
  if (
    !/EXPIRED|NOT_YET_VALID|has expired|not yet valid/i.test(`${refusal.code} ${refusal.message}`)
  ) {
    return [];
  }
  const certificates = path.steps.map(({ certificate }) => certificate);
  const expired = certificates.filter(({ validTo }) => validTo < facts.now);
  const early = certificates.filter(({ validFrom }) => validFrom > facts.now);
  return [
    ...(expired.length > 0 ? [explainExpired(facts, expired)] : []),
    ...(early.length > 0 ? [explainEarly(facts, early)] : []),
  ];
}

function list(certificates: readonly Certificate[]): string {
  return certificates.map(({ subject }) => `“${shortName(subject)}”`).join(', ');
}

function explainExpired(facts: Facts, expired: readonly Certificate[]): Diagnosis {
  const [first] = expired;
  const ahead = facts.clock.expiredRoots > MANY_EXPIRED_ROOTS;
  const isLeaf = first === facts.sent[0];
  const renew = isLeaf
    ? 'Ask the server’s owner to have its certificate renewed, and the server reload it.'
    : 'Ask the server’s owner to send the present chain of its CA instead of this one.';
  return {
    name: 'expired',
    severity: 'error',
    summary:
      `Expired: ${list(expired)}, on ${day(first?.validTo ?? NaN)}. ` +
      `This machine says it is ${day(facts.now)}.`,
    remedy: ahead
      ? 'Set the clock of this machine: most roots of Node seem expired, so it is years ahead.'
      : renew,
    certificates: expired.map(({ fingerprint256 }) => fingerprint256),
  };
}

function explainEarly({ now, clock }: Facts, early: readonly Certificate[]): Diagnosis {
  const validFrom = Math.max(...early.map((certificate) => certificate.validFrom));
  const behind = clock.programTime !== undefined && clock.programTime > now;
  return {
    name: 'not-yet-valid',
    severity: 'error',
    summary: `Not valid before ${toMinute(validFrom)}: ${list(early)}. This machine says it is ${toMinute(now)}.`,
    remedy: behind
      ? `Set the clock of this machine: it is behind, for programs on it were written ${day(clock.programTime ?? NaN)}.`
      : 'If the time above is wrong, set the clock of this machine: it is behind. If it is right, the ' +
        'certificate is in use too early: wait, or ask the server’s owner for one that is valid now.',
    certificates: early.map(({ fingerprint256 }) => fingerprint256),
  };
}

function toMinute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
