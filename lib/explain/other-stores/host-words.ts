/**
 * Says of a root that no list here has which other program on this machine trusts it. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { plainFingerprint, shortName } from '../../certificate/names.js';
import { isValidAt } from '../../chain/path.js';
import type { Facts } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';
import { WINDOWS_TO_WSL, doctorAgain } from '../words.js';
import type { OtherStore } from './other-stores.js';

/** True when it is worth looking at the lists of other programs. */
export function isAboutRoot({ name }: Diagnosis): boolean {
  return name === 'untrusted-root' || name === 'unknown-issuer';
}

export interface Elsewhere {
  stores: readonly OtherStore[];
  wsl: boolean;
}

/** The diagnosis with what other programs say. It stays the same diagnosis, because nothing is trusted for their sake. */
export function withOtherStores(
  diagnosis: Diagnosis,
  facts: Facts,
  elsewhere: Elsewhere,
): Diagnosis {
  if (!isAboutRoot(diagnosis)) return diagnosis;
  const [fingerprint = ''] = diagnosis.certificates;
  // A root that the store holds and leaves out has a remedy of its own.
  if (facts.skipped.some(({ certificate }) => certificate.fingerprint256 === fingerprint)) {
    return diagnosis;
  }
  const isWanted = question(diagnosis, facts, fingerprint);
  const found = elsewhere.stores.flatMap(({ program, path, certificates }) => {
    const root = certificates.find(isWanted);
    return root ? [{ program, path, root }] : [];
  });
  const [first] = found;
  if (!first) return notFound(diagnosis, elsewhere);
  const places = found
    .filter(({ root }) => root.fingerprint256 === first.root.fingerprint256)
    .map(({ program, path }) => `${program} (${path})`);
  return trustedElsewhere(diagnosis, facts, first.root, places);
}

function question(
  { name }: Diagnosis,
  { sent, completion }: Facts,
  fingerprint: string,
): (candidate: Certificate) => boolean {
  if (name === 'untrusted-root') return (candidate) => candidate.fingerprint256 === fingerprint;
  const last = [...sent, ...(completion?.intermediates ?? [])].find(
    ({ fingerprint256 }) => fingerprint256 === fingerprint,
  );
  if (!last) return () => false;
  return (candidate) => candidate.subject === last.issuer && isIssuedBy(last, candidate);
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return (
      certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.x509.publicKey)
    );
  } catch {
    return false;
  }
}

/** More places than fit in a sentence. */
const SHOWN = 3;

function trustedElsewhere(
  diagnosis: Diagnosis,
  facts: Facts,
  root: Certificate,
  places: readonly string[],
): Diagnosis {
  const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : '';
  const who = `${places.slice(0, SHOWN).join(', ')}${more}`;
  const verb = places.length > 1 ? 'trust' : 'trusts';
  const command = facts.storeCommand === undefined ? '' : ` (\`${facts.storeCommand}\`)`;
  // Node trusts nothing besides a `ca` option.
  const place = facts.judged === 'ca' ? 'those of the `ca` option' : `the system store${command}`;
  const certificates = [...new Set([root.fingerprint256, ...diagnosis.certificates])];
  // The user's directory is no part of a `ca` option, and takes only what can be an anchor.
  const isSavable = facts.judged !== 'ca' && root.selfSigned && isValidAt(root, facts.now);
  const saving = isSavable
    ? ` For your own programs alone, ${doctorAgain(facts, '--fix')} saves it to ${facts.userDirectory}.`
    : '';
  return {
    ...diagnosis,
    summary:
      `${diagnosis.summary} ${who} on this machine ${verb} “${shortName(root.subject)}”, ` +
      'and the system’s store does not have it.',
    remedy:
      'Ask your administrator whether other programs are to trust it, too, and compare its SHA-256 fingerprint ' +
      `${plainFingerprint(root.fingerprint256)}. If so, add it to ${place}.${saving}`,
    certificates,
    ...(isSavable
      ? { fix: { kind: 'self-signed', certificates: [root.pem], forEveryHost: true } }
      : {}),
  };
}

function notFound(diagnosis: Diagnosis, { stores, wsl }: Elsewhere): Diagnosis {
  const unread = stores.flatMap(({ program, path, problem }) =>
    problem === undefined ? [] : `${program} (${path}: ${problem})`,
  );
  const notRead =
    unread.length === 0 ? '' : ` Not read: the CAs of ${unread.slice(0, SHOWN).join(', ')}.`;
  const windows = wsl
    ? ' This is WSL: Windows may trust it, whose store is not read from here.'
    : '';
  return {
    ...diagnosis,
    summary: `${diagnosis.summary}${windows}${notRead}`,
    remedy: wsl ? `${diagnosis.remedy} If Windows trusts it: ${WINDOWS_TO_WSL}` : diagnosis.remedy,
  };
}
