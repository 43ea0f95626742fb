/**
 * Names of certificates and algorithms for people. Pure.
 */
import type { Certificate } from './certificate.js';

/** The values of a name in `X509Certificate#subject` form, by attribute type. */
export function nameAttributes(name: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const attribute of name.split(/\n| \+ /)) {
    const equals = attribute.indexOf('=');
    if (equals < 1) continue;
    const value = attribute.slice(equals + 1).replace(/\\([^0-9A-Fa-f])/g, '$1');
    if (value !== '') attributes.set(attribute.slice(0, equals), value);
  }
  return attributes;
}

/** The common name, or else organisation and unit. The certificate's maker chose it, so make it safe before printing it. */
export function shortName(name: string): string {
  const attributes = nameAttributes(name);
  const others = [attributes.get('O'), attributes.get('OU')].filter((part) => part !== undefined);
  return attributes.get('CN') ?? (others.join(', ') || name.split('\n').join(', ') || '(no name)');
}

/** Names of signature algorithms by object identifier (RFC 3279, 4055, 5758, 8410). */
const SIGNATURES: Partial<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsaWithSHA1',
  '1.2.840.10045.4.1': 'ecdsaWithSHA1',
  '1.2.840.10045.4.3.2': 'ecdsaWithSHA256',
  '1.2.840.10045.4.3.3': 'ecdsaWithSHA384',
  '1.2.840.10045.4.3.4': 'ecdsaWithSHA512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

export function signatureName({ signatureAlgorithm }: Certificate): string {
  return SIGNATURES[signatureAlgorithm] ?? signatureAlgorithm;
}

export function hasBrokenHash(certificate: Certificate): boolean {
  return /^md[25]|sha1/i.test(signatureName(certificate));
}

/** True for keys below what browsers accept (CA/Browser Forum Baseline Requirements §6.1.5). */
export function hasShortKey({ key }: Certificate): boolean {
  return (key.type === 'rsa' || key.type === 'dsa') && (key.bits ?? Infinity) < 2048;
}

export function keyName({ key }: Certificate): string {
  return [key.type.toUpperCase(), key.bits ?? key.curve].filter(Boolean).join(' ');
}

export function toIso(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

const SHOWN_NAMES = 8;

/** Shortens subject alternative names for people; certificates of large networks have a hundred. */
export function nameList(subjectAltName: string): string {
  const names = subjectAltName
    .split(', ')
    .map((name) => name.replace(/^DNS:/, '').replace(/^IP Address:/, 'IP:'));
  const more = names.length - SHOWN_NAMES;
  const shown = names.slice(0, SHOWN_NAMES).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** A fingerprint that fits on a line; case and colons do not matter for comparing it. */
export function plainFingerprint(fingerprint256: string): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The ISO date without the time. */
export function day(time: number): string {
  return toIso(time).slice(0, 10);
}
