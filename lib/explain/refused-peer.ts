/**
 * Explains why a connection of this process was refused, from what its peer sent and what is trusted: for
 * `inject({ explainErrors: true })`. Uses neither the network nor the store.
 */
import { safeText } from '../base/safe-text.js';
import { tryReadCertificate } from '../certificate/certificate.js';
import { Budget, readSent } from '../chain/budget.js';
import { CertificateList } from '../chain/path.js';
import { PeerJudges } from '../chain/peers/peer-judge.js';
import { userConfigDirectory } from '../files/user-directory.js';
import type { RefusedPeer } from '../inject/explainer.js';
import type { ErrorExplanation } from '../inject/types.js';
import type { TrustSet } from '../trust/trust-set.js';
import type { CertificateSource } from '../types.js';
import { diagnose } from './diagnose/diagnose.js';
import { readClock } from './gather/clock.js';
import { readDistrust } from './gather/distrust-facts.js';
import type { Facts, SkippedCertificate } from './gather/facts.js';
import type { HandshakeOutcome } from './handshake/handshake.js';
import type { DiagnosisName } from './types.js';

/** Undefined when the reason is not known. */
export function explainRefusedPeer(refused: RefusedPeer): ErrorExplanation | undefined {
  const [first] = diagnose(gather(refused));
  if (first?.severity !== 'error' || SAY_NOTHING.has(first.name)) return undefined;
  const { name, summary, remedy } = first;
  return { name, summary: forLogs(summary), remedy: forLogs(remedy) };
}

/** In characters. The doctor's own sentences are shorter; a certificate may have any number of names of any length. */
const LONGEST = 1000;

/** The peer chose the names in the text, and programs write the messages of errors to terminals and logs. */
function forLogs(text: string): string {
  const safe = safeText(text);
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
}

const SAY_NOTHING: ReadonlySet<DiagnosisName> = new Set(['unexplained', 'incomplete', 'ok']);

/** What does not change from one refusal to the next, made once: it takes some 10 ms. */
type Known = Pick<Facts, 'origins' | 'skipped' | 'orphans' | 'clock'> & {
  list: CertificateList;
  distrust: ReturnType<typeof readDistrust>;
};

const known = new WeakMap<TrustSet, Known>();

function gather(refused: RefusedPeer): Facts {
  const { host, port, servername, sent: ders, set } = refused;
  const now = Date.now();
  const { list, distrust, ...machine } = knownOf(set, now);
  const budget = Budget.atOnce();
  const sent = readSent(ders, budget);
  const outcome = outcomeOf(refused);
  return {
    ...machine,
    now,
    target: { host, port, servername, proxyCredentials: false, allowPrivate: false },
    handshake: { outcome, messages: { certificates: [...ders], wantsClientCertificate: false } },
    sent,
    budget,
    isLate: false,
    hostMismatch: outcome.state === 'trusted' ? refused.error.message : undefined,
    judged: 'merged',
    lists: { merged: { list, outcome, distrust: distrust?.(sent[0]) } },
    userDirectory: userConfigDirectory(process.env),
  };
}

/** Names are compared once the chain is trusted. */
function outcomeOf({ error }: RefusedPeer): HandshakeOutcome {
  const { code = '', message, fingerprint256 } = error;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { state: 'trusted' };
  const culprit = code === 'CERT_REJECTED' ? fingerprint256 : undefined;
  return { state: 'refused', code, message, ...(culprit === undefined ? {} : { culprit }) };
}

function knownOf(set: TrustSet, now: number): Known {
  const before = known.get(set);
  if (before) return before;
  const certificates = set.certificates.flatMap((pem) => tryReadCertificate(pem) ?? []);
  const made = { list: new CertificateList(certificates), ...readStore(set, now) };
  const judge = new PeerJudges(set).for({});
  const all: Known = {
    ...made,
    clock: readClock(certificates, now),
    distrust: readDistrust(set, made.skipped, judge, undefined),
  };
  known.set(set, all);
  return all;
}

/** What the store said when the set was made. */
function readStore(
  { store }: TrustSet,
  now: number,
): Pick<Known, 'origins' | 'skipped' | 'orphans'> {
  const origins = new Map<string, CertificateSource[]>();
  const skipped: SkippedCertificate[] = [];
  const policy = { purpose: 'server-auth', intermediates: true, expired: false, now } as const;
  for (const one of store?.certificates(policy) ?? []) {
    const sources = one.sources.map((source) => ({ origin: 'system' as const, ...source }));
    origins.set(one.fingerprint256, sources);
    const certificate = one.skipped === undefined ? undefined : tryReadCertificate(one.der);
    if (certificate && one.skipped) skipped.push({ certificate, reason: one.skipped, sources });
  }
  const orphans = skipped
    .filter(({ reason }) => reason === 'orphan')
    .map(({ certificate }) => certificate);
  return { origins, skipped, orphans };
}
