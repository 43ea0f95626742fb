/**
 * Describes chains that are trusted: by which list, and for how long. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import {
  day,
  hasBrokenHash,
  hasShortKey,
  keyName,
  shortName,
  signatureName,
} from '../../certificate/names.js';
import { MOST_CERTIFICATES, MOST_SIGNATURES } from '../../chain/budget.js';
import { followPath, withoutThose } from '../../chain/path.js';
import type { Path } from '../../chain/path.js';
import { atOnce } from '../../chain/search.js';
import type { DistrustFacts, Facts } from '../gather/facts.js';
import type { Diagnosis, SourceName } from '../types.js';
import { FATAL_REMEDY, USE_INJECT, doctorAgain, hasOrigin, placesOf } from '../words.js';
import { diagnoseShadows } from './diagnose-shadows.js';
import { inspectionProduct } from './inspectors.js';

export function pathWith(facts: Facts, source: SourceName): Path | undefined {
  const [leaf] = facts.sent;
  const { list, distrust } = facts.lists[source] ?? {};
  if (!leaf || !list) return undefined;
  const sent = withoutThose(facts.sent, distrust?.has);
  return atOnce(followPath({ ...facts, leaf, sent, list }));
}

/** The certificate that ends the chain. */
export function anchorWith(facts: Facts, source: SourceName): Certificate | undefined {
  const path = pathWith(facts, source);
  return path?.end === 'anchor' ? path.steps[path.steps.length - 1]?.certificate : undefined;
}

export function diagnoseAccepted(facts: Facts): Diagnosis[] {
  if (facts.fatal) return [runtimeCrash(facts.fatal)];
  const anchor = anchorWith(facts, facts.judged);
  const alone = facts.lists.default?.outcome;
  if (facts.judged === 'ca' || alone?.state !== 'refused') return [ok(facts, anchor)];
  const [leaf] = facts.sent;
  const list = facts.lists.default?.list;
  const path = pathWith(facts, 'default');
  if (leaf && list && path) {
    const shadows = diagnoseShadows({ facts, leaf, list, path, refusal: alone });
    if (shadows.length > 0) return shadows.map(worksWithUs);
  }
  if (anchor && !list?.has(anchor)) return [rootOnlyHere(facts, anchor)];
  return [intermediateOnlyHere(facts)];
}

function ok({ target }: Facts, anchor: Certificate | undefined): Diagnosis {
  const end = anchor ? ` The chain ends at “${shortName(anchor.subject)}”.` : '';
  return {
    name: 'ok',
    severity: 'info',
    summary: `${target.host}:${target.port} is trusted.${end}`,
    remedy: 'Nothing needs to be done.',
    certificates: anchor ? [anchor.fingerprint256] : [],
  };
}

function runtimeCrash({ subject, fingerprint256, key }: Certificate): Diagnosis {
  return {
    name: 'runtime-crash',
    severity: 'error',
    summary:
      `The chain is trusted, and Node ${process.version} ends the process when it connects: at “${shortName(subject)}”, ` +
      `whose key is on the curve ${key.curve ?? 'unknown'}. It is a fault of Node’s, in getPeerCertificate().`,
    remedy: FATAL_REMEDY,
    certificates: [fingerprint256],
  };
}

function worksWithUs(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    summary: `${diagnosis.summary} Node alone fails; the merged list does not have this fault.`,
    remedy: `${USE_INJECT} Or: ${diagnosis.remedy}`,
  };
}

function rootOnlyHere(facts: Facts, anchor: Certificate): Diagnosis {
  const origins = facts.origins.get(anchor.fingerprint256);
  const name = shortName(anchor.subject);
  const bySystem = hasOrigin(origins, 'system');
  const places = placesOf(origins, bySystem ? 'system' : undefined);
  const product = inspectionProduct([anchor.subject, ...facts.sent.map(({ issuer }) => issuer)]);
  const isServer = anchor.fingerprint256 === facts.sent[0]?.fingerprint256;
  const who = isServer
    ? 'It is the server’s own certificate, trusted as itself.'
    : product === undefined
      ? 'It is the CA of a company or of a TLS-inspecting proxy.'
      : `By its name it belongs to a TLS-inspecting proxy: ${product}.`;
  return {
    name: bySystem ? 'system-only-root' : 'user-only-root',
    severity: 'error',
    summary:
      `The chain ends at “${name}”, which ${bySystem ? 'the system' : 'you'} trust${bySystem ? 's' : ''} ` +
      `(${places}) and Node alone does not.${bySystem ? ` ${who}` : ''}`,
    remedy: USE_INJECT,
    certificates: [anchor.fingerprint256],
  };
}

/** The root is Node's own, but an intermediate on the way to it comes only from the system or the user. */
function intermediateOnlyHere(facts: Facts): Diagnosis {
  const steps = pathWith(facts, facts.judged)?.steps ?? [];
  const helpers = steps.filter(
    ({ certificate, from }) => from === 'list' && !certificate.selfSigned,
  );
  const names = helpers.map(({ certificate }) => `“${shortName(certificate.subject)}”`).join(', ');
  const places = placesOf(
    helpers.flatMap(({ certificate }) => facts.origins.get(certificate.fingerprint256) ?? []),
  );
  return {
    name: 'missing-intermediate',
    severity: 'error',
    summary: `The server does not send ${names}. It is in ${places}, so the merged list completes the chain; Node alone cannot.`,
    remedy: `Ask the server’s owner to send the full chain. Until then: ${USE_INJECT}`,
    certificates: helpers.map(({ certificate }) => certificate.fingerprint256),
  };
}

