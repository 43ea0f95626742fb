/**
 * `--exclude`: fingerprints as people copy them, whole or the first digits that `list` prints.
 */
import type { Option } from 'commander';

import { plainDigits } from '../../certificate/fingerprint.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { TrustOptions } from '../../types.js';
import type { CliApi } from '../api.js';
import { displayName } from '../terminal/text.js';
import { repeatedOption } from './repeated.js';

/** Fewer digits would often be those of another certificate, too. */
const FEWEST_DIGITS = 8;

export function excludeOption(): Option {
  return repeatedOption(
    '--exclude <fingerprint>',
    `leave out a certificate, by its SHA-256 fingerprint or the first ${FEWEST_DIGITS} digits or more`,
  );
}

/** The certificates of a trust set before anything is excluded. */
export function pemsOfSet(api: Pick<CliApi, 'readTrustSet'>, trust: TrustOptions): string[] {
  const { certificates, anchors, peers } = api.readTrustSet(trust);
  return [...certificates, ...anchors, ...peers];
}

/**
 * Whole fingerprints for short ones. A whole fingerprint need not belong to a certificate, so that one command serves many
 * machines.
 *
 * @param readPems - the certificates that a short one may mean; called only if there is one
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for what is no fingerprint, or means no certificate, or several
 */
export function wholeFingerprints(
  given: readonly string[],
  api: Pick<CliApi, 'describe'>,
  readPems: () => readonly string[],
): string[] {
  let known: Known[] | undefined;
  return given.map((text) => {
    const whole = plainDigits(text);
    if (whole !== undefined) return whole;
    const digits = text.replaceAll(':', '').toUpperCase();
    if (!isShort(digits)) {
      throw refusal(
        `--exclude must be a SHA-256 fingerprint or its first ${FEWEST_DIGITS} digits or more, not "${text}"`,
        'os-truststore list prints them.',
      );
    }
    return meantBy(text, digits, (known ??= readPems().map((pem) => toKnown(api, pem))));
  });
}

interface Known {
  digits: string;
  fingerprint256: string;
  subject: string;
}

function toKnown(api: Pick<CliApi, 'describe'>, pem: string): Known {
  const { fingerprint256, subject } = api.describe(pem);
  return { fingerprint256, subject, digits: plainDigits(fingerprint256) ?? '' };
}

function isShort(digits: string): boolean {
  return digits.length >= FEWEST_DIGITS && digits.length < 64 && /^[0-9A-F]+$/.test(digits);
}

function meantBy(text: string, digits: string, known: readonly Known[]): string {
  const found = new Map(
    known.filter((one) => one.digits.startsWith(digits)).map((one) => [one.digits, one] as const),
  );
  const [first, ...others] = found.values();
  if (first !== undefined && others.length === 0) return first.digits;
  if (first === undefined) {
    throw refusal(
      `--exclude ${text}: no certificate of this set has a SHA-256 fingerprint that begins so`,
      'os-truststore list --source all --wide shows whole fingerprints; one that is left out already needs no --exclude.',
    );
  }
  const candidates = [first, ...others].map(
    ({ fingerprint256, subject }) => `${fingerprint256} (${displayName(subject)})`,
  );
  throw refusal(
    `--exclude ${text} may mean ${candidates.length} certificates: ${candidates.join(', ')}`,
    'Give more digits.',
  );
}

function refusal(message: string, remedy: string): TruststoreError {
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, message, {
    operation: 'exclude',
    remedy,
  });
}
