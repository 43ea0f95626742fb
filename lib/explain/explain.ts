/**
 * Finds out why a host is or is not trusted, and what would change that.
 */
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

import { Deadline } from '../base/deadline.js';
import { log } from '../base/log.js';
import type { Certificate } from '../certificate/certificate.js';
import { Budget, readSent } from '../chain/budget.js';
import { completeChain } from '../chain/completion/complete.js';
import { DiskCache } from '../chain/completion/disk-cache.js';
import { Intermediates } from '../chain/completion/intermediates.js';
import { followPath, withoutThose } from '../chain/path.js';
import { inTurns } from '../chain/search.js';
import { userCacheDirectory, userConfigDirectory } from '../files/user-directory.js';
import { describeProxy, parseProxy, proxyFromEnvironment } from '../network/proxy.js';
import type { Proxy } from '../network/proxy.js';
import { findFatalLater } from '../runtime/fatal-keys.js';
import { readDers } from '../trust/user-cas/certificate-bytes.js';
import { pathWith } from './diagnose/diagnose-accepted.js';
import { toExplanation } from './explanation.js';
import { readClock } from './gather/clock.js';
import type { Facts } from './gather/facts.js';
import { learnPaths } from './gather/learn-paths.js';
import { readSources } from './gather/sources.js';
import type { Source, Sources } from './gather/sources.js';
import { storeCommand } from './gather/store-command.js';
import { shakeHands } from './handshake/handshake.js';
import type { Handshake, HandshakeOutcome, HandshakeTarget } from './handshake/handshake.js';
import { readSurroundings } from './machine/environment.js';
import { resolveExplainOptions } from './options.js';
import type { ResolvedExplainOptions } from './options.js';
import { isAboutRoot, withOtherStores } from './other-stores/host-words.js';
import { readOtherStores, surroundingsOf } from './other-stores/other-stores.js';
import { parseTarget } from './target.js';
import type { Target } from './target.js';
import type { ExplainOptions, Explanation, SourceName } from './types.js';

/** See `explain` in api.ts. */
export async function explain(
  target: string | URL,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const resolved = resolveExplainOptions(options);
  const deadline = new Deadline(resolved.timeoutMs);
  try {
    return await explainIn(deadline.signal, target, resolved);
  } finally {
    deadline.release();
  }
}

async function explainIn(
  signal: AbortSignal,
  target: string | URL,
  options: ResolvedExplainOptions,
): Promise<Explanation> {
  const parsed = parseTarget(target instanceof URL ? target.href : target, options.startTls);
  const proxy = chooseProxy(parsed, options);
  report(options, 'reading the lists of CAs');
  const sources = await readSources(options);
  const to: HandshakeTarget = {
    ...parsed,
    signal,
    servername: options.servername ?? parsed.host,
    proxy,
    proxyCAs: sources.lists.merged?.ca ?? [],
  };
  const judged: SourceName = options.ca === undefined ? 'merged' : 'ca';
  const through = proxy ? ` through ${describeProxy(proxy)}` : '';
  report(options, `connecting to ${parsed.host}:${parsed.port}${through}`);
  const handshake = await shakeHands(to, { ca: sources.lists[judged]?.ca });
  const facts = await gather(to, sources, judged, handshake, options);
  if (options.fetchIssuers) await complete(facts, sources, to, options);
  await inTurns(learnPaths(facts), facts.budget, signal);
  if (facts.handshake.outcome.state === 'trusted') {
    const path = (pathWith(facts, judged)?.steps ?? []).map(({ certificate }) => certificate);
    // Node links sent certificates by name, whether or not the signature fits.
    const linked = facts.sent.filter(({ subject }) =>
      path.some(({ issuer }) => issuer === subject),
    );
    facts.fatal = await findFatalLater([...path, ...linked], signal);
  }
  facts.isLate = signal.aborted;
  const explanation = toExplanation(facts, sources, proxy);
  return tellOfOthers(explanation, facts, options);
}

/** Reads the lists of browsers and Java, but only to name them, and only if no list of this machine has the root. */
function tellOfOthers(
  explanation: Explanation,
  facts: Facts,
  options: ResolvedExplainOptions,
): Explanation {
  if (!explanation.diagnoses.some(isAboutRoot)) return explanation;
  report(options, 'looking at the CAs of other programs');
  const { env } = options.trust.systemOptions;
  const wsl = readSurroundings(env).wsl === true;
  const elsewhere = { stores: readOtherStores(surroundingsOf(env)), wsl };
  const diagnoses = explanation.diagnoses.map((diagnosis) =>
    withOtherStores(diagnosis, facts, elsewhere),
  );
  return { ...explanation, diagnoses };
}

function report({ onProgress }: ResolvedExplainOptions, step: string): void {
  log('debug', step);
  onProgress?.(step);
}

function chooseProxy(target: Target, { proxy }: ResolvedExplainOptions): Proxy | undefined {
  if (proxy === false) return undefined;
  if (typeof proxy === 'string') return parseProxy(proxy, 'proxy');
  // HTTPS_PROXY is for https; mail and database clients each treat it differently.
  if (target.startTls) return undefined;
  return proxyFromEnvironment('https', target.host, target.port, process.env);
}

