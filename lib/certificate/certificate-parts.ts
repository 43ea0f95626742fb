/**
 * Reads the parts of a certificate that revocation needs. OpenSSL has already read the certificate, so its form is sound.
 */
import {
  DerError,
  DerReader,
  Tag,
  bitStringBytes,
  contextTag,
  oidHex,
  readExtensions,
  readSequence,
} from './der.js';

export interface CertificateParts {
  /** The INTEGER with identifier and length. */
  serial: Buffer;
  /** Names in DER. */
  issuer: Buffer;
  subject: Buffer;
  /** The bits of the public key, without the algorithm. */
  publicKeyBits: Buffer;
  /** http URLs of CRLs that cover all reasons and come from the certificate's own issuer. */
  crlUrls: string[];
  isCA: boolean;
  /** How many intermediates may stand below it; undefined when there is no limit (RFC 5280 §4.2.1.9). */
  pathLength: number | undefined;
  /** True when its signature uses MD5 or SHA-1, which OpenSSL refuses by default except in a root. */
  isWeaklySigned: boolean;
  /** True when it has name constraints, or a critical extension that is not read here. */
  hasOtherLimits: boolean;
  /** Object identifiers of the critical extensions, as hexadecimal DER. */
  criticalExtensions: string[];
  /** Undefined when there is no restriction. */
  keyUsage: Buffer | undefined;
  subjectKeyIdentifier: Buffer | undefined;
}

/** id-ecPublicKey (RFC 5480 §2.1.1). */
export const EC = '2a8648ce3d0201';

/** rsaEncryption, id-RSAES-OAEP, id-RSASSA-PSS (RFC 4055 §1.2), and X.500's rsa, which OpenSSL reads as the first. */
export const RSA: ReadonlySet<string> = new Set([
  '2a864886f70d010101',
  '2a864886f70d010107',
  '2a864886f70d01010a',
  '55080101',
]);
/** id-dsa (RFC 3279 §2.3.2). FIPS 186-4 allows at most 3072 bits for it. */
const DSA = '2a8648ce380401';
const MOST_DSA_BYTES = 385;
/** OPENSSL_RSA_MAX_PUBEXP_BITS, plus an octet of zeros. */
const MOST_EXPONENT_BYTES = 9;

const OID = {
  SUBJECT_KEY_IDENTIFIER: '551d0e',
  KEY_USAGE: '551d0f',
  BASIC_CONSTRAINTS: '551d13',
  NAME_CONSTRAINTS: '551d1e',
  CRL_DISTRIBUTION_POINTS: '551d1f',
  EXTENDED_KEY_USAGE: '551d25',
} as const;

/** Extensions that an ordinary CA certificate may mark critical. */
const PLAIN: ReadonlySet<string> = new Set([
  OID.KEY_USAGE,
  OID.BASIC_CONSTRAINTS,
  OID.EXTENDED_KEY_USAGE,
]);

/** md5WithRSAEncryption, sha1WithRSAEncryption, ecdsa-with-SHA1 (RFC 3279 §2.2). */
const WEAK: ReadonlySet<string> = new Set([
  '2a864886f70d010104',
  '2a864886f70d010105',
  '2a8648ce3d0401',
]);

const MAX_URLS = 4;
/** The limit of names of one place, which is more than is ever needed. */
const MOST_NAMES = 64;
/** keyUsage bit 6 (RFC 5280 §4.2.1.3). */
const CRL_SIGN = 0x02;

/** @throws DerError */
export function readCertificateParts(der: Buffer): CertificateParts {
  const tbs = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
  tbs.optional(contextTag(0, true));
  const serial = tbs.next(Tag.INTEGER).whole;
  const algorithm = new DerReader(tbs.next(Tag.SEQUENCE).content).next(Tag.OID);
  const issuer = tbs.next(Tag.SEQUENCE).whole;
  tbs.next(Tag.SEQUENCE);
  const subject = tbs.next(Tag.SEQUENCE).whole;
  const keyInfo = new DerReader(tbs.next(Tag.SEQUENCE).content);
  keyInfo.next(Tag.SEQUENCE);
  const publicKeyBits = bitStringBytes(keyInfo.next(Tag.BIT_STRING));
  tbs.optional(contextTag(1, false));
  tbs.optional(contextTag(2, false));
  const extensions = readExtensions(tbs.optional(contextTag(3, true))?.content ?? EMPTY_SEQUENCE);
  const constraints = readBasicConstraints(extensions.get(OID.BASIC_CONSTRAINTS)?.value);
  const points = extensions.get(OID.CRL_DISTRIBUTION_POINTS)?.value;
  const usage = extensions.get(OID.KEY_USAGE)?.value;
  const identifier = extensions.get(OID.SUBJECT_KEY_IDENTIFIER)?.value;
  return {
    serial,
    issuer,
    subject,
    publicKeyBits,
    crlUrls: points ? readDistributionPoints(points) : [],
    ...constraints,
    isWeaklySigned: WEAK.has(oidHex(algorithm)) && !subject.equals(issuer),
    hasOtherLimits: [...extensions].some(
      ([oid, { critical }]) => oid === OID.NAME_CONSTRAINTS || (critical && !PLAIN.has(oid)),
    ),
    criticalExtensions: [...extensions].flatMap(([oid, { critical }]) => (critical ? [oid] : [])),
    keyUsage: usage && new DerReader(usage).next(Tag.BIT_STRING).content,
    subjectKeyIdentifier: identifier && new DerReader(identifier).next(Tag.OCTET_STRING).content,
  };
}

