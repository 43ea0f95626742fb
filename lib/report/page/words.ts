/**
 * Texts for the facts about certificates: a word or two, what it means, and what to do about it.
 */
import type { CertificateRole, Purpose, SkipReason } from '../../types.js';
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

export interface Reason {
  words: string;
  meaning: string;
  advice: string;
}

export const reasons: Record<SkipReason, Reason> = {
  unparsable: {
    words: 'unreadable',
    meaning: 'The bytes are no certificate.',
    advice: 'Remove the file, or replace it with the right one.',
  },
  distrusted: {
    words: 'distrusted',
    meaning: 'The operating system distrusts it.',
    advice: 'Leave it so. A server that needs it must get a certificate of another CA.',
  },
  'not-a-ca': {
    words: 'not a CA',
    meaning: 'It is not the certificate of a CA, or its key may not sign certificates.',
    advice: 'Install the certificate of the CA that issued it.',
  },
  purpose: {
    words: 'for another use',
    meaning: 'Its extended key usage, or a setting of the store, leaves out what was asked for.',
    advice:
      'Nothing, if its use is another. Otherwise change the setting, or ask the CA for a new one.',
  },
  'not-trusted': {
    words: 'not trusted',
    meaning: 'It is self-signed and only found where intermediates are kept.',
    advice: 'To have it trusted, an administrator adds it to the trusted roots of the system.',
  },
  expired: {
    words: 'expired',
    meaning: 'Its validity is over.',
    advice: 'Install the one that its CA has put in its place. If there is none, remove it.',
  },
  'not-yet-valid': {
    words: 'not yet valid',
    meaning: 'Its validity has not begun.',
    advice: 'Check the clock of this machine. If it is right, wait.',
  },
  orphan: {
    words: 'issuer missing',
    meaning:
      'It is an intermediate whose issuer is missing, so no chain through it ends at a root.',
    advice: 'Install the root of the CA that issued it.',
  },
};

export const LOCAL = 'a company, user or program';
export const NOT_LOCAL = 'the system or Node';

/** @param compared - the public lists of this machine besides Node's */
export function localMeaning(compared: readonly string[]): string {
  const lists = ['Node’s own roots', ...compared].join(', ');
  return `No public programme ships it: it is not in ${lists}, and lies where people install certificates.`;
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
