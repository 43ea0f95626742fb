/**
 * What building and explaining chains needs to know of a certificate.
 */
import type { X509Certificate } from 'node:crypto';

import { loadBuiltin } from '../base/builtins.js';
import { hasSlowKey } from './certificate-parts.js';
import { DerReader, Tag, readSequence } from './der.js';

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

/** What the checks of strangers' signatures are paid from: see chain/budget.ts. */
export interface SignatureBudget {
  isSignedBy(certificate: ChainCertificate, issuer: ChainCertificate): boolean;
  exceed(): void;
}

/**
 * @param budget - pays for the check of a self-signature; without, the certificate is no stranger's
 * @throws Error of OpenSSL when the bytes are no certificate
 */
export function readCertificate(der: Uint8Array, budget?: SignatureBudget): ChainCertificate {
  return new ReadCertificate(parseX509(der), budget);
}

/** What takes long, or is asked of few, is found out when it is asked for. */
class ReadCertificate implements ChainCertificate {
  readonly der: Buffer;
  readonly fingerprint256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly isCA: boolean;
  readonly usages: string[] | undefined;
  readonly #budget: SignatureBudget | undefined;
  #selfSigned: boolean | undefined;

  constructor(
    readonly x509: X509Certificate,
    budget: SignatureBudget | undefined,
  ) {
    // Empty names are none in some versions of Node.
    const { subject, issuer } = x509 as { subject?: string; issuer?: string };
    this.der = x509.raw;
    this.fingerprint256 = x509.fingerprint256;
    this.subject = subject ?? '';
    this.issuer = issuer ?? '';
    this.validFrom = Date.parse(x509.validFrom);
    this.validTo = Date.parse(x509.validTo);
    this.isCA = x509.ca;
    this.usages = x509.keyUsage as string[] | undefined;
    this.#budget = budget;
  }

  get pem(): string {
    return toCanonicalPem(this.der);
  }

  get selfSigned(): boolean {
    return (this.#selfSigned ??= this.subject === this.issuer && this.#signsItself());
  }

  get key(): ChainCertificate['key'] {
    return keyOf(this.x509);
  }

  get signatureAlgorithm(): string {
    return signatureAlgorithmOf(this.der);
  }

  get issuerUrls(): string[] {
    return issuerUrlsOf(this.x509);
  }

  #signsItself(): boolean {
    return this.#budget ? this.#budget.isSignedBy(this, this) : isSignedBy(this.x509, this.x509);
  }
}

/** Late, because importing the package must not load node:crypto. @throws Error of OpenSSL */
export function parseX509(certificate: string | Uint8Array): X509Certificate {
  const crypto = loadBuiltin('node:crypto');
  return new crypto.X509Certificate(certificate);
}

/** {@link readCertificate} for bytes of unknown quality. Of a stranger's, none whose key alone may take long to read. */
export function tryReadCertificate(
  der: Uint8Array,
  budget?: SignatureBudget,
): ChainCertificate | undefined {
  if (budget && hasSlowKey(der)) {
    budget.exceed();
    return undefined;
  }
  try {
    return readCertificate(der, budget);
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
    if (!value.startsWith('"')) return [value];
    try {
      return [JSON.parse(value) as string];
    } catch {
      return [];
    }
  });
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, signature } (RFC 5280 §4.1). */
function signatureAlgorithmOf(der: Buffer): string {
  try {
    const certificate = readSequence(der);
    certificate.any();
    const algorithm = new DerReader(certificate.next(Tag.SEQUENCE).content);
    return oidText(algorithm.next(Tag.OID).content);
  } catch {
    // OpenSSL reads more than DER.
    return 'unknown';
  }
}

export function oidText(bytes: Buffer): string {
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
