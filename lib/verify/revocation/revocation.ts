/**
 * Checks whether a CA has revoked any certificate of a chain that OpenSSL has accepted.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { unlessAborted } from '../../base/deadline.js';
import { log } from '../../base/log.js';
import type { Certificate } from '../../certificate/certificate.js';
import { Budget, MOST_SIGNATURES, readSent } from '../../chain/budget.js';
import { documentName } from '../../chain/completion/disk-cache.js';
import type { DiskCache } from '../../chain/completion/disk-cache.js';
import type { Documents } from '../../chain/completion/documents.js';
import { findGoodPath, followPath } from '../../chain/path.js';
import type { CertificateList } from '../../chain/path.js';
import { inTurns } from '../../chain/search.js';
import type { RefusedChain, RevocationMode, RevocationReport } from '../types.js';
import { CrlStore } from './crl-store.js';
import { isRevoked } from './crl.js';
import { readStaple } from './ocsp.js';

const MAX_VERDICTS = 512;
/** A good verdict is checked again after this time, even if the CRL is valid for longer. */
const GOOD_MS = 60 * 60_000;
/** After a check without an answer, later connections do not try again for this time. */
const UNKNOWN_MS = 5 * 60_000;

/** Everything a verdict depends on, except the time. */
export interface RevocationSubject {
  /** DER, as the connection shows them. */
  chain: readonly Buffer[];
  staple: Buffer | undefined;
  /** The generation of the trusted set. */
  generation: number;
  /** The effect of the connection's own options on that set; see scopeOf. */
  scope: string;
}

export interface RevocationQuestion extends RevocationSubject {
  host: string;
  list: CertificateList;
  /** True when any certificate of the list ends a chain. */
  allowPartialTrustChain: boolean;
  signal: AbortSignal;
}

export type RevocationVerdict =
  { ok: true; report: RevocationReport; until: number } | (RefusedChain & { until: number });

type Answer =
  | { status: 'good'; source: 'crl' | 'ocsp-staple'; until: number }
  | { status: 'revoked'; source: 'crl' | 'ocsp-staple' }
  | { status: 'unknown'; reason: string };

export class Revocation {
  readonly #crls: CrlStore;
  readonly #mode: RevocationMode;
  readonly #verdicts = new BoundedMap<RevocationVerdict>(MAX_VERDICTS);

  constructor(documents: Documents, disk: DiskCache | undefined, mode: RevocationMode) {
    this.#crls = new CrlStore(documents, disk);
    this.#mode = mode;
  }

  /** An earlier verdict, if there is one, so that later connections to a host need not wait. */
  recall(question: RevocationSubject): RevocationVerdict | undefined {
    return this.#verdicts.get(keyOf(question));
  }

  /** @throws the signal's reason, but never under `soft-fail` */
  async check(question: RevocationQuestion): Promise<RevocationVerdict> {
    const verdict = await this.#judge(question);
    // A check that was given up says nothing about other connections.
    if (!question.signal.aborted) this.#verdicts.set(keyOf(question), verdict, verdict.until);
    if (verdict.ok && verdict.report.status === 'unknown') {
      log('warn', 'Revocation could not be checked; the connection was accepted', {
        code: 'ERR_TRUSTSTORE_REVOCATION_UNKNOWN',
        host: question.host,
        reason: verdict.report.detail,
      });
    }
    return verdict;
  }

