/**
 * Converts certificates to the form that the page shows. Pure, except for the time.
 */
import { safeText } from '../base/safe-text.js';
import { tryReadCertificate } from '../certificate/certificate.js';
import {
  hasBrokenHash,
  hasShortKey,
  keyName,
  shortName,
  signatureName,
} from '../certificate/names.js';
import { inspectionProduct } from '../explain/diagnose/inspectors.js';
import { sourceWords } from '../explain/words.js';
import { isLocal } from '../trust/local/local-anchors.js';
import type { PublishedFingerprints } from '../trust/local/local-anchors.js';
import type { Published } from '../trust/local/published.js';
import type { Purpose, StoreError, SystemCertificate } from '../types.js';
import type { Origin, ReportCertificate, ReportData, Verdict } from './types.js';

export interface ReportInput {
  certificates: readonly SystemCertificate[];
  errors: readonly StoreError[];
  /** What public programmes ship, to tell what was installed here. */
  published: Published;
  purpose: Purpose;
  version: string;
  runtime: string;
  platform: string;
  now: number;
}

export function createReportData(input: ReportInput): ReportData {
  const places = new Map<string, number>();
  return {
    version: input.version,
    runtime: safeText(input.runtime),
    platform: safeText(input.platform),
    generated: input.now,
    purpose: input.purpose,
    compared: input.published.lists.map(safeText),
    certificates: input.certificates.map((certificate) =>
      toReport(certificate, places, input.published.fingerprints),
    ),
    places: [...places.keys()],
    errors: input.errors.map(({ message, code }) => safeText(`${message} (${code})`)),
  };
}

function toReport(
  certificate: SystemCertificate,
  places: Map<string, number>,
  published: PublishedFingerprints,
): ReportCertificate {
  const { subject, issuer, serialNumber, fingerprint256, role, skipped, detail } = certificate;
  return {
    name: safeText(shortName(subject)),
    subject: toLines(subject),
    issuer: toLines(issuer),
    serial: safeText(serialNumber),
    fingerprint: safeText(fingerprint256),
    from: toTime(certificate.validFrom),
    to: toTime(certificate.validTo),
    role,
    verdict: verdictOf(certificate),
    ...(skipped === undefined ? {} : { reason: skipped }),
    ...(detail === undefined ? {} : { detail: safeText(detail) }),
    origins: originsOf(certificate),
    places: placesOf(certificate, places),
    ...strengthOf(certificate),
    ...localOf(certificate, published),
  };
}

function toLines(name: string): string[] {
  return name.split('\n').map(safeText);
}

function toTime(date: Date): number | null {
  const time = date.getTime();
  return Number.isNaN(time) ? null : time;
}

function verdictOf({ skipped, role }: SystemCertificate): Verdict {
  if (skipped !== undefined) return 'left-out';
  return role === 'intermediate' ? 'helper' : 'anchor';
}

const originOrder: readonly Origin[] = ['system', 'bundled', 'extra', 'user'];

function originsOf({ sources }: SystemCertificate): Origin[] {
  return originOrder.filter((origin) => sources.some((source) => source.origin === origin));
}

function placesOf({ sources }: SystemCertificate, places: Map<string, number>): number[] {
  const numbers = sources.map((source) => {
    const words = safeText(sourceWords(source));
    const number = places.get(words) ?? places.size;
    places.set(words, number);
    return number;
  });
  return [...new Set(numbers)];
}

function localOf(
  certificate: SystemCertificate,
  published: PublishedFingerprints,
): Pick<ReportCertificate, 'local' | 'product'> {
  if (!isLocal(certificate, published)) return {};
  const product = inspectionProduct([certificate.subject, certificate.issuer]);
  return { local: true, ...(product === undefined ? {} : { product }) };
}

function strengthOf({
  der,
}: SystemCertificate): Pick<
  ReportCertificate,
  'key' | 'shortKey' | 'signature' | 'brokenSignature' | 'der'
> {
  const parsed = tryReadCertificate(der);
  if (parsed === undefined) return { key: 'unknown', signature: 'unknown' };
  return {
    key: keyName(parsed),
    ...(hasShortKey(parsed) ? { shortKey: true } : {}),
    signature: signatureName(parsed),
    der: der.toString('base64'),
    // A self-signed certificate is not trusted because of its signature, so a weak one does no harm.
    ...(!parsed.selfSigned && hasBrokenHash(parsed) ? { brokenSignature: true } : {}),
  };
}