const SHOWN = 6;
const SOON_MS = 14 * 24 * 60 * 60 * 1000;

/** Findings that are not faults yet. */
export function observations(facts: Facts): Diagnosis[] {
  const { sent, now, handshake } = facts;
  const found = rootList(facts);
  if (facts.budget.isExceeded || (facts.isLate && handshake.outcome.state !== 'failed')) {
    found.push({ ...incomplete(facts), severity: 'warning' });
  }
  if (handshake.outcome.state === 'trusted') {
    const path = pathWith(facts, facts.judged)?.steps.map(({ certificate }) => certificate) ?? [];
    found.push(
      ...soon(path, now),
      ...weak(path),
      ...unneeded(sent, path, facts.lists[facts.judged]?.distrust),
    );
  }
  if (handshake.messages.wantsClientCertificate && handshake.endedByServer !== true) {
    found.push(wantsCertificate());
  }
  return found;
}

/** Says that the diagnosis is incomplete, since it cannot judge what was not examined. */
export function incomplete(facts: Pick<Facts, 'isLate' | 'target'>): Diagnosis {
  const { isLate } = facts;
  return {
    name: 'incomplete',
    severity: 'error',
    summary: isLate
      ? 'Time was over before everything had been asked, so something may be missing here.'
      : `The server sends more than is looked at: ${MOST_CERTIFICATES} certificates, and ${MOST_SIGNATURES} signatures ` +
        'of the ways they can be put together, with usual keys. Something may be missing here.',
    remedy: isLate
      ? `Give it more time: ${doctorAgain(facts, '--timeout', '120')}.`
      : 'Ask the server’s owner to send its certificate and the one chain that leads to its root, and nothing else.',
    certificates: [],
  };
}

const TAKEN = {
  here: 'this process takes it for the machine’s CAs and those',
  'by-inject': 'under inject() it is taken for the machine’s CAs and those',
  never: 'this process was told to take it literally (rootLists, or defaults of its own)',
};

function rootList({ rootList: list }: Facts): Diagnosis[] {
  if (!list) return [];
  return [
    {
      name: 'root-list',
      severity: 'info',
      summary: `The \`ca\` option holds every root of Node and ${String(list.besides)} more: ${TAKEN[list.taken]}.`,
      remedy: 'Where it is to mean nothing but what it holds, call `inject({ rootLists: false })`.',
      certificates: [],
    },
  ];
}

function soon(path: readonly Certificate[], now: number): Diagnosis[] {
  return path
    .filter(({ validTo, selfSigned }) => !selfSigned && validTo >= now && validTo < now + SOON_MS)
    .map(({ subject, validTo, fingerprint256 }) => ({
      name: 'expires-soon',
      severity: 'warning',
      summary: `“${shortName(subject)}” expires on ${day(validTo)}.`,
      remedy: 'Ask the server’s owner to have it renewed before then.',
      certificates: [fingerprint256],
    }));
}

function weak(path: readonly Certificate[]): Diagnosis[] {
  return path.flatMap((certificate): Diagnosis[] => {
    const name = shortName(certificate.subject);
    const certificates = [certificate.fingerprint256];
    if (hasShortKey(certificate)) {
      const summary = `The key of “${name}” is short: ${keyName(certificate)}. Other programs refuse it.`;
      const remedy = 'Ask its CA for a new one, with RSA 2048 bits or more, or with P-256.';
      return [{ name: 'weak-key', severity: 'warning', summary, remedy, certificates }];
    }
    if (!hasBrokenHash(certificate) || certificate.selfSigned) return [];
    const summary = `“${name}” is signed with ${signatureName(certificate)}. Other programs refuse it.`;
    const remedy = 'Ask its CA for a new one, signed with SHA-256 or better.';
    return [{ name: 'weak-signature', severity: 'warning', summary, remedy, certificates }];
  });
}

function unneeded(
  sent: readonly Certificate[],
  path: readonly Certificate[],
  distrust: DistrustFacts | undefined,
): Diagnosis[] {
  const used = new Set(path.map(({ fingerprint256 }) => fingerprint256));
  const rest = sent.filter(
    ({ fingerprint256, selfSigned }) => !used.has(fingerprint256) && !selfSigned,
  );
  if (rest.length === 0) return [];
  const names = rest
    .slice(0, SHOWN)
    .map(
      (one) => `“${shortName(one.subject)}”${distrust?.has(one) === true ? ' (distrusted)' : ''}`,
    )
    .join(', ');
  const more = rest.length > SHOWN ? ` and ${rest.length - SHOWN} more` : '';
  return [
    {
      name: 'unneeded-certificates',
      severity: 'info',
      summary: `The server also sends ${names}${more}, which the chain does not need.`,
      remedy: 'Nothing breaks; a shorter chain is faster.',
      certificates: rest.map(({ fingerprint256 }) => fingerprint256),
    },
  ];
}

function wantsCertificate(): Diagnosis {
  return {
    name: 'client-certificate',
    severity: 'info',
    summary: 'The server asks for a client certificate, and goes on without one so far.',
    remedy:
      'If it then answers with an error (HTTP 400 or 403), pass `cert` and `key` of a client ' +
      'certificate it knows.',
    certificates: [],
  };
}
