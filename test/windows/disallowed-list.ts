/**
 * Makes lists of distrusted certificates like Microsoft's, without the signature: CTL_INFO of wincrypt.h in a PKCS #7
 * envelope.
 */
import { createHash } from 'node:crypto';

import {
  DerReader,
  Tag,
  bitStringBytes,
  oidHex,
  readSequence,
} from '../../dist/certificate/der.js';
import { integer, octetString, oid, sequence, set, tlv, utcTime } from '../native/der';
import { setRegistryValue } from './stores';
import type { RegistryHost } from './stores';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CTL = '1.3.6.1.4.1.311.10.1';
export const DISALLOWED_LIST = '1.3.6.1.4.1.311.10.3.30';
/** The OID of the signature hash, which stands for both kinds. */
const DISALLOWED_HASH = '1.3.6.1.4.1.311.10.11.15';

export const listKey =
  'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate';
export const listValue = 'DisallowedCertEncodedCtl';
/** The list's place as a source names it. */
export const listPlace = {
  location: 'HKLM\\Software\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate',
  store: listValue,
};

/** CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID, the hash of the contents of the BIT STRING. */
export function keyHash(der: Buffer): Buffer {
  const fields = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
  const parts = [];
  while (!fields.isAtEnd) parts.push(fields.any());
  const key = new DerReader(parts[6]?.content ?? Buffer.alloc(0));
  key.next(Tag.SEQUENCE);
  return createHash('md5')
    .update(bitStringBytes(key.next(Tag.BIT_STRING)))
    .digest();
}

/** Hash algorithms by the OID of the signature, in hexadecimal. */
const hashOf: Partial<Record<string, string>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a8648ce3d040302': 'sha256',
};

/** CERT_SIGNATURE_HASH_PROP_ID, the hash of the signed part by the signature's algorithm. */
export function signatureHash(der: Buffer): Buffer {
  const certificate = readSequence(der);
  const signed = certificate.next(Tag.SEQUENCE).whole;
  const algorithm = oidHex(new DerReader(certificate.next(Tag.SEQUENCE).content).any());
  return createHash(hashOf[algorithm] ?? `of ${algorithm}`)
    .update(signed)
    .digest();
}

export function makeList(hashes: Buffer[], usage = DISALLOWED_LIST): Buffer {
  const list = sequence(
    sequence(oid(usage)),
    octetString(Buffer.from('DisallowedCert_AutoUpdate_1\0', 'utf16le')),
    integer(1),
    utcTime('200101000000Z'),
    sequence(oid(DISALLOWED_HASH)),
    // Wine requires attributes, which the standard makes optional.
    sequence(...hashes.map((hash) => sequence(octetString(hash), set()))),
  );
  const signedData = sequence(integer(1), set(), sequence(oid(CTL), tlv(0xa0, list)), set());
  return sequence(oid(SIGNED_DATA), tlv(0xa0, signedData));
}

export async function setDisallowedList(host: RegistryHost, list: Buffer): Promise<void> {
  await setRegistryValue(host, listKey, listValue, list);
}
