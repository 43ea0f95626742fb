/**
 * Explains chains that would be good if a certificate of the list did not lead OpenSSL the wrong way. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { day, plainFingerprint, shortName } from '../../certificate/names.js';
import { findGoodPath, isValidAt, withoutThose } from '../../chain/path.js';
import type { PathStep } from '../../chain/path.js';
import { atOnce } from '../../chain/search.js';
import type { ExaminedChain } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';
import { placesOf } from '../words.js';

export function diagnoseShadows(chain: ExaminedChain): Diagnosis[] {
  const { leaf, facts, list, path, distrust } = chain;
  const sent = withoutThose(facts.sent, distrust?.has);
  const good = atOnce(findGoodPath({ ...facts, leaf, sent, list }, facts.now));
  if (!good) return [];
  const used = new Set(good.map(({ fingerprint256 }) => fingerprint256));
  const astray = path.steps.filter(
    ({ certificate, from }) => from === 'list' && !used.has(certificate.fingerprint256),
  );
  const expired = astray.find(({ certificate }) => !isValidAt(certificate, facts.now));
  if (expired) return [expiredTwin(chain, expired.certificate)];
  const falseIssuer = issuerThatDidNotSign(path.steps);
  if (falseIssuer) return [sameName(chain, falseIssuer)];
  const orphan = path.end === 'no-issuer' ? astray[astray.length - 1] : undefined;
  return orphan ? [orphanCrossSign(chain, orphan.certificate)] : [];
}

function issuerThatDidNotSign(steps: readonly PathStep[]): Certificate | undefined {
  const at = steps.findIndex(({ signedByNext }) => signedByNext === false);
  return at < 0 ? undefined : steps[at + 1]?.certificate;
}

/** The remedy is the same for all: the certificate has to leave the list. */
function removal({ facts }: ExaminedChain, { fingerprint256 }: Certificate): string {
  const places = placesOf(facts.origins.get(fingerprint256));
  const where = places === '' ? 'the list' : places;
  return `Take it out of ${where}, or leave it out: \`inject({ exclude: ['${plainFingerprint(fingerprint256)}'] })\`.`;
}

function expiredTwin(chain: ExaminedChain, twin: Certificate): Diagnosis {
  return {
    name: 'expired-twin',
    severity: 'error',
    summary:
      `The list has a copy of “${shortName(twin.subject)}” that expired on ${day(twin.validTo)}; OpenSSL ` +
      'prefers it to the valid one.',
    remedy: removal(chain, twin),
    certificates: [twin.fingerprint256],
  };
}

function orphanCrossSign(chain: ExaminedChain, orphan: Certificate): Diagnosis {
  return {
    name: 'orphan-cross-sign',
    severity: 'error',
    summary:
      `The list has “${shortName(orphan.subject)}” as issued by “${shortName(orphan.issuer)}”, which it ` +
      'does not have; OpenSSL follows it instead of the good path and gets stuck.',
    remedy: removal(chain, orphan),
    certificates: [orphan.fingerprint256],
  };
}

function sameName(chain: ExaminedChain, wrong: Certificate): Diagnosis {
  return {
    name: 'same-name-roots',
    severity: 'error',
    summary:
      `Two CAs are called “${shortName(wrong.subject)}”; OpenSSL takes the one that did not sign the ` +
      'server’s certificate.',
    remedy:
      `${removal(chain, wrong)} Better still, ask the server’s owner for a certificate with an ` +
      'authority key identifier, which tells them apart.',
    certificates: [wrong.fingerprint256],
  };
}
