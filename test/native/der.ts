/**
 * Builds DER from parts, well-formed or not: certificates no signing library would make. Signatures are dummies.
 */

export function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(contents.length), contents]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: Uint8Array[]): Buffer => tlv(0x31, ...parts);
export const octetString = (...parts: Uint8Array[]): Buffer => tlv(0x04, ...parts);
export const bitString = (unused: number, ...bytes: number[]): Buffer =>
  tlv(0x03, Buffer.from([unused, ...bytes]));
export const integer = (...bytes: number[]): Buffer => tlv(0x02, Buffer.from(bytes));
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const utcTime = (text: string): Buffer => tlv(0x17, Buffer.from(text));
export const generalizedTime = (text: string): Buffer => tlv(0x18, Buffer.from(text));

export function oid(text: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = text.split('.').map(BigInt);
  const arcs = [first * 40n + second, ...rest];
  return tlv(0x06, Buffer.from(arcs.flatMap(base128)));
}

function base128(value: bigint): number[] {
  const bytes = [Number(value & 0x7fn)];
  for (let left = value >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80);
  return bytes;
}

export const Tag = {
  utf8: 0x0c,
  numeric: 0x12,
  printable: 0x13,
  t61: 0x14,
  ia5: 0x16,
  visible: 0x1a,
  universal: 0x1c,
  bmp: 0x1e,
} as const;

/** One AttributeTypeAndValue; `value` is UTF-8 text or the bytes themselves. */
export function attribute(
  type: string,
  value: string | Uint8Array,
  tag: number = Tag.utf8,
): Buffer {
  return sequence(oid(type), tlv(tag, typeof value === 'string' ? Buffer.from(value) : value));
}

/** A Name of single-valued RDNs. */
export const name = (...attributes: Uint8Array[]): Buffer =>
  sequence(...attributes.map((each) => set(each)));

export const commonName = (text: string): Buffer => name(attribute('2.5.4.3', text));

export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

export const Extensions = {
  ca: extension('2.5.29.19', sequence(boolean(true)), true),
  notCa: extension('2.5.29.19', sequence(), true),
  keyUsage: (unused: number, ...bytes: number[]) =>
    extension('2.5.29.15', bitString(unused, ...bytes), true),
  eku: (...purposes: string[]) => extension('2.5.29.37', sequence(...purposes.map(oid))),
  subjectKeyId: (id: string) => extension('2.5.29.14', octetString(Buffer.from(id))),
  authorityKeyId: (id: string) => extension('2.5.29.35', sequence(tlv(0x80, Buffer.from(id)))),
};

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
// The generator of P-256: a key that every library can load.
const publicKey = sequence(
  sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
  bitString(
    0,
    ...Buffer.from(
      '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
        '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
      'hex',
    ),
  ),
);

export interface RawCertificate {
  /** 0 for v1, 1 for v2, 2 for v3; `null` leaves the field out. Default 2. */
  version?: number | null;
  /** Contents of the INTEGER. */
  serial?: number[];
  subject?: Uint8Array;
  /** Default: the subject. */
  issuer?: Uint8Array;
  notBefore?: Uint8Array;
  notAfter?: Uint8Array;
  /** Default: basicConstraints CA:TRUE. */
  extensions?: Uint8Array[];
  /** Default: the generator of P-256. */
  publicKey?: Uint8Array;
  signatureAlgorithm?: Uint8Array;
  /** The bytes of the BIT STRING; another encoding of the same certificate has others. */
  signature?: number[];
  /** Between the public key and the extensions. */
  uniqueIds?: Uint8Array[];
}

export function certificate(raw: RawCertificate = {}): Buffer {
  const { version = 2, extensions = [Extensions.ca], subject = commonName('test') } = raw;
  const signatureAlgorithm = raw.signatureAlgorithm ?? ecdsaWithSha256;
  const signed = sequence(
    ...(version === null ? [] : [tlv(0xa0, integer(version))]),
    integer(...(raw.serial ?? [1])),
    signatureAlgorithm,
    raw.issuer ?? subject,
    sequence(raw.notBefore ?? utcTime('200101000000Z'), raw.notAfter ?? utcTime('491231235959Z')),
    subject,
    raw.publicKey ?? publicKey,
    ...(raw.uniqueIds ?? []),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
  return sequence(signed, signatureAlgorithm, bitString(0, ...(raw.signature ?? [1, 2, 3])));
}
