/**
 * Reads a certificate revocation list (RFC 5280 §5), checks it against its issuer's certificate, and looks up serial numbers.
 * Delta lists, indirect lists and lists for some reasons only are not used, because none of them can say that a certificate
 * is good.
 */
import type { X509Certificate } from 'node:crypto';

import { fullNameUrls, maySignCrls } from '../../certificate/certificate-parts.js';
import type { CertificateParts } from '../../certificate/certificate-parts.js';
import {
  DerError,
  DerReader,
  Tag,
  bitStringBytes,
  contextTag,
  readExtensions,
  readSequence,
  readTime,
} from '../../certificate/der.js';
import type { Element, Extension } from '../../certificate/der.js';
import { isSignedWith } from './signatures.js';

export interface Crl {
  signed: Buffer;
  algorithm: Buffer;
  signature: Buffer;
  issuer: Buffer;
  /** Milliseconds since the epoch. */
  thisUpdate: number;
  nextUpdate: number;
  /** The content of revokedCertificates; empty when nothing is revoked. */
  entries: Buffer;
  scope: Scope;
}

interface Scope {
  /** The URLs the list says it is for; empty when it does not say. */
  urls: string[];
  users: boolean;
  cas: boolean;
}

const OID = {
  CRL_NUMBER: '551d14',
  DELTA_CRL_INDICATOR: '551d1b',
  ISSUING_DISTRIBUTION_POINT: '551d1c',
} as const;

const ENTRIES_AT_ONCE = 1000;

/** The clocks of machines and CAs differ a little. */
export const CLOCK_SKEW_MS = 5 * 60_000;

/** @throws DerError when the bytes are not a list that can be used */
export function readCrl(bytes: Buffer): Crl {
  const outer = readSequence(toDer(bytes));
  const tbs = outer.next(Tag.SEQUENCE);
  const algorithm = outer.next(Tag.SEQUENCE).whole;
  const signature = bitStringBytes(outer.next(Tag.BIT_STRING));
  outer.end();
  const fields = new DerReader(tbs.content);
  fields.optional(Tag.INTEGER);
  // The algorithm is named twice, signed and unsigned (RFC 5280 §5.1.1.2).
  if (!fields.next(Tag.SEQUENCE).whole.equals(algorithm)) throw new DerError('two algorithms');
  const issuer = fields.next(Tag.SEQUENCE).whole;
  const thisUpdate = readTime(fields.any());
  const next = isTime(fields.nextTag) ? fields.any() : undefined;
  // RFC 5280 §5.1.2.5 requires nextUpdate, and a list without it would never be too old.
  if (!next) throw new DerError('the list does not say when it expires');
  const entries = fields.optional(Tag.SEQUENCE)?.content ?? Buffer.alloc(0);
  const extensions = fields.optional(contextTag(0, true))?.content;
  fields.end();
  return {
    signed: tbs.whole,
    algorithm,
    signature,
    issuer,
    thisUpdate,
    nextUpdate: readTime(next),
    entries,
    scope: readScope(extensions ? readExtensions(extensions) : new Map<string, Extension>()),
  };
}

function toDer(bytes: Buffer): Buffer {
  const begin = '-----BEGIN X509 CRL-----';
  const start = bytes.indexOf(begin);
  if (start < 0) return bytes;
  const end = bytes.indexOf('-----END X509 CRL-----', start);
  if (end < 0) throw new DerError('the PEM text breaks off');
  return Buffer.from(bytes.toString('latin1', start + begin.length, end), 'base64');
}

function isTime(tag: number | undefined): boolean {
  return tag === Tag.UTC_TIME || tag === Tag.GENERALIZED_TIME;
}

/** @throws DerError for an unknown extension that changes the meaning of the list */
function readScope(extensions: ReadonlyMap<string, Extension>): Scope {
  const known: readonly string[] = [OID.CRL_NUMBER, OID.ISSUING_DISTRIBUTION_POINT];
  for (const [oid, { critical }] of extensions) {
    if (oid === OID.DELTA_CRL_INDICATOR || (critical && !known.includes(oid))) {
      throw new DerError(`an extension that is not understood: ${oid}`);
    }
  }
  const value = extensions.get(OID.ISSUING_DISTRIBUTION_POINT)?.value;
  return value ? readIssuingPoint(value) : { urls: [], users: true, cas: true };
}

/**
 * IssuingDistributionPoint ::= SEQUENCE { [0] distributionPoint, [1] onlyContainsUserCerts, [2] onlyContainsCACerts, [3]
 * onlySomeReasons, [4] indirectCRL, [5] onlyContainsAttributeCerts } (RFC 5280 §5.2.5).
 */
function readIssuingPoint(value: Buffer): Scope {
  const fields = readSequence(value);
  const name = fields.optional(contextTag(0, true));
  const users = isTrue(fields.optional(contextTag(1, false)));
  const cas = isTrue(fields.optional(contextTag(2, false)));
  if (!fields.isAtEnd) {
    throw new DerError('a list for some reasons, of other issuers or of attributes');
  }
  const urls = name ? fullNameUrls(name.content) : [];
  if (name && urls.length === 0) throw new DerError('a distribution point without a URL');
  return { urls, users: !cas, cas: !users };
}

function isTrue(element: Element | undefined): boolean {
  return (element?.content[0] ?? 0) !== 0;
}

/** Why the list cannot be used for certificates of `issuer`; undefined when it can. */
export async function findFault(
  crl: Crl,
  issuer: { parts: CertificateParts; x509: X509Certificate },
  now: number,
): Promise<string | undefined> {
  if (!crl.issuer.equals(issuer.parts.subject)) return 'the CRL is of another issuer';
  if (!maySignCrls(issuer.parts)) return 'the issuer may not sign CRLs';
  if (crl.thisUpdate > now + CLOCK_SKEW_MS) return 'the CRL is of the future';
  if (crl.nextUpdate <= now) return 'the CRL has expired';
  const { signed, algorithm, signature } = crl;
  const good = await isSignedWith(issuer.x509.publicKey, algorithm, signed, signature);
  return good ? undefined : 'the signature of the CRL is not that of the issuer';
}

/** True when the list covers a certificate that names these URLs. */
export function isAbout({ scope }: Crl, { isCA, crlUrls }: CertificateParts): boolean {
  if (!(isCA ? scope.cas : scope.users)) return false;
  return scope.urls.length === 0 || scope.urls.some((url) => crlUrls.includes(url));
}

/**
 * True when the list names the certificate. DER has only one way to write a number, so a list without the bytes of the serial
 * number does not name it; entries are only read if the bytes are there.
 *
 * @throws DerError
 */
export function* isRevoked(
  { entries }: Crl,
  { serial }: CertificateParts,
): Generator<undefined, boolean> {
  if (entries.indexOf(serial) < 0) return false;
  const reader = new DerReader(entries);
  for (let count = 1; !reader.isAtEnd; count++) {
    // Yields seldom, because reading the clock takes longer than an entry.
    if (count % ENTRIES_AT_ONCE === 0) yield;
    const entry = new DerReader(reader.next(Tag.SEQUENCE).content);
    if (entry.next(Tag.INTEGER).whole.equals(serial)) return true;
  }
  return false;
}
