/**
 * Makes certificates for tests, at test time. P-256 keys make a whole PKI in milliseconds.
 */
import { webcrypto } from 'node:crypto';
// tsyringe, inside @peculiar/x509, needs the metadata polyfill first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import { toPem } from './pem.js';

export { toPem };

/**
 * Signs again until neither integer of the signature begins with a zero byte, as one in 128 does. Wine refuses those,
 * because its crypt32 joins the integers without padding them, and a test must not depend on chance.
 */
async function signFullLength(
  ...args: Parameters<webcrypto.SubtleCrypto['sign']>
): Promise<ArrayBuffer> {
  for (;;) {
    const signature = await webcrypto.subtle.sign(...args);
    const bytes = new Uint8Array(signature);
    if (bytes[0] !== 0 && bytes[bytes.length / 2] !== 0) return signature;
  }
}

const subtle = new Proxy(webcrypto.subtle, {
  get(target, name: keyof webcrypto.SubtleCrypto) {
    return name === 'sign' ? signFullLength : target[name].bind(target);
  },
});
x509.cryptoProvider.set({
  subtle,
  getRandomValues: webcrypto.getRandomValues.bind(webcrypto),
} as unknown as Crypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface CertificateSpec {
  commonName: string;
  /** Self-signed when absent. */
  issuer?: TestCertificate;
  /** basicConstraints CA:TRUE. Default true; `omitBasicConstraints` leaves them out. */
  ca?: boolean;
  omitBasicConstraints?: boolean;
  /** Default 2020-01-01. */
  validFrom?: Date;
  /** Default 2120-01-01. */
  validTo?: Date;
  /** Extended key usage OIDs; absent when undefined. */
  eku?: string[];
  /** Key usage bits; default certificate and CRL signing for a CA, absent for a leaf; `null` leaves it out. */
  keyUsage?: x509.KeyUsageFlags | null;
  /** Subject alternative names of a leaf. */
  dns?: string[];
  ip?: string[];
  /** Subject and authority key identifiers. Default true. */
  keyIdentifiers?: boolean;
  /** Reuses a key pair, for cross-signed twins and renewed roots. */
  keys?: webcrypto.CryptoKeyPair;
  /** Any further extensions: CRL distribution points, AIA, … */
  extensions?: x509.Extension[];
  serialNumber?: string;
  /** The hash of the issuer's signature. */
  hash?: 'SHA-1';
}

export interface TestCertificate {
  certificate: x509.X509Certificate;
  der: Buffer;
  /** 64 columns with a final newline. */
  pem: string;
  /** PKCS#8 PEM of the private key. */
  keyPem: string;
  keys: webcrypto.CryptoKeyPair;
}

export const EKU = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  any: '2.5.29.37.0',
} as const;

let serial = 0x1000;

export async function createCertificate(spec: CertificateSpec): Promise<TestCertificate> {
  const keys =
    spec.keys ?? (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']));
  const ca = spec.ca ?? true;
  const extensions: x509.Extension[] = [];
  if (spec.omitBasicConstraints !== true) {
    extensions.push(new x509.BasicConstraintsExtension(ca, undefined, true));
  }
  const usage =
    spec.keyUsage === undefined
      ? ca
        ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
        : null
      : spec.keyUsage;
  if (usage !== null) extensions.push(new x509.KeyUsagesExtension(usage, true));
  if (spec.eku) extensions.push(new x509.ExtendedKeyUsageExtension(spec.eku));
  const names: x509.JsonGeneralNames = [
    ...(spec.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(spec.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  if (spec.keyIdentifiers !== false) {
    extensions.push(
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as unknown as CryptoKey),
      await x509.AuthorityKeyIdentifierExtension.create(
        (spec.issuer?.keys ?? keys).publicKey as unknown as CryptoKey,
      ),
    );
  }
  extensions.push(...(spec.extensions ?? []));
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${spec.commonName}`,
    issuer: spec.issuer?.certificate.subject ?? `CN=${spec.commonName}`,
    notBefore: spec.validFrom ?? new Date('2020-01-01T00:00:00Z'),
    notAfter: spec.validTo ?? new Date('2120-01-01T00:00:00Z'),
    publicKey: keys.publicKey as unknown as CryptoKey,
    signingKey: (spec.issuer?.keys ?? keys).privateKey as unknown as CryptoKey,
    signingAlgorithm: spec.hash ? { ...algorithm, hash: spec.hash } : algorithm,
    serialNumber: spec.serialNumber ?? (serial++).toString(16),
    extensions,
  });
  const der = Buffer.from(certificate.rawData);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate,
    der,
    pem: toPem(der),
    keyPem: toPem(new Uint8Array(pkcs8), 'PRIVATE KEY'),
    keys,
  };
}

/** Makes a server's certificate, for localhost unless told otherwise. */
export async function leafOf(
  issuer: TestCertificate | undefined,
  spec: Partial<CertificateSpec> = {},
): Promise<TestCertificate> {
  return await createCertificate({
    commonName: 'localhost',
    ca: false,
    dns: ['localhost'],
    ip: ['127.0.0.1'],
    ...(issuer ? { issuer } : {}),
    ...spec,
  });
}
