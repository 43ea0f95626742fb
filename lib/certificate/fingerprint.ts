/**
 * Reads and writes SHA-256 fingerprints as people write them: with or without colons, in upper or lower case.
 */
import { loadBuiltin } from '../base/builtins.js';
import { invalidArgument } from '../errors.js';
import { pemToDer } from './pem-blocks.js';

/** 64 hexadecimal digits in upper case; undefined when the value is not such a fingerprint. */
export function plainDigits(fingerprint: unknown): string | undefined {
  if (typeof fingerprint !== 'string') return undefined;
  const digits = fingerprint.replaceAll(':', '').toUpperCase();
  return /^[0-9A-F]{64}$/.test(digits) ? digits : undefined;
}

/** Splits the text of a variable into what are meant as fingerprints. */
export function splitFingerprints(text: string): string[] {
  return text.split(/[\s,;]+/).filter((one) => one !== '');
}

/** The fingerprint of a DER certificate. Loads node:crypto late, because that takes longer than importing this package. */
export function sha256Of(der: Uint8Array): string {
  return loadBuiltin('node:crypto').createHash('sha256').update(der).digest('hex').toUpperCase();
}

/** The fingerprint of canonical PEM. */
export function sha256OfPem(pem: string): string {
  return sha256Of(pemToDer(pem));
}

/** Formats digits as in `X509Certificate#fingerprint256`. */
export function withColons(digits: string): string {
  return digits.toUpperCase().replace(/..(?!$)/g, '$&:');
}

/** SHA-256 of bytes in the same format. */
export function fingerprintOf(bytes: Uint8Array): string {
  return withColons(sha256Of(bytes));
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, because a mistyped one would silently exclude nothing */
export function parseExclusions(list: readonly unknown[]): Set<string> {
  return new Set(
    list.map((one) => {
      const digits = plainDigits(one);
      if (digits !== undefined) return digits;
      throw invalidArgument('options.exclude', 'a list of SHA-256 fingerprints', one);
    }),
  );
}
