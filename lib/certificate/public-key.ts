/**
 * Identifies a public key in any encoding: a point has three forms, an RSA key may have several algorithms, and the owner of
 * the private key can have any of them certified. OpenSSL is not used, because some of its readers in Node end the process at
 * unknown curves.
 */
import { createHash } from 'node:crypto';

import { BoundedMap } from '../base/bounded-map.js';
import { EC, RSA, publicKeyInfo, readRsaKey } from './certificate-parts.js';
import { DerError, DerReader, Tag, bitStringBytes, oidHex } from './der.js';
import { pemToDer } from './pem-blocks.js';

/** Twice as many as a file remembers. */
const keys = new BoundedMap<string | null>(20_000);

/**
 * Equal for two certificates when their keys are. Undefined when the key cannot be read; then it is unknown whether it was
 * revoked.
 *
 * @param pem - canonical, of the certificate with this fingerprint
 */
export function keyOf({
  fingerprint256,
  pem,
}: {
  fingerprint256: string;
  pem: string;
}): string | undefined {
  let key = keys.get(fingerprint256);
  if (key === undefined) {
    key = readKey(pem);
    keys.set(fingerprint256, key);
  }
  return key ?? undefined;
}

function readKey(pem: string): string | null {
  try {
    const { algorithm, material } = keyMaterial(pemToDer(pem));
    return createHash('sha256').update(algorithm).update(material).digest('base64');
  } catch {
    return null;
  }
}

/** @throws DerError */
function keyMaterial(der: Buffer): { algorithm: string; material: Buffer } {
  const info = new DerReader(publicKeyInfo(der));
  const oid = oidHex(new DerReader(info.next(Tag.SEQUENCE).content).next(Tag.OID));
  const bits = bitStringBytes(info.next(Tag.BIT_STRING));
  if (oid === EC) return { algorithm: 'ec', material: horizontal(bits) };
  if (RSA.has(oid)) return { algorithm: 'rsa', material: modulus(bits) };
  return { algorithm: oid, material: bits };
}

/**
 * The x coordinate (SEC 1 §2.3.4). There are two values for y, and the owner of one point's private key knows the other's.
 * The curve does not count: it can be named or explicit, and two keys never share a coordinate by chance.
 */
function horizontal(point: Buffer): Buffer {
  const form = point[0] ?? 0;
  if (form === 2 || form === 3) return point.subarray(1);
  if (form === 4 || form === 6 || form === 7) return point.subarray(1, (point.length + 1) / 2);
  throw new DerError('no point of a curve');
}

/** The modulus alone, because the owner of the key for one exponent can compute that for any other. */
function modulus(bits: Buffer): Buffer {
  const { modulus: number } = readRsaKey(bits);
  let start = 0;
  while (number[start] === 0) start++;
  return number.subarray(start);
}
