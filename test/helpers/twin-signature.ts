/**
 * The same certificate in another encoding, made without any key.
 */
import { DerReader, Tag } from '../../dist/der.js';
import { bitString, sequence, tlv } from '../native/der.js';
import type { TestCertificate } from './pki.js';
import { toPem } from './pem.js';

/** The order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Whoever has the ECDSA signature (r, s) has (r, n − s) too, and both are good. */
export function withTwinSignature(certificate: TestCertificate): TestCertificate {
  const parts = new DerReader(new DerReader(certificate.der).next(Tag.SEQUENCE).content);
  const tbs = parts.next(Tag.SEQUENCE).whole;
  const algorithm = parts.next(Tag.SEQUENCE).whole;
  // The first byte says how many bits of the last are unused.
  const signature = parts.next(Tag.BIT_STRING).content.subarray(1);
  const numbers = new DerReader(new DerReader(signature).next(Tag.SEQUENCE).content);
  const r = numbers.next(Tag.INTEGER).whole;
  const s = BigInt(`0x${numbers.next(Tag.INTEGER).content.toString('hex')}`);
  const twin = sequence(r, unsignedInteger(ORDER - s));
  const der = sequence(tbs, algorithm, bitString(0, ...twin));
  return { ...certificate, der, pem: toPem(der) };
}

function unsignedInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return tlv(Tag.INTEGER, isNegative ? Buffer.from([0]) : Buffer.alloc(0), bytes);
}
