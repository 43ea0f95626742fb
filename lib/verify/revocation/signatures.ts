/**
 * Verifies signatures on documents of CAs. This file names the algorithms; OpenSSL does the rest, off the main thread.
 */
import { constants, verify } from 'node:crypto';
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto';

import { DerReader, Tag, contextTag, oidHex, readSequence } from '../../certificate/der.js';

/**
 * Hashes by the signature algorithm's OID (RFC 4055, RFC 5758, RFC 8410). SHA-1 and MD5 are missing: OpenSSL no longer
 * accepts them in certificates (security level 1), and a CRL or OCSP response is as good a target for forgery.
 */
const HASHES: Partial<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
  '2b6571': null,
};
const RSA_PSS = '2a864886f70d01010a';
const PSS_HASHES: Partial<Record<string, string>> = {
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

/**
 * True when `key` made `signature` over `signed`. False also for an algorithm that is unknown or not allowed.
 *
 * @param algorithm - AlgorithmIdentifier, DER
 */
export async function isSignedWith(
  key: KeyObject,
  algorithm: Buffer,
  signed: Buffer,
  signature: Buffer,
): Promise<boolean> {
  try {
    const { hash, padding } = readAlgorithm(algorithm);
    if (hash === undefined) return false;
    return await new Promise<boolean>((resolve) => {
      verify(hash, signed, { key, ...padding }, signature, (error, good) => {
        resolve(error === null && good);
      });
    });
  } catch {
    // The key does not fit the algorithm, or the bytes are not DER.
    return false;
  }
}

interface Algorithm {
  /** Undefined when the algorithm is not allowed; null when the hash is part of the algorithm. */
  hash: string | null | undefined;
  padding?: Omit<VerifyKeyObjectInput, 'key'>;
}

function readAlgorithm(algorithm: Buffer): Algorithm {
  const fields = readSequence(algorithm);
  const oid = oidHex(fields.next(Tag.OID));
  if (oid !== RSA_PSS) return { hash: HASHES[oid] };
  const parameters = new DerReader(fields.next(Tag.SEQUENCE).content);
  // Without [0] the hash would be SHA-1 (RFC 4055 §3.1).
  const hash = parameters.next(contextTag(0, true)).content;
  return {
    hash: PSS_HASHES[oidHex(readSequence(hash).next(Tag.OID))],
    padding: {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_AUTO,
    },
  };
}
