/**
 * Says why certificates are left out, for the command and the page of `os-truststore report`.
 */
import type { SkipReason } from '../types.js';

/** What the name of a reason means, and what to do about it. */
export interface SkipReasonText {
  /** A word or two in place of the name. */
  words: string;
  meaning: string;
  advice: string;
}

export const skipReasons: Record<SkipReason, SkipReasonText> = {
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