  async #judge(question: RevocationQuestion): Promise<RevocationVerdict> {
    const { path, fault } = await followChain(question);
    if (fault === 'too-many') return refuseTooMany(path[0]);
    if (fault === 'not-signed') return refuseForged(path[path.length - 1]);
    const subjects = path.slice(0, -1);
    const answers = await Promise.all(
      subjects.map((certificate, index) => {
        const issuer = path[index + 1];
        const staple = index === 0 ? question.staple : undefined;
        return issuer
          ? this.#ask(certificate, issuer, staple, question.signal)
          : Promise.resolve<Answer>({ status: 'unknown', reason: 'its issuer is not at hand' });
      }),
    );
    const revoked = answers.findIndex(({ status }) => status === 'revoked');
    if (revoked >= 0) return refuseRevoked(subjects[revoked]);
    if (fault === 'no-anchor') return this.#unknown('its chain cannot be followed to an anchor');
    const missing = answers.findIndex(({ status }) => status === 'unknown');
    const answer = answers[missing];
    if (answer?.status === 'unknown') {
      return this.#unknown(`${nameOf(subjects[missing])}: ${answer.reason}`);
    }
    const [first] = answers;
    const until = Math.min(
      Date.now() + GOOD_MS,
      ...answers.map((one) => (one.status === 'good' ? one.until : Infinity)),
    );
    return {
      ok: true,
      report: { status: 'good', ...(first?.status === 'good' ? { source: first.source } : {}) },
      until,
    };
  }

  async #ask(
    certificate: Certificate,
    issuer: Certificate,
    staple: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    let fault = '';
    try {
      // Read first, so that nothing is fetched for a certificate that cannot be read.
      const [parts] = [certificate.parts, issuer.parts];
      if (staple) {
        const answer = await readStaple(staple, certificate, issuer, Date.now());
        if (answer.status !== 'unusable') return { ...answer, source: 'ocsp-staple' };
        fault = `${answer.reason}; `;
      }
      const found = await unlessAborted(this.#crls.find(certificate, issuer, signal), signal);
      if (!('crl' in found)) return { status: 'unknown', reason: fault + found.reason };
      const { crl } = found;
      if (await inTurns(isRevoked(crl, parts))) return { status: 'revoked', source: 'crl' };
      return { status: 'good', source: 'crl', until: crl.nextUpdate };
    } catch (error) {
      return { status: 'unknown', reason: fault + (error as Error).message };
    }
  }

  #unknown(detail: string): RevocationVerdict {
    const until = Date.now() + UNKNOWN_MS;
    if (this.#mode === 'soft-fail') {
      return { ok: true, report: { status: 'unknown', detail }, until };
    }
    const reason = `revocation could not be checked: ${detail}`;
    return { ok: false, code: 'UNABLE_TO_GET_CRL', reason, until };
  }
}

function keyOf({ chain, staple, generation, scope }: RevocationSubject): string {
  const shown = documentName(Buffer.concat(staple ? [...chain, staple] : chain));
  return `${shown}${String(generation)}${scope}`;
}

interface Followed {
  /** Begins with the server's certificate; each certificate has signed the one before it. */
  path: Certificate[];
  /** Why the path does not end at an anchor. */
  fault?: 'no-anchor' | 'not-signed' | 'too-many';
}

/**
 * Follows OpenSSL's path by signatures, because names are easy to copy: a certificate that only looks like the issuer must
 * not say whether the accepted chain is revoked.
 */
async function followChain({
  chain,
  list,
  allowPartialTrustChain,
  signal,
}: RevocationQuestion): Promise<Followed> {
  const budget = new Budget();
  const [leaf, ...sent] = readSent(chain, budget);
  if (!leaf) return { path: [], fault: 'no-anchor' };
  const now = Date.now();
  const question = { leaf, sent, list, now, budget };
  const { steps, end } = await inTurns(followPath(question), budget, signal);
  const path = steps.map(({ certificate }) => certificate);
  const unsigned = steps.findIndex(({ signedByNext }) => signedByNext === false);
  if (end === 'anchor' && unsigned < 0) return { path };
  const search = findGoodPath(question, now, allowPartialTrustChain);
  const good = await inTurns(search, budget, signal);
  if (good) return { path: good };
  // Without time, nothing is known.
  if (budget.isSpent) return { path, fault: signal.aborted ? 'no-anchor' : 'too-many' };
  if (unsigned < 0) return { path, fault: 'no-anchor' };
  return { path: path.slice(0, unsigned + 1), fault: 'not-signed' };
}

function refuseRevoked(certificate: Certificate | undefined): RevocationVerdict {
  return {
    ok: false,
    code: 'CERT_REVOKED',
    reason: `${nameOf(certificate)} has been revoked by its CA`,
    until: Date.now() + GOOD_MS,
  };
}

/** OpenSSL has found another path to an anchor than the one shown here, and only a dishonest server gains from that. */
function refuseForged(certificate: Certificate | undefined): RevocationVerdict {
  return {
    ok: false,
    code: 'CERT_SIGNATURE_FAILURE',
    reason: `${nameOf(certificate)} was not signed by what the server passes off as its issuer`,
    until: Date.now() + UNKNOWN_MS,
  };
}

/** Only a dishonest server gains from this too. */
function refuseTooMany(certificate: Certificate | undefined): RevocationVerdict {
  return {
    ok: false,
    code: 'CERT_CHAIN_TOO_LONG',
    reason: `after ${MOST_SIGNATURES} signatures no chain of ${nameOf(certificate)} was found among all that the server sends`,
    until: Date.now() + UNKNOWN_MS,
  };
}

function nameOf(certificate: Certificate | undefined): string {
  return certificate?.subject.replaceAll('\n', ', ') ?? 'a certificate';
}
