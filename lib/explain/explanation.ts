/**
 * Converts the facts to the explanation that callers get. Pure.
 */
import { describeProxy } from '../network/proxy.js';
import type { Proxy } from '../network/proxy.js';
import { anchorWith } from './diagnose/diagnose-accepted.js';
import { diagnose } from './diagnose/diagnose.js';
import { toExplained } from './explained.js';
import type { Facts, ListFacts } from './gather/facts.js';
import type { Sources } from './gather/sources.js';
import type { Explanation, SourceName, SourceVerdict } from './types.js';

export function toExplanation(
  facts: Facts,
  sources: Sources,
  proxy: Proxy | undefined,
): Explanation {
  const { host, port, servername, startTls } = facts.target;
  const { handshake } = facts;
  const diagnoses = diagnose(facts);
  return {
    target: {
      host,
      port,
      servername,
      ...(startTls ? { startTls } : {}),
      ...(proxy ? { proxy: describeProxy(proxy) } : {}),
    },
    ok:
      handshake.outcome.state === 'trusted' &&
      handshake.endedByServer !== true &&
      facts.hostMismatch === undefined,
    judged: facts.judged,
    diagnoses,
    connection: {
      ...(handshake.address === undefined ? {} : { address: handshake.address }),
      ...(handshake.protocol === undefined ? {} : { protocol: handshake.protocol }),
      ...(handshake.cipher === undefined ? {} : { cipher: handshake.cipher }),
      wantsClientCertificate: handshake.messages.wantsClientCertificate,
    },
    chain: facts.sent.map(toExplained),
    sources: (Object.keys(sources.lists) as SourceName[]).map((name) =>
      toVerdict(facts, name, facts.lists[name]),
    ),
    fetches: facts.completion?.attempts ?? [],
    errors: sources.errors,
    runtime: { name: process.release.name, version: process.version },
    checkedAt: new Date(facts.now).toISOString(),
  };
}

function toVerdict(facts: Facts, source: SourceName, list: ListFacts | undefined): SourceVerdict {
  const certificates = list?.list.certificates.length ?? 0;
  const outcome = list?.outcome;
  if (outcome?.state === 'refused') {
    const { code, message } = outcome;
    return { source, certificates, verdict: 'refused', error: { code, message } };
  }
  if (outcome?.state === 'trusted') {
    const anchor = anchorWith(facts, source);
    return {
      source,
      certificates,
      verdict: 'trusted',
      ...(anchor
        ? {
            anchor: {
              subject: anchor.subject,
              fingerprint256: anchor.fingerprint256,
              sources: facts.origins.get(anchor.fingerprint256) ?? [],
            },
          }
        : {}),
    };
  }
  return { source, certificates, verdict: certificates === 0 ? 'empty' : 'not-tried' };
}
