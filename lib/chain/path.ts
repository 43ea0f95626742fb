/**
 * Finds chains from a server's certificate to an anchor. Pure. OpenSSL decides what is trusted; this says which certificates
 * it used, and whether others would have served.
 */
import type { Certificate } from '../certificate/certificate.js';
import { MOST_CERTIFICATES } from './budget.js';
import type { Budget } from './budget.js';
import { searchUp } from './search.js';

export interface PathStep {
  certificate: Certificate;
  /** The server sent it, or the list of trusted certificates holds it. If both, it counts as the list's. */
  from: 'server' | 'list';
  /** False when the next certificate of the path has the right name but did not sign this one. */
  signedByNext?: boolean;
}

export interface Path {
  steps: PathStep[];
  /**
   * `anchor`: ends at a self-signed certificate of the list. `self-signed`: ends at one that is not in the list. `no-issuer`:
   * the issuer of the last certificate is not available.
   */
  end: 'anchor' | 'self-signed' | 'no-issuer';
}

/** A question about one chain. Nothing that was sent is trusted. */
export interface Question {
  leaf: Certificate;
  sent: readonly Certificate[];
  list: CertificateList;
  /** Milliseconds since the epoch. */
  now: number;
  budget: Budget;
}

/** Certificates by subject, in order. */
export class CertificateList {
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #fingerprints = new Set<string>();

  constructor(readonly certificates: readonly Certificate[]) {
    for (const certificate of certificates) {
      if (this.has(certificate)) continue;
      this.#fingerprints.add(certificate.fingerprint256);
      const group = this.#bySubject.get(certificate.subject);
      if (group) group.push(certificate);
      else this.#bySubject.set(certificate.subject, [certificate]);
    }
  }

  has({ fingerprint256 }: Certificate): boolean {
    return this.#fingerprints.has(fingerprint256);
  }

  named(subject: string): readonly Certificate[] {
    return this.#bySubject.get(subject) ?? [];
  }

  without(fingerprints: ReadonlySet<string>): CertificateList {
    return new CertificateList(
      this.certificates.filter(({ fingerprint256 }) => !fingerprints.has(fingerprint256)),
    );
  }
}

/**
 * The path OpenSSL takes: it looks for issuers in the list first, among those whose name and key identifier fit, valid ones
 * before others; it checks signatures when the path is complete (openssl-verification-options(1), X509_V_FLAG_TRUSTED_FIRST).
 */
export function* followPath({
  leaf,
  sent,
  list,
  now,
  budget,
}: Question): Generator<undefined, Path> {
  const others = new CertificateList(sent);
  const steps: PathStep[] = [{ certificate: leaf, from: list.has(leaf) ? 'list' : 'server' }];
  let fromList = list.has(leaf);
  for (let current = leaf; steps.length < MOST_CERTIFICATES;) {
    yield;
    if (current.selfSigned) return { steps, end: fromList ? 'anchor' : 'self-signed' };
    const trusted = pickIssuer(current, list, now);
    const issuer = trusted ?? pickIssuer(current, others, now);
    if (!issuer || steps.some(({ certificate }) => certificate === issuer)) break;
    const last = steps[steps.length - 1];
    yield;
    if (last) last.signedByNext = budget.isSignedBy(current, issuer);
    fromList = trusted !== undefined;
    steps.push({ certificate: issuer, from: fromList ? 'list' : 'server' });
    current = issuer;
  }
  return { steps, end: 'no-issuer' };
}

function pickIssuer(
  certificate: Certificate,
  list: CertificateList,
  now: number,
): Certificate | undefined {
  const fitting = list
    .named(certificate.issuer)
    .filter((candidate) => certificate.x509.checkIssued(candidate.x509));
  const newest = [...fitting].sort((a, b) => b.validTo - a.validTo)[0];
  return fitting.find((candidate) => isValidAt(candidate, now)) ?? newest;
}

export function isValidAt({ validFrom, validTo }: Certificate, now: number): boolean {
  return validFrom <= now && now <= validTo;
}

/** The certificates that may be on the way to an anchor. */
export function withoutThose(
  certificates: readonly Certificate[],
  avoid: ((certificate: Certificate) => boolean) | undefined,
): readonly Certificate[] {
  return avoid ? certificates.filter((certificate) => !avoid(certificate)) : certificates;
}

/**
 * A path to an anchor on which everything is valid and signed, if there is one: what OpenSSL might have found.
 *
 * @param now - when undefined, dates are ignored
 * @param partial - true when any certificate of the list is an anchor (X509_V_FLAG_PARTIAL_CHAIN)
 */
export function* findGoodPath(
  { leaf, sent, list, budget }: Omit<Question, 'now'>,
  now: number | undefined,
  partial = false,
): Generator<undefined, Certificate[] | undefined> {
  const others = new CertificateList(sent);
  const isGood = (certificate: Certificate): boolean =>
    now === undefined || isValidAt(certificate, now);
  if (!isGood(leaf)) return undefined;
  return yield* searchUp(leaf, {
    keyOf: ({ fingerprint256 }) => fingerprint256,
    endsChain: (certificate) => list.has(certificate) && (partial || certificate.selfSigned),
    issuersOf: (certificate) =>
      certificate.selfSigned
        ? []
        : [...list.named(certificate.issuer), ...others.named(certificate.issuer)],
    mayStand: (_path, issuer) => isGood(issuer),
    isSignedBy: (certificate, issuer) => budget.isSignedBy(certificate, issuer),
    budget,
  });
}
