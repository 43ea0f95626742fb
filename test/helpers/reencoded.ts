/**
 * Makes what anybody can make of a certificate without its key.
 */
import { generateKeyPairSync } from 'node:crypto';

import { DerReader, Tag, bitStringBytes, readSequence } from '../../dist/certificate/der.js';
import { bitString, integer, oid, sequence, tlv } from '../native/der.js';

/** The order of P-256, the curve of `pki.ts`. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * Writes the same certificate in other bytes: its ECDSA signature (r, s) becomes (r, n − s), which is equally valid.
 */
export function reencoded(der: Buffer): Buffer {
  const certificate = readSequence(der);
  const signed = certificate.next(Tag.SEQUENCE).whole;
  const algorithm = certificate.next(Tag.SEQUENCE).whole;
  const signature = new DerReader(bitStringBytes(certificate.next(Tag.BIT_STRING)));
  const numbers = new DerReader(signature.next(Tag.SEQUENCE).content);
  const r = numbers.next(Tag.INTEGER).whole;
  const s = BigInt(`0x${numbers.next(Tag.INTEGER).content.toString('hex')}`);
  if (s >= ORDER) throw new Error('the signature was not made on P-256');
  const other = sequence(r, integer(...unsignedBytes(ORDER - s)));
  return sequence(signed, algorithm, bitString(0, ...other));
}

/** Makes the contents of an INTEGER that is not negative: the fewest bytes with the first bit zero. */
function unsignedBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}

/** Puts another key into the certificate and keeps its signature. */
export function withKey(der: Buffer, keyInfo: Buffer): Buffer {
  const certificate = readSequence(der);
  const fields = new DerReader(certificate.next(Tag.SEQUENCE).content);
  const parts: Buffer[] = [];
  while (!fields.isAtEnd) parts.push(fields.any().whole);
  parts[6] = keyInfo;
  return sequence(sequence(...parts), certificate.any().whole, certificate.any().whole);
}

/** Makes an RSA key without a private one, whose exponent is as long as its modulus. */
export function keyWithExponent(): Buffer {
  const number = Buffer.alloc(256, 0x7f);
  const key = sequence(integer(...number), integer(...number));
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), tlv(5)), bitString(0, ...key));
}

/** Makes a DSA key of as many bits as OpenSSL takes. */
export function keyWithSize(): Buffer {
  const number = Buffer.alloc(1250, 0x7f);
  const parameters = sequence(integer(...number), integer(...number.subarray(0, 32)), integer(2));
  return sequence(
    sequence(oid('1.2.840.10040.4.1'), parameters),
    bitString(0, ...integer(...number)),
  );
}

/** Makes a key that spells out its curve instead of naming it. */
export function keyWithCurve(): Buffer {
  const options = { namedCurve: 'prime256v1', paramEncoding: 'explicit' } as { namedCurve: string };
  return generateKeyPairSync('ec', options).publicKey.export({ type: 'spki', format: 'der' });
}
