/**
 * Makes CAs for tests, with what they publish: certificates, CRLs, OCSP responses.
 */
import { createHash, sign, webcrypto } from 'node:crypto';
import * as http from 'node:http';

// tsyringe, inside @peculiar/x509, needs the metadata polyfill first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import { createCertificate } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';
import { listen } from '../explain/loopback.js';
import type { TestContext } from '../explain/loopback.js';
import {
  bitString,
  boolean,
  generalizedTime,
  octetString,
  oid,
  sequence,
  tlv,
} from '../native/der.js';

export { createCertificate };
export type { TestCertificate };

const DAY_MS = 24 * 60 * 60_000;

export type Answer = Buffer | http.RequestListener;

/** A web server that publishes what tests put on it. */
export interface Publisher {
  base: string;
  port: number;
  /** Publishes `answer` and returns its URL. */
  publish(name: string, answer: Answer): string;
  requests: string[];
}

export async function startPublisher(t: TestContext): Promise<Publisher> {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const name = request.url ?? '';
    requests.push(name);
    const answer = answers.get(name);
    if (typeof answer === 'function') answer(request, response);
    else if (answer) response.end(answer);
    else response.writeHead(404).end();
  });
  const port = await listen(t, server);
  const base = `http://127.0.0.1:${String(port)}`;
  return {
    base,
    port,
    requests,
    publish: (name, answer) => {
      answers.set(`/${name}`, answer);
      return `${base}/${name}`;
    },
  };
}

export const aia = (url: string): x509.Extension =>
  new x509.AuthorityInfoAccessExtension({ caIssuers: url });
export const crlAt = (...urls: string[]): x509.Extension =>
  new x509.CRLDistributionPointsExtension(urls);

export interface CrlSpec {
  issuer: TestCertificate;
  /** The name in the list; the issuer's by default. */
  name?: string;
  revoked?: TestCertificate[];
  thisUpdate?: Date;
  nextUpdate?: Date;
  extensions?: x509.Extension[];
  /** Signs in place of the issuer. */
  signer?: TestCertificate;
}

export async function makeCrl(spec: CrlSpec): Promise<Buffer> {
  const now = Date.now();
  const crl = await x509.X509CrlGenerator.create({
    issuer: spec.name ?? spec.issuer.certificate.subject,
    thisUpdate: spec.thisUpdate ?? new Date(now - DAY_MS),
    nextUpdate: spec.nextUpdate ?? new Date(now + 7 * DAY_MS),
    entries: (spec.revoked ?? []).map(({ certificate }) => ({
      serialNumber: certificate.serialNumber,
      revocationDate: new Date(now - DAY_MS),
    })),
    extensions: spec.extensions ?? [],
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    signingKey: (spec.signer ?? spec.issuer).keys.privateKey as unknown as CryptoKey,
  });
  return Buffer.from(crl.rawData);
}

export interface OcspSpec {
  certificate: TestCertificate;
  issuer: TestCertificate;
  status: 'good' | 'revoked' | 'unknown';
  thisUpdate?: Date;
  /** `null` leaves it out. */
  nextUpdate?: Date | null;
  /** Signs in place of the issuer; a delegate's certificate goes with the response. */
  signer?: TestCertificate;
}

export async function makeOcspResponse(spec: OcspSpec): Promise<Buffer> {
  const signer = spec.signer ?? spec.issuer;
  const key = Buffer.from(await webcrypto.subtle.exportKey('raw', spec.issuer.keys.publicKey));
  const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
  const subject = Buffer.from(spec.issuer.certificate.subjectName.toArrayBuffer());
  const serial = Buffer.from(spec.certificate.certificate.serialNumber, 'hex');
  const certId = sequence(
    sequence(oid('1.3.14.3.2.26'), tlv(0x05)),
    octetString(sha1(subject)),
    octetString(sha1(key)),
    tlv(0x02, serial),
  );
  const status = {
    good: tlv(0x80),
    revoked: tlv(0xa1, time(new Date(Date.now() - DAY_MS))),
    unknown: tlv(0x82),
  }[spec.status];
  const nextUpdate =
    spec.nextUpdate === undefined ? new Date(Date.now() + DAY_MS) : spec.nextUpdate;
  const single = sequence(
    certId,
    status,
    time(spec.thisUpdate ?? new Date(Date.now() - DAY_MS)),
    ...(nextUpdate ? [tlv(0xa0, time(nextUpdate))] : []),
  );
  const data = sequence(tlv(0xa2, octetString(sha1(key))), time(new Date()), sequence(single));
  const signature = sign('sha256', data, signer.keyPem);
  const basic = sequence(
    data,
    sequence(oid('1.2.840.10045.4.3.2')),
    bitString(0, ...signature),
    ...(spec.signer ? [tlv(0xa0, sequence(signer.der))] : []),
  );
  return sequence(
    tlv(0x0a, Buffer.from([0])),
    tlv(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octetString(basic))),
  );
}

function time(date: Date): Buffer {
  return generalizedTime(date.toISOString().replace(/[-:T]|\.\d+/g, ''));
}

/** Makes issuingDistributionPoint, critical, from its fields. */
export function issuingPoint(...fields: Uint8Array[]): x509.Extension {
  return new x509.Extension('2.5.29.28', true, new Uint8Array(sequence(...fields)));
}

export function deltaIndicator(): x509.Extension {
  return new x509.Extension('2.5.29.27', true, new Uint8Array(tlv(0x02, Buffer.from([1]))));
}

export const yes = (number: number): Buffer => tlv(0x80 | number, boolean(true).subarray(2));

/** PKCS#7 with certificates only (RFC 2315). */
export function pkcs7(...certificates: TestCertificate[]): Buffer {
  const data = sequence(
    tlv(0x02, Buffer.from([1])),
    tlv(0x31),
    sequence(oid('1.2.840.113549.1.7.1')),
    tlv(0xa0, ...certificates.map(({ der }) => der)),
    tlv(0x31),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), tlv(0xa0, data));
}

/** A CA of tests: root, intermediate, and leaves of either. */
export interface Authority {
  root: TestCertificate;
  intermediate: TestCertificate;
  leaf(spec?: Partial<CertificateSpec>): Promise<TestCertificate>;
}

let authorities = 0;

export async function createAuthority(
  intermediateSpec: (root: TestCertificate) => Partial<CertificateSpec> = () => ({}),
): Promise<Authority> {
  const number = String(++authorities);
  const root = await createCertificate({ commonName: `Root ${number}` });
  const intermediate = await createCertificate({
    commonName: `Intermediate ${number}`,
    issuer: root,
    ...intermediateSpec(root),
  });
  return {
    root,
    intermediate,
    leaf: (spec = {}) =>
      createCertificate({
        commonName: 'localhost',
        issuer: intermediate,
        ca: false,
        dns: ['localhost'],
        ip: ['127.0.0.1'],
        ...spec,
      }),
  };
}
