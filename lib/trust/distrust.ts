/**
 * Which certificate a distrusted one is. What is distrusted is what was signed, not one encoding of it: anybody can write an
 * ECDSA signature in another way (s → n − s) without the key. Pure.
 */
import type { NativeDated, NativeStore } from '../addon/native-binding.js';
import { DerError, DerReader, Tag, contextTag, readSequence } from '../certificate/der.js';
import { pemToDer } from '../certificate/pem-blocks.js';

/**
 * "The issuer name and serial number identify a unique certificate" (RFC 5280 §4.1.2.2), so certificates with equal
 * TBSCertificate bytes are one, and so are a certificate and one that was issued again under its number.
 *
 * @returns a text to be compared and for nothing else; undefined for what is no certificate
 */
export function identityOf(der: Buffer): string | undefined {
  try {
    const tbs = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
    tbs.optional(contextTag(0, true));
    const serial = tbs.next(Tag.INTEGER).whole;
    tbs.next(Tag.SEQUENCE);
    const issuer = tbs.next(Tag.SEQUENCE).whole;
    return Buffer.concat([serial, issuer]).toString('latin1');
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** Says of DER certificates whether they are among `pems`, in that encoding or another. */
export function isOneOf(pems: readonly string[]): (der: Buffer) => boolean {
  const identities = new Set(pems.flatMap((pem) => identityOf(pemToDer(pem)) ?? []));
  if (identities.size === 0) return () => false;
  return (der) => {
    const identity = identityOf(der);
    return identity !== undefined && identities.has(identity);
  };
}

/** Says of DER certificates whether a trust set distrusts them: because the system holds them as such, or names them. */
export function distrustOf({
  distrusted,
  distrustedBy,
}: {
  distrusted: readonly string[];
  distrustedBy: NativeStore['distrustedBy'];
}): (der: Buffer) => boolean {
  const isHeld = isOneOf(distrusted);
  return (der) => isHeld(der) || distrustedBy(der) !== undefined;
}

/** Says of DER certificates after which time (ms) nothing they issue may begin; undefined where that is not said. */
export function datesOf(dated: readonly NativeDated[]): (der: Buffer) => number | undefined {
  const dates = new Map<string, number>();
  for (const { pem, after } of dated) {
    const identity = identityOf(pemToDer(pem));
    if (identity === undefined) continue;
    dates.set(identity, Math.min(after, dates.get(identity) ?? after));
  }
  return (der) => (dates.size > 0 ? dates.get(identityOf(der) ?? '') : undefined);
}
