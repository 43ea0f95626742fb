/**
 * Reads the trusted certificates of a Java keystore: JKS, or PKCS#12 without encryption, as JDK 18 and newer ship it. Pure.
 *
 * The password of such a file only guards its checksum. That is not checked, because nothing is trusted for being in here.
 */
import { DerReader, Tag, contextTag, oidHex, readSequence } from '../../certificate/der.js';
import type { Element } from '../../certificate/der.js';

/** The JDK's sun.security.provider.JavaKeyStore. */
const JKS_MAGIC = 0xfeedfeed;
const KEY_ENTRY = 1;
const CERTIFICATE_ENTRY = 2;

/** RFC 7292 §4 and RFC 2315 §14. */
const DATA = '2a864886f70d010701';
const CERTIFICATE_BAG = '2a864886f70d010c0a0103';
const X509_CERTIFICATE = '2a864886f70d01091601';
/** Java's attribute of a certificate that it trusts (2.16.840.1.113894.746875.1.1). */
const TRUSTED_KEY_USAGE = Buffer.from('6086480186f966adca7b0101', 'hex');

/**
 * @returns the trusted certificates as DER
 * @throws Error when it is damaged, of another format or encrypted
 */
export function readKeystore(bytes: Buffer): Buffer[] {
  const isJks = bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC;
  return isJks ? readJks(bytes) : readPkcs12(bytes);
}

/** Reads one value after the other. Throws a RangeError at the end of the bytes. */
class Cursor {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  number(octets: 2 | 4): number {
    const value = this.#bytes.readUIntBE(this.#at, octets);
    this.#at += octets;
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('it ends too early');
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }
}

function readJks(bytes: Buffer): Buffer[] {
  const from = new Cursor(bytes, 4);
  const version = from.number(4);
  const certificates: Buffer[] = [];
  // Every entry takes bytes, so a false number ends at the end of the file.
  for (let left = from.number(4); left > 0; left -= 1) {
    const kind = from.number(4);
    from.bytes(from.number(2)); // its alias
    from.bytes(8); // its date
    if (kind === CERTIFICATE_ENTRY) certificates.push(jksCertificate(from, version));
    else if (kind === KEY_ENTRY) {
      from.bytes(from.number(4)); // the encrypted key, which nobody here can or wants to read
      for (let chain = from.number(4); chain > 0; chain -= 1) jksCertificate(from, version);
    } else throw new Error('it has an entry of an unknown kind');
  }
  return certificates;
}

function jksCertificate(from: Cursor, version: number): Buffer {
  if (version === 2) from.bytes(from.number(2)); // “X.509”
  return from.bytes(from.number(4));
}

function readPkcs12(bytes: Buffer): Buffer[] {
  const pfx = readSequence(bytes);
  pfx.next(Tag.INTEGER);
  const safe = dataOf(pfx.next(Tag.SEQUENCE));
  const contents = readSequence(safe);
  const certificates: Buffer[] = [];
  while (!contents.isAtEnd) {
    const bags = readSequence(dataOf(contents.next(Tag.SEQUENCE)));
    while (!bags.isAtEnd) {
      const certificate = trustedIn(new DerReader(bags.next(Tag.SEQUENCE).content));
      if (certificate) certificates.push(certificate);
    }
  }
  return certificates;
}

/** @throws Error when it is encrypted */
function dataOf({ content }: Element): Buffer {
  const info = new DerReader(content);
  if (oidHex(info.next(Tag.OID)) !== DATA) throw new Error('it is encrypted');
  const wrapped = new DerReader(info.next(contextTag(0, true)).content);
  return wrapped.next(Tag.OCTET_STRING).content;
}

function trustedIn(bag: DerReader): Buffer | undefined {
  if (oidHex(bag.next(Tag.OID)) !== CERTIFICATE_BAG) return undefined;
  const certificate = readSequence(bag.next(contextTag(0, true)).content);
  const attributes = bag.isAtEnd ? undefined : bag.any().content;
  if (attributes?.includes(TRUSTED_KEY_USAGE) !== true) return undefined;
  if (oidHex(certificate.next(Tag.OID)) !== X509_CERTIFICATE) return undefined;
  const value = new DerReader(certificate.next(contextTag(0, true)).content);
  return value.next(Tag.OCTET_STRING).content;
}
