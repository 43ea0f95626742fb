/**
 * SHA-256 fingerprints as people write them: with colons or without, in capitals or not.
 */
import { loadBuiltin } from '../base/builtins.js';
import { invalidArgument } from '../errors.js';
import { pemToDer } from './pem-blocks.js';

/** 64 hexadecimal digits in capitals; undefined when it is no such fingerprint. */
export function plainDigits(fingerprint: unknown): string | undefined {
  if (typeof fingerprint !== 'string') return undefined;
  const digits = fingerprint.replaceAll(':', '').toUpperCase();
  return /^[0-9A-F]{64}$/.test(digits) ? digits : undefined;
}

/** Of a DER certificate. node:crypto is loaded late: that takes longer than importing this package, and few need it. */
export function sha256Of(der: Uint8Array): string {
  return loadBuiltin('node:crypto').createHash('sha256').update(der).digest('hex').toUpperCase();
}

/** Of canonical PEM. */
export function sha256OfPem(pem: string): string {
  return sha256Of(pemToDer(pem));
}

/** As `X509Certificate#fingerprint256` has it. */
export function withColons(digits: string): string {
  return digits.toUpperCase().replace(/..(?!$)/g, '$&:');
}

/** SHA-256 of bytes in the same form. */
export function fingerprintOf(bytes: Uint8Array): string {
  return withColons(sha256Of(bytes));
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`: who mistypes one would leave out nothing, and not know */
export function parseExclusions(list: readonly unknown[]): Set<string> {
  return new Set(
    list.map((one) => {
      const digits = plainDigits(one);
      if (digits !== undefined) return digits;
      throw invalidArgument('options.exclude', 'a list of SHA-256 fingerprints', one);
    }),
  );
}
