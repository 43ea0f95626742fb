/**
 * A certificate as a value. The addon's records hold only what merging needs (`ListedCertificate`); code that needs more uses
 * this class, and public types are made from it.
 */
import type { X509Certificate } from 'node:crypto';

import { loadBuiltin } from '../base/builtins.js';
import { hasSlowKey, readCertificateParts } from './certificate-parts.js';
import type { CertificateParts } from './certificate-parts.js';
import { DerError, DerReader, Tag, contextTag, readSequence } from './der.js';
import { fingerprintOf } from './fingerprint.js';
import { pemToDer } from './pem-blocks.js';

/** The budget for checking signatures of untrusted certificates: see chain/budget.ts. */
export interface SignatureBudget {
  isSignedBy(certificate: Certificate, issuer: Certificate): boolean;
  exceed(): void;
}

/** Works out slow or rarely needed facts once, when they are first asked for. */
export class Certificate {
  readonly #budget: SignatureBudget | undefined;
  #pem: string | undefined;
  #der: Buffer | undefined;
  #x509: X509Certificate | undefined;
  #fields: Fields | undefined;
  #fingerprint256: string | undefined;
  #identity: string | undefined;
  #parts: CertificateParts | undefined;
  #selfSigned: boolean | undefined;

  /**
   * Parses nothing. For what the addon or OpenSSL has already read; other bytes need {@link Certificate.read}.
   *
   * @param encoded - canonical PEM, or DER
   * @param budget - pays for the check of a self-signature; without it, the certificate counts as trusted input
   */
  constructor(encoded: string | Buffer, budget?: SignatureBudget) {
    if (typeof encoded === 'string') this.#pem = encoded;
    else this.#der = encoded;
    this.#budget = budget;
  }

  /** @throws Error of OpenSSL when it is no certificate */
  static read(encoded: string | Uint8Array, budget?: SignatureBudget): Certificate {
    const x509 = parseX509(encoded);
    const certificate = new Certificate(x509.raw, budget);
    certificate.#x509 = x509;
    certificate.#fields = readFields(x509);
    return certificate;
  }

  get pem(): string {
    return (this.#pem ??= toCanonicalPem(this.der));
  }

  get der(): Buffer {
    return (this.#der ??= pemToDer(this.pem));
  }

  get x509(): X509Certificate {
    return (this.#x509 ??= parseX509(this.der));
  }

  /** As in `X509Certificate#fingerprint256`. */
  get fingerprint256(): string {
    return (this.#fingerprint256 ??= fingerprintOf(this.der));
  }

  /** The fingerprint as 64 digits without colons. */
  get sha256(): string {
    return this.fingerprint256.replaceAll(':', '');
  }

  /**
   * A text that is equal for every encoding of a certificate, only for comparison. Undefined when it is not a certificate.
   *
   * "The issuer name and serial number identify a unique certificate" (RFC 5280 §4.1.2.2), so certificates with equal
   * TBSCertificate bytes are the same, and so is one that was issued again under the same number.
   */
  get identity(): string | undefined {
    return (this.#identity ??= identityOf(this.der));
  }

  get subject(): string {
    return this.#read.subject;
  }

  get issuer(): string {
    return this.#read.issuer;
  }

  /** Milliseconds since the epoch. */
  get validFrom(): number {
    return this.#read.validFrom;
  }

  get validTo(): number {
    return this.#read.validTo;
  }

  get isCA(): boolean {
    return this.#read.isCA;
  }

  /** OIDs of the extended key usage; undefined when every use is allowed. */
  get usages(): readonly string[] | undefined {
    return this.#read.usages;
  }

  /** True when issuer and subject match and its own key verifies the signature. */
  get selfSigned(): boolean {
    return (this.#selfSigned ??=
      this.subject === this.issuer &&
      (this.#budget?.isSignedBy(this, this) ?? isSignedBy(this.x509, this.x509)));
  }

  get key(): { type: string; bits?: number; curve?: string } {
    try {
      const { asymmetricKeyType, asymmetricKeyDetails } = this.x509.publicKey;
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

  /** The object identifier of the signature's algorithm. */
  get signatureAlgorithm(): string {
    try {
      // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, signature } (RFC 5280 §4.1).
      const certificate = readSequence(this.der);
      certificate.any();
      const algorithm = new DerReader(certificate.next(Tag.SEQUENCE).content);
      return oidText(algorithm.next(Tag.OID).content);
    } catch {
      // OpenSSL also reads encodings that are not DER.
      return 'unknown';
    }
  }

  /** URLs of the issuer's certificate: caIssuers of Authority Information Access (RFC 5280 §4.2.2.1). */
  get issuerUrls(): string[] {
    // Node has one line per access method; a value that could look like another line is quoted as JSON.
    return (this.x509.infoAccess ?? '').split('\n').flatMap((line) => {
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

  /** @throws DerError */
  get parts(): CertificateParts {
    return (this.#parts ??= readCertificateParts(this.der));
  }

  get #read(): Fields {
    return (this.#fields ??= readFields(this.x509));
  }
}

type Fields = ReturnType<typeof readFields>;

function readFields(x509: X509Certificate) {
  // Empty names are none in some versions of Node.
  const { subject, issuer } = x509 as { subject?: string; issuer?: string };
  return {
    subject: subject ?? '',
    issuer: issuer ?? '',
    validFrom: Date.parse(x509.validFrom),
    validTo: Date.parse(x509.validTo),
    isCA: x509.ca,
    usages: x509.keyUsage as string[] | undefined,
  };
}

const ofRecords = new WeakMap<object, Certificate>();

/** The certificate of one of the addon's records; the same value for the same record. */
export function certificateOf(record: { readonly pem: string }): Certificate {
  const known = ofRecords.get(record);
  if (known) return known;
  const certificate = new Certificate(record.pem);
  ofRecords.set(record, certificate);
  return certificate;
}

/** Loads node:crypto late, because importing the package must not load it. @throws Error of OpenSSL */
export function parseX509(certificate: string | Uint8Array): X509Certificate {
  const crypto = loadBuiltin('node:crypto');
  return new crypto.X509Certificate(certificate);
}

/** Reads PEM or DER of unknown quality; undefined when it is not a certificate. With a budget, also for keys slow to read. */
export function tryReadCertificate(
  encoded: string | Uint8Array,
  budget?: SignatureBudget,
): Certificate | undefined {
  const der = typeof encoded === 'string' ? pemToDer(encoded) : encoded;
  if (budget && hasSlowKey(der)) {
    budget.exceed();
    return undefined;
  }
  try {
    return Certificate.read(der, budget);
  } catch {
    return undefined;
  }
}

export function toCanonicalPem(der: Buffer): string {
  const body = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`;
}

/** True when the key of `issuer` verifies the signature of `certificate`. */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // OpenSSL does not know the key or the algorithm.
    return false;
  }
}

function identityOf(der: Buffer): string | undefined {
  try {
    const tbs = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
    tbs.optional(contextTag(0, true));
    const serial = tbs.next(Tag.INTEGER).whole;
    tbs.next(Tag.SEQUENCE);
    const issuer = tbs.next(Tag.SEQUENCE).whole;
    return Buffer.concat([serial, issuer]).toString('latin1');
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
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
