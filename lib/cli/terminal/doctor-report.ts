/**
 * Makes reports that are safe to publish: they hold no names of people, hosts or private CAs, and paths only below well-known
 * places.
 */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';

import type { AnchorFacts, Examination, FindingName } from '../../explain/machine/machine-types.js';
import type { Explanation } from '../../explain/types.js';
import type { CertificateSource } from '../../types.js';
import { safeJson } from './text.js';

export function machineReport({ facts, findings }: Examination, version: string): string {
  const redact = createRedactor();
  const { additions, remarkable, sameName, distrusted, bundledOnly, dated, ...others } = facts;
  const { otherStores, ...rest } = others;
  const anchors = (list: readonly AnchorFacts[]): unknown[] =>
    list.map(({ subject, fingerprint256, bundled, sources, ...other }) => ({
      ...(bundled ? { subject, fingerprint256 } : { certificate: pseudonym(fingerprint256) }),
      ...other,
      bundled,
      sources: sources.map(place),
    }));
  return wrapReport('os-truststore doctor', {
    version,
    ...(redact(rest) as object),
    additions: redact(anchors(additions)),
    remarkable: redact(anchors(remarkable)),
    sameName: sameName.map((group) => redact(anchors(group))),
    distrusted: anchors(distrusted),
    bundledOnly: bundledOnly.length,
    dated: dated.length,
    otherStores: otherStores?.map(({ program, certificates, additions: own, problem }) => ({
      program,
      certificates,
      additions: own.length,
      read: problem === undefined,
    })),
    // The texts of findings may name certificates, so they are left out.
    findings: findings.map(({ name, severity }): { name: FindingName; severity: string } => ({
      name,
      severity,
    })),
  });
}

/** Holds what can reveal a bug in the diagnosis, but nothing that says whose server it is. */
export function explanationReport(explanation: Explanation, version: string): string {
  const redact = createRedactor();
  const { target, chain, diagnoses, sources, fetches, connection, ...rest } = explanation;
  const names = new Map<string, string>();
  const name = (text: string): string => {
    const known = names.get(text) ?? `name ${names.size + 1}`;
    names.set(text, known);
    return known;
  };
  return wrapReport('os-truststore doctor <host>', {
    osTruststore: version,
    ...(redact(rest) as object),
    target: { port: target.port, startTls: target.startTls, proxy: target.proxy !== undefined },
    connection: { ...connection, address: undefined },
    diagnoses: diagnoses.map(({ name: diagnosis, severity, certificates, fix }) => ({
      name: diagnosis,
      severity,
      certificates: certificates.map(pseudonym),
      fix: fix?.kind,
    })),
    chain: chain.map(({ subject, issuer, validFrom, validTo, key, ...certificate }) => ({
      certificate: pseudonym(certificate.fingerprint256),
      subject: name(subject),
      issuer: name(issuer),
      // Only the day, because public certificate logs can be searched by the exact second.
      validFrom: validFrom.slice(0, 10),
      validTo: validTo.slice(0, 10),
      key,
      signatureAlgorithm: certificate.signatureAlgorithm,
      isCA: certificate.isCA,
      selfSigned: certificate.selfSigned,
    })),
    sources: sources.map(({ anchor, error, ...source }) => ({
      ...source,
      // The message may name a certificate.
      error: error?.code,
      ...(anchor
        ? {
            anchor: {
              certificate: pseudonym(anchor.fingerprint256),
              sources: redact(anchor.sources.map(place)),
            },
          }
        : {}),
    })),
    fetches: fetches.map(({ outcome }) => outcome),
  });
}

/** The same pseudonym for the same certificate within one report. A fingerprint could be looked up. */
function pseudonym(fingerprint256: string): string {
  const hash = createHash('sha256').update(`${salt}${fingerprint256}`).digest('hex');
  return `certificate ${hash.slice(0, 8)}`;
}

const salt = `${process.pid}${process.hrtime.bigint()}`;

/** Labels are left out, because they are free text. */
function place({ origin, kind, location, store }: CertificateSource): object {
  return { origin, kind, location, ...(store === undefined ? {} : { store }) };
}

/** Replaces home directories, and other paths that do not belong to the system. */
export function redactText(value: string, home = homedir()): string {
  const below = home.length > 1 ? value.replaceAll(home, '~') : value;
  const redacted = below
    .replace(/(\/(?:home|Users)\/|\\Users\\)[^/\\]+/g, '$1(user)')
    .replace(foreignWindowsPath, '\\(path)')
    .replace(foreignPath, '/(path)');
  // A value that consists of one path may contain spaces.
  return /^[/\\]\(path\) [^:]*$/.test(redacted) ? redacted.slice(0, '/(path)'.length) : redacted;
}

/** Paths on drives and shares, except in the folders that Windows itself creates. */
const foreignWindowsPath =
  /(?:\b[A-Za-z]:(?!\\(?:Windows|Program Files|Users)\b)|(?<![\\\w:)])\\)\\[^\s,;"]+/gi;
const foreignPath = /(?<![\w~)])\/(?!(?:etc|usr|var\/lib|system|apex|nix|home|Users)\/)[^\s,;:"]+/g;

/** Redacts every text inside a value. */
function createRedactor(): (value: unknown) => unknown {
  const home = homedir();
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return redactText(value, home);
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redact(inner)]));
  };
  return redact;
}

function wrapReport(title: string, content: object): string {
  return `### ${title}\n\n\`\`\`json\n${safeJson(content)}\n\`\`\`\n`;
}
