/**
 * Texts for the facts about certificates: a word or two, what it means, and what to do about it.
 */
import type { CertificateRole, Purpose } from '../../types.js';
import type { Origin, ReportCertificate, Verdict } from '../types.js';

export const verdictWords: Record<Verdict, string> = {
  anchor: 'trusted',
  helper: 'helps only',
  'left-out': 'left out',
};

export const verdictMeanings: Record<Verdict, string> = {
  anchor: 'A chain of certificates may end here, so what it issues is believed.',
  helper:
    'An intermediate. It helps to build a chain to a trusted certificate, and is not trusted by itself.',
  'left-out': 'os-truststore does not use it. The reason says why.',
};

export const originWords: Record<Origin, string> = {
  system: 'system',
  bundled: 'bundled',
  extra: 'extra',
  user: 'user',
};

export const originMeanings: Record<Origin, string> = {
  system: 'The certificate store of the operating system.',
  bundled: 'The roots that Node brings with it.',
  extra: 'The file that the variable NODE_EXTRA_CA_CERTS names.',
  user: 'The folder of os-truststore for CAs of this user.',
};

export const purposeWords: Record<Purpose, string> = {
  'server-auth': 'checking servers, such as HTTPS sites (server-auth)',
  'client-auth': 'checking clients that show a certificate (client-auth)',
  any: 'any use (any)',
};

export const roleWords: Record<CertificateRole, string> = {
  anchor: 'end of chains, such as a root (anchor)',
  leaf: 'certificate of a server, program or person, not of a CA (leaf)',
  intermediate: 'link between a root and what it issued (intermediate)',
};

export const LOCAL = 'a company, user or program';
export const NOT_LOCAL = 'the system or Node';

/** @param compared - the public lists of this machine besides Node's */
export function localMeaning(compared: readonly string[]): string {
  const lists = ['among Node’s own roots', ...compared.map((list) => `in ${list}`)].join(' or ');
  return `It is not ${lists}, and lies where people install certificates.`;
}

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
