/**
 * Reads a client's certificate and checks whether it may be used at all. Whether the client is known is decided elsewhere.
 */
import type { KeyObject } from 'node:crypto';

import { BoundedMap } from '../../base/bounded-map.js';
import { safeText } from '../../base/safe-text.js';
import { Certificate } from '../../certificate/certificate.js';
import { fingerprintOf } from '../../certificate/fingerprint.js';
import { KeyPurpose, allowsPurpose } from '../../certificate/key-purposes.js';
import { shortName } from '../../certificate/names.js';
import { keyOf } from '../../certificate/public-key.js';
import type { PeerCertificate, RefusalReason } from '../types.js';

export type CertificateFault = Extract<
  RefusalReason,
  'weak-key' | 'purpose' | 'expired' | 'not-yet-valid'
>;

export interface ClientCertificate {
  facts: PeerCertificate;
  /** A fault that time does not change. */
  fault?: CertificateFault;
}

/** The limits browsers set for servers (CA/Browser Forum Baseline Requirements §6.1.5), since here only the key protects. */
const RSA_BITS = 2048;
const CURVE_BITS = 256;

const CACHED_CERTIFICATES = 1000;

/** Reads each certificate once, because a client may connect often. */
export class CertificateReader {
  readonly #seen = new BoundedMap<ClientCertificate>(CACHED_CERTIFICATES);

  /** Undefined when the bytes are not a certificate. */
  read(der: Uint8Array): ClientCertificate | undefined {
    const fingerprint256 = fingerprintOf(der);
    try {
      const certificate = this.#seen.get(fingerprint256) ?? readClientCertificate(der);
      this.#seen.set(fingerprint256, certificate);
      return certificate;
    } catch {
      return undefined;
    }
  }

  seen(fingerprint256: string): ClientCertificate | undefined {
    return this.#seen.get(fingerprint256);
  }
}

/** @throws when OpenSSL cannot read the bytes as a certificate, or it has no name by which people could recognise it */
export function readClientCertificate(bytes: Uint8Array): ClientCertificate {
  const certificate = Certificate.read(bytes);
  const { x509, fingerprint256, subject, issuer, pem } = certificate;
  if (subject === '') throw new Error('the certificate has an empty subject');
  const { publicKey, serialNumber } = x509;
  const facts: PeerCertificate = {
    fingerprint256,
    publicKey256: fingerprintOf(publicKey.export({ type: 'spki', format: 'der' })),
    name: safeText(shortName(subject)),
    subject,
    issuer,
    serialNumber,
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    pem,
  };
  const fault =
    isWeak(publicKey) || keyOf(facts) === undefined
      ? 'weak-key'
      : allowsPurpose(certificate.usages, KeyPurpose.CLIENT_AUTH)
        ? undefined
        : 'purpose';
  return { facts, ...(fault === undefined ? {} : { fault }) };
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

/** What is wrong with the certificate at `now`. A date that cannot be read counts as outside the period. */
export function findFault(
  { facts, fault }: ClientCertificate,
  now: number,
): CertificateFault | undefined {
  if (fault !== undefined) return fault;
  if (!(facts.validFrom.getTime() <= now)) return 'not-yet-valid';
  return now <= facts.validTo.getTime() ? undefined : 'expired';
}
