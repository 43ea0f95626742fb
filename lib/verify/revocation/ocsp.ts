/**
 * Reads a stapled OCSP response (RFC 6960 §4.2) for one certificate.
 */
import { createHash } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';

import { hasSlowKey } from '../../certificate/certificate-parts.js';
import type { CertificateParts } from '../../certificate/certificate-parts.js';
import { isSignedBy, tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import {
  DerError,
  DerReader,
  Tag,
  bitStringBytes,
  contextTag,
  oidHex,
  readExtensions,
  readSequence,
  readTime,
} from '../../certificate/der.js';
import { KeyPurpose } from '../../certificate/key-purposes.js';
import { CLOCK_SKEW_MS } from './crl.js';
import { isSignedWith } from './signatures.js';

export type OcspAnswer =
  | { status: 'good'; until: number }
  | { status: 'revoked' }
  /** The response cannot be used, for this reason. */
  | { status: 'unusable'; reason: string };

const BASIC_RESPONSE = '2b0601050507300101';
const SUCCESSFUL = 0;
const MAX_RESPONDERS = 4;
const HASHES: Partial<Record<string, string>> = {
  '2b0e03021a': 'sha1',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

interface BasicResponse {
  signed: Buffer;
  algorithm: Buffer;
  signature: Buffer;
  certificates: Buffer[];
  responses: Buffer;
}

/** Never throws. */
export async function readStaple(
  staple: Buffer,
  certificate: Certificate,
  issuer: Certificate,
  now: number,
): Promise<OcspAnswer> {
  try {
    const response = readBasicResponse(staple);
    if (!(await isSignedByResponder(response, issuer.x509, now))) {
      return { status: 'unusable', reason: 'the OCSP response is not signed by the issuer' };
    }
    return findAnswer(response, certificate.parts, issuer.parts, now);
  } catch (error) {
    return { status: 'unusable', reason: `the OCSP response: ${(error as Error).message}` };
  }
}

function readBasicResponse(staple: Buffer): BasicResponse {
  const outer = readSequence(staple);
  const [status] = outer.next(Tag.ENUMERATED).content;
  if (status !== SUCCESSFUL) throw new DerError(`the responder answers with error ${status}`);
  const bytes = readSequence(outer.next(contextTag(0, true)).content);
  if (oidHex(bytes.next(Tag.OID)) !== BASIC_RESPONSE) throw new DerError('not a basic response');
  const basic = readSequence(bytes.next(Tag.OCTET_STRING).content);
  const signed = basic.next(Tag.SEQUENCE);
  const algorithm = basic.next(Tag.SEQUENCE).whole;
  const signature = bitStringBytes(basic.next(Tag.BIT_STRING));
  const certificates: Buffer[] = [];
  const list = basic.optional(contextTag(0, true));
  if (list) {
    const reader = readSequence(list.content);
    while (!reader.isAtEnd && certificates.length < MAX_RESPONDERS) {
      certificates.push(reader.next(Tag.SEQUENCE).whole);
    }
  }
  return {
    signed: signed.whole,
    algorithm,
    signature,
    certificates,
    responses: responsesOf(signed.content),
  };
}

/** ResponseData ::= SEQUENCE { [0] version, responderID, producedAt, responses, [1] extensions } */
function responsesOf(data: Buffer): Buffer {
  const fields = new DerReader(data);
  fields.optional(contextTag(0, true));
  fields.any();
  fields.next(Tag.GENERALIZED_TIME);
  const responses = fields.next(Tag.SEQUENCE).content;
  refuseCritical(fields);
  return responses;
}

/** True when the signer is the issuer itself, or a responder that the issuer has authorised (RFC 6960 §4.2.2.2). */
async function isSignedByResponder(
  { signed, algorithm, signature, certificates }: BasicResponse,
  issuer: X509Certificate,
  now: number,
): Promise<boolean> {
  if (await isSignedWith(issuer.publicKey, algorithm, signed, signature)) return true;
  for (const der of certificates) {
    const responder = hasSlowKey(der) ? undefined : tryReadCertificate(der);
    if (!responder || responder.usages?.includes(KeyPurpose.OCSP_SIGNING) !== true) continue;
    if (responder.validFrom > now || responder.validTo < now) continue;
    if (!responder.x509.checkIssued(issuer) || !isSignedBy(responder.x509, issuer)) continue;
    if (await isSignedWith(responder.x509.publicKey, algorithm, signed, signature)) return true;
  }
  return false;
}

/**
 * SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, [0] nextUpdate, [1] extensions }; certStatus ::= CHOICE {
 * [0] good, [1] revoked, [2] unknown }
 */
function findAnswer(
  { responses }: BasicResponse,
  certificate: CertificateParts,
  issuer: CertificateParts,
  now: number,
): OcspAnswer {
  const reader = new DerReader(responses);
  while (!reader.isAtEnd) {
    const fields = new DerReader(reader.next(Tag.SEQUENCE).content);
    const isAsked = isAbout(fields.next(Tag.SEQUENCE).content, certificate, issuer);
    const { tag } = fields.any();
    const thisUpdate = readTime(fields.next(Tag.GENERALIZED_TIME));
    const next = fields.optional(contextTag(0, true));
    refuseCritical(fields);
    if (!isAsked) continue;
    if (thisUpdate > now + CLOCK_SKEW_MS) return unusable('the OCSP response is of the future');
    // Without nextUpdate, the response only says what was true at the time it was made.
    const until = next ? readTime(new DerReader(next.content).next(Tag.GENERALIZED_TIME)) : 0;
    if (until <= now) return unusable('the OCSP response has expired');
    if (tag === contextTag(1, true)) return { status: 'revoked' };
    if (tag === contextTag(0, false)) return { status: 'good', until };
    return unusable('the responder does not know the certificate');
  }
  return unusable('the OCSP response is about other certificates');
}

function unusable(reason: string): OcspAnswer {
  return { status: 'unusable', reason };
}

/** CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } */
function isAbout(certId: Buffer, certificate: CertificateParts, issuer: CertificateParts): boolean {
  const fields = new DerReader(certId);
  const algorithm = new DerReader(fields.next(Tag.SEQUENCE).content);
  const hash = HASHES[oidHex(algorithm.next(Tag.OID))];
  const nameHash = fields.next(Tag.OCTET_STRING).content;
  const keyHash = fields.next(Tag.OCTET_STRING).content;
  const serial = fields.next(Tag.INTEGER).whole;
  if (hash === undefined || !serial.equals(certificate.serial)) return false;
  const digest = (bytes: Buffer): Buffer => createHash(hash).update(bytes).digest();
  return (
    nameHash.equals(digest(certificate.issuer)) && keyHash.equals(digest(issuer.publicKeyBits))
  );
}

function refuseCritical(fields: DerReader): void {
  const extensions = fields.optional(contextTag(1, true));
  if (!extensions) return;
  for (const [oid, { critical }] of readExtensions(extensions.content)) {
    if (critical) throw new DerError(`an extension that is not understood: ${oid}`);
  }
}
