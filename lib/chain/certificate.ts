/**
 * What building and explaining chains needs to know of a certificate.
 */
import type { X509Certificate } from 'node:crypto';

import { loadBuiltin } from '../builtins.js';

export interface ChainCertificate {
  x509: X509Certificate;
  der: Buffer;
  pem: string;
  fingerprint256: string;
  subject: string;
  issuer: string;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
  isCA: boolean;
  /** Names match and the key verifies the signature. */
  selfSigned: boolean;
  /** Extended key usage OIDs; undefined when every use is allowed. */
  usages?: string[] | undefined;
  key: { type: string; bits?: number; curve?: string };
  /** The object identifier of the signature's algorithm. */
  signatureAlgorithm: string;
  /** Where the issuer's certificate may be had: caIssuers of Authority Information Access (RFC 5280 §4.2.2.1). */
  issuerUrls: string[];
}

/** @throws Error of OpenSSL when the bytes are no certificate */
export function readCertificate(der: Uint8Array): ChainCertificate {
  const x509 = parseX509(der);
  return {
    x509,
    der: x509.raw,
    pem: toCanonicalPem(x509.raw),
    fingerprint256: x509.fingerprint256,
    subject: x509.subject,
    issuer: x509.issuer,
    validFrom: Date.parse(x509.validFrom),
    validTo: Date.parse(x509.validTo),
    isCA: x509.ca,
    selfSigned: x509.subject === x509.issuer && isSignedBy(x509, x509),
    usages: x509.keyUsage as string[] | undefined,
    key: keyOf(x509),
    signatureAlgorithm: signatureAlgorithmOf(x509.raw),
    issuerUrls: issuerUrlsOf(x509),
  };
}

/** Late, because importing the package must not load node:crypto. @throws Error of OpenSSL */
export function parseX509(certificate: string | Uint8Array): X509Certificate {
  const crypto = loadBuiltin('node:crypto');
  return new crypto.X509Certificate(certificate);
}

/** {@link readCertificate} for bytes of unknown quality. */
export function tryReadCertificate(der: Uint8Array): ChainCertificate | undefined {
  try {
    return readCertificate(der);
  } catch {
    return undefined;
  }
}

export function toCanonicalPem(der: Buffer): string {
  const body = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`;
}

/** Whether the key of `issuer` verifies the signature of `certificate`. */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // A key or an algorithm OpenSSL does not know.
    return false;
  }
}

function keyOf(x509: X509Certificate): ChainCertificate['key'] {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey;
    const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
    return {
      type: asymmetricKeyType ?? 'unknown',
      ...(modulusLength === undefined ? {} : { bits: modulusLength }),
      ...(namedCurve === undefined ? {} : { curve: namedCurve }),
    };
  } catch {
    return { type: 'unknown' };
  }
}

/** One line for each method of access; what could be mistaken for another line is quoted as JSON. */
function issuerUrlsOf({ infoAccess }: X509Certificate): string[] {
  return (infoAccess ?? '').split('\n').flatMap((line) => {
    const [, value] = /^CA Issuers - URI:(.*)$/.exec(line) ?? [];
    if (value === undefined) return [];
    return value.startsWith('"') ? [JSON.parse(value) as string] : [value];
  });
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, signature } (RFC 5280 §4.1). */
function signatureAlgorithmOf(der: Buffer): string {
  const certificate = contentAt(der, 0);
  const tbs = contentAt(der, certificate.start);
  const algorithm = contentAt(der, tbs.end);
  const oid = contentAt(der, algorithm.start);
  return oidText(der.subarray(oid.start, oid.end));
}

/** OpenSSL has parsed the bytes before, so lengths are definite and inside. */
function contentAt(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  const start = at + 2 + size;
  return { start, end: start + der.readUIntBE(at + 2, size) };
}

function oidText(bytes: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}
