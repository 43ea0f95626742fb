/**
 * Reads a client's certificate and checks whether it may be used at all. Whether the client is known is decided elsewhere.
 */
import { X509Certificate, createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { safeText } from '../base/safe-text.js';
import { withColons } from '../certificate/fingerprint.js';
import { shortName } from '../certificate/names.js';
import { keyOf } from '../certificate/public-key.js';
import type { PeerCertificate, RefusalReason } from './types.js';

export type CertificateFault = Extract<
  RefusalReason,
  'weak-key' | 'purpose' | 'expired' | 'not-yet-valid'
>;

export interface ReadCertificate {
  facts: PeerCertificate;
  /** A fault that time does not change. */
  fault?: CertificateFault;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_PURPOSE = '2.5.29.37.0';
/** The limits browsers set for servers (CA/Browser Forum Baseline Requirements §6.1.5), since here only the key protects. */
const RSA_BITS = 2048;
const CURVE_BITS = 256;

const CACHED_CERTIFICATES = 1000;

/** Reads each certificate once, because a client may connect often. */
export class CertificateReader {
  readonly #seen = new Map<string, ReadCertificate>();

  /** Undefined when the bytes are not a certificate. */
  read(der: Uint8Array): ReadCertificate | undefined {
    const fingerprint256 = sha256(der);
    try {
      const certificate = this.#seen.get(fingerprint256) ?? readCertificate(der);
      if (this.#seen.size >= CACHED_CERTIFICATES) this.#seen.clear();
      this.#seen.set(fingerprint256, certificate);
      return certificate;
    } catch {
      return undefined;
    }
  }

  seen(fingerprint256: string): ReadCertificate | undefined {
    return this.#seen.get(fingerprint256);
  }
}

/** @throws when OpenSSL cannot read the bytes as a certificate */
export function readCertificate(der: Uint8Array): ReadCertificate {
  const x509 = new X509Certificate(der);
  const { publicKey } = x509;
  const facts: PeerCertificate = {
    fingerprint256: x509.fingerprint256,
    publicKey256: sha256(publicKey.export({ type: 'spki', format: 'der' })),
    name: safeText(shortName(x509.subject)),
    subject: x509.subject,
    issuer: x509.issuer,
    serialNumber: x509.serialNumber,
    validFrom: new Date(x509.validFrom),
    validTo: new Date(x509.validTo),
    pem: x509.toString(),
  };
  const fault =
    isWeak(publicKey) || keyOf(facts) === undefined
      ? 'weak-key'
      : allowsClientAuth(x509.keyUsage as readonly string[] | undefined)
        ? undefined
        : 'purpose';
  return { facts, ...(fault === undefined ? {} : { fault }) };
}

export function sha256(bytes: Uint8Array): string {
  return withColons(createHash('sha256').update(bytes).digest('hex'));
}

/** Unknown kinds of keys count as weak, because their strength is unknown. */
function isWeak({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'ed25519' || type === 'ed448') return false;
  if (type === 'rsa' || type === 'rsa-pss') {
    // With the exponent 1, anyone can make a signature.
    return (details?.modulusLength ?? 0) < RSA_BITS || (details?.publicExponent ?? 0n) < 3n;
  }
  if (type !== 'ec') return true;
  return Number(/\d{3}/.exec(details?.namedCurve ?? '')?.[0] ?? 0) < CURVE_BITS;
}

/** RFC 5280 §4.2.1.12: a certificate with the extension "MUST only be used for one of the purposes indicated". */
function allowsClientAuth(purposes: readonly string[] | undefined): boolean {
  if (purposes === undefined) return true;
  return purposes.includes(CLIENT_AUTH) || purposes.includes(ANY_PURPOSE);
}

/** What is wrong with the certificate at `now`. A date that cannot be read counts as outside the period. */
export function findFault(
  { facts, fault }: ReadCertificate,
  now: number,
): CertificateFault | undefined {
  if (fault !== undefined) return fault;
  if (!(facts.validFrom.getTime() <= now)) return 'not-yet-valid';
  return now <= facts.validTo.getTime() ? undefined : 'expired';
}