const EMPTY_SEQUENCE = Buffer.from([Tag.SEQUENCE, 0]);

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function readBasicConstraints(
  value: Buffer | undefined,
): Pick<CertificateParts, 'isCA' | 'pathLength'> {
  if (!value) return { isCA: false, pathLength: undefined };
  const fields = readSequence(value);
  const isCA = (fields.optional(Tag.BOOLEAN)?.content[0] ?? 0) !== 0;
  const length = fields.optional(Tag.INTEGER)?.content;
  // No chain is that long, so a larger number is no limit.
  const pathLength = length && length.length <= 2 ? length.readIntBE(0, length.length) : undefined;
  return { isCA, pathLength };
}

export function maySignCrls({ keyUsage }: CertificateParts): boolean {
  return keyUsage === undefined || ((keyUsage[1] ?? 0) & CRL_SIGN) !== 0;
}

/**
 * DistributionPoint ::= SEQUENCE { [0] distributionPoint, [1] reasons, [2] cRLIssuer } (RFC 5280 §4.2.1.13). CRLs of another
 * issuer, or for some reasons only, cannot say that a certificate is good, so they are left out.
 */
function readDistributionPoints(value: Buffer): string[] {
  const urls: string[] = [];
  const points = readSequence(value);
  while (!points.isAtEnd) {
    const point = new DerReader(points.next(Tag.SEQUENCE).content);
    const name = point.optional(contextTag(0, true));
    if (!name || !point.isAtEnd) continue;
    urls.push(...fullNameUrls(name.content));
  }
  return urls.filter((url) => /^http:/i.test(url)).slice(0, MAX_URLS);
}

/** The URIs of DistributionPointName ::= CHOICE { [0] fullName GeneralNames, … }. */
export function fullNameUrls(distributionPointName: Buffer): string[] {
  const choice = new DerReader(distributionPointName);
  const names = choice.optional(contextTag(0, true));
  if (!names) return [];
  const reader = new DerReader(names.content);
  const urls: string[] = [];
  for (let count = 0; !reader.isAtEnd; count++) {
    if (count >= MOST_NAMES) throw new DerError('too many names');
    const { tag, content } = reader.any();
    if (tag === contextTag(6, false)) urls.push(content.toString('latin1'));
  }
  return urls;
}

/** The content of subjectPublicKeyInfo (RFC 5280 §4.1). */
export function publicKeyInfo(der: Buffer): Buffer {
  const tbs = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
  tbs.optional(contextTag(0, true));
  tbs.next(Tag.INTEGER);
  // Skips signature, issuer, validity and subject.
  for (let skipped = 0; skipped < 4; skipped++) tbs.next(Tag.SEQUENCE);
  return tbs.next(Tag.SEQUENCE).content;
}

/**
 * True when the key alone may keep OpenSSL busy for long, or when that is unknown. Explicit curve parameters are forbidden
 * (RFC 5480 §2.1.1); a curve made to be slow takes a quarter of a second as soon as the certificate is read. OpenSSL limits
 * exponents only of RSA keys above 3072 bits, and a DSA key of 10,000 bits takes 32 ms for a signature.
 */
export function hasSlowKey(der: Uint8Array): boolean {
  try {
    const info = new DerReader(publicKeyInfo(Buffer.from(der)));
    const algorithm = new DerReader(info.next(Tag.SEQUENCE).content);
    const oid = oidHex(algorithm.next(Tag.OID));
    if (oid === EC) return algorithm.nextTag === Tag.SEQUENCE;
    if (oid === DSA) return largestNumber(algorithm) > MOST_DSA_BYTES;
    if (!RSA.has(oid)) return false;
    const key = readRsaKey(bitStringBytes(info.next(Tag.BIT_STRING)));
    return key.exponent.length > MOST_EXPONENT_BYTES;
  } catch {
    return true;
  }
}

/** The length of p, the largest of Dss-Parms ::= SEQUENCE { p, q, g } (RFC 3279 §2.3.2); 0 when the issuer's are used. */
function largestNumber(algorithm: DerReader): number {
  const parameters = algorithm.optional(Tag.SEQUENCE);
  return parameters ? new DerReader(parameters.content).next(Tag.INTEGER).content.length : 0;
}

/** RSAPublicKey ::= SEQUENCE { modulus, publicExponent }, each as encoded. */
export function readRsaKey(bits: Buffer): { modulus: Buffer; exponent: Buffer } {
  const numbers = new DerReader(new DerReader(bits).next(Tag.SEQUENCE).content);
  return {
    modulus: numbers.next(Tag.INTEGER).content,
    exponent: numbers.next(Tag.INTEGER).content,
  };
}