async function gather(
  to: HandshakeTarget,
  sources: Sources,
  judged: SourceName,
  handshake: Handshake,
  options: ResolvedExplainOptions,
): Promise<Facts> {
  const ders = await readChain(to, handshake);
  const budget = new Budget();
  const sent = readSent(ders, budget);
  const lists: Facts['lists'] = {};
  const distrust = sources.distrust?.(sent[0]);
  for (const [name, { list, judge }] of entries(sources)) {
    lists[name] = { list, distrust: judge && distrust };
  }
  const outcome = underDistrust(handshake.outcome, sources.lists[judged], ders);
  const judgedFacts = lists[judged];
  if (judgedFacts) judgedFacts.outcome = outcome;
  if (handshake.outcome.state !== 'failed') {
    report(options, 'asking OpenSSL with each list');
    await tryLists(to, sources, lists, ders);
  }
  const now = Date.now();
  return {
    now,
    target: {
      ...to,
      proxyCredentials: to.proxy?.credentials !== undefined,
      proxyUrl: to.proxy && describeProxy(to.proxy),
      allowPrivate: options.allowPrivate,
    },
    handshake: { ...handshake, outcome },
    sent,
    budget,
    isLate: false,
    hostMismatch: checkHost(to.servername, sent[0]),
    judged,
    rootList: sources.rootList,
    lists,
    origins: sources.origins,
    skipped: sources.skipped,
    clock: readClock(sources.lists.bundled?.list.certificates ?? [], now),
    orphans: sources.orphans,
    userDirectory: userConfigDirectory(options.trust.systemOptions.env),
    storeCommand: storeCommand(options.trust.systemOptions.env),
  };
}

/** Bun and Deno do not tell the secrets of TLS 1.3. They connect again with TLS 1.2, which shows the chain in plain text. */
async function readChain(to: HandshakeTarget, { messages, outcome }: Handshake): Promise<Buffer[]> {
  if (messages.certificates.length > 0 || outcome.state === 'failed') return messages.certificates;
  const again = await shakeHands(to, { maxVersion: 'TLSv1.2' });
  return again.messages.certificates;
}

function entries({ lists }: Sources): [SourceName, NonNullable<Sources['lists'][SourceName]>][] {
  return Object.entries(lists) as [SourceName, NonNullable<Sources['lists'][SourceName]>][];
}

/** Tries the lists at the same time: there are few, and each connection closes at once. */
async function tryLists(
  to: HandshakeTarget,
  sources: Sources,
  lists: Facts['lists'],
  sent: readonly Buffer[],
): Promise<void> {
  const work = entries(sources).map(async ([name, source]) => {
    const facts = lists[name];
    if (!facts || facts.outcome || source.list.certificates.length === 0) return;
    const { outcome } = await shakeHands(to, { ca: source.ca, isOneOfMany: true });
    facts.outcome = underDistrust(outcome, source, sent);
  });
  await Promise.all(work);
}

/** Turns an accepted connection into a refused one if the machine distrusts a certificate of its chain. */
function underDistrust(
  outcome: HandshakeOutcome,
  source: Source | undefined,
  sent: readonly Buffer[],
): HandshakeOutcome {
  if (outcome.state !== 'trusted') return outcome;
  const refusal = source?.judge?.refusal({ linked: sent, sent: () => sent });
  if (!refusal) return outcome;
  const { code, message, fingerprint256: culprit } = refusal;
  return { state: 'refused', code, message, culprit };
}

function checkHost(servername: string, leaf: Certificate | undefined): string | undefined {
  if (!leaf) return undefined;
  const names = leaf.subject
    .split('\n')
    .flatMap((line) => (line.startsWith('CN=') ? line.slice(3) : []));
  const shown = {
    subject: names.length > 0 ? { CN: names } : {},
    subjectaltname: leaf.x509.subjectAltName,
  };
  // Holds only what the check reads: Node's toLegacyObject() has everything, but crashes at some keys (see sentCertificates).
  return checkServerIdentity(servername, shown as unknown as PeerCertificate)?.message;
}

/** Fetches issuers only if the chain ends nowhere. What is fetched is offered only after OpenSSL has accepted it. */
async function complete(
  facts: Facts,
  sources: Sources,
  to: HandshakeTarget,
  options: ResolvedExplainOptions,
): Promise<void> {
  const [leaf] = facts.sent;
  const source = sources.lists[facts.judged];
  if (facts.handshake.outcome.state !== 'refused' || !leaf || !source) return;
  const { judge, list } = source;
  const avoid = judge && ((one: Certificate) => judge.isDistrusted(one, leaf.validFrom));
  const { budget, now } = facts;
  const { signal } = to;
  const sent = withoutThose(facts.sent, avoid);
  const path = await inTurns(followPath({ leaf, sent, list, now, budget }), budget, signal);
  if (path.end !== 'no-issuer') return;
  report(options, 'looking for the missing issuer');
  const known = new Intermediates(
    new DiskCache(userCacheDirectory(options.trust.systemOptions.env)),
  );
  const completion = await completeChain(leaf, sent, list, {
    now,
    budget,
    signal,
    avoid,
    remembered: (certificate) => known.issuersOf(certificate),
    parse: readDers,
    fetch: {
      allowPrivate: options.allowPrivate,
      proxyCAs: to.proxyCAs ?? [],
      proxyFor: (url) =>
        options.proxy === false
          ? undefined
          : proxyFromEnvironment('http', url.hostname, Number(url.port || 80), process.env),
    },
  });
  const { intermediates } = completion;
  const confirmed = completion.complete && (await isAcceptedWith(intermediates, source, to, facts));
  facts.completion = { ...completion, confirmed };
}

async function isAcceptedWith(
  intermediates: readonly Certificate[],
  source: Source,
  to: HandshakeTarget,
  { sent }: Facts,
): Promise<boolean> {
  const ca = [...(source.ca ?? []), ...intermediates.map(({ pem }) => pem)];
  const { outcome } = await shakeHands(to, { ca });
  const pool = [...sent, ...intermediates].map(({ der }) => der);
  return underDistrust(outcome, source, pool).state === 'trusted';
}
