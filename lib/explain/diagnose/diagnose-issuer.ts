/**
 * Explains chains that end nowhere, or at a root that is in no list. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { day, plainFingerprint, shortName } from '../../certificate/names.js';
import { isValidAt } from '../../chain/path.js';
import type { CertificateList } from '../../chain/path.js';
import type { SkipReason } from '../../types.js';
import type { ExaminedChain, Facts } from '../gather/facts.js';
import type { Diagnosis, Fix } from '../types.js';
import { mayIssue } from '../may-issue.js';
import { doctorAgain, placesOf } from '../words.js';
import { inspectionProduct } from './inspectors.js';

export function diagnoseIssuer(chain: ExaminedChain): Diagnosis[] {
  const { leaf, path, facts } = chain;
  const last = path.steps[path.steps.length - 1]?.certificate ?? leaf;
  const skipped = heldBack(facts, chain.list, last);
  if (skipped) return [skipped];
  if (leaf.selfSigned) return [selfSigned(chain)];
  const namesake = differentKeyInList(chain, last);
  if (namesake) return [renewedRoot(chain, last, namesake)];
  if (path.end === 'self-signed') return [untrustedRoot(facts, last)];
  if (path.end === 'anchor') return [];
  if (facts.completion?.complete === true) return [missingIntermediate(facts, last)];
  if (facts.completion?.untrustedRoot) {
    return [untrustedRoot(facts, facts.completion.untrustedRoot)];
  }
  const onPath = new Set(path.steps.map(({ certificate }) => certificate.fingerprint256));
  const orphan =
    facts.orphans.find(
      (candidate) => onPath.has(candidate.fingerprint256) || last.x509.checkIssued(candidate.x509),
    ) ?? path.steps.find(({ from }) => from === 'list')?.certificate;
  if (orphan) return [partialChain(chain, orphan)];
  if (last !== leaf && last.validTo < facts.now) return [expiredCrossSign(facts, last)];
  return [unknownIssuer(facts, last)];
}

function selfSigned({ leaf, facts }: ExaminedChain): Diagnosis {
  const isCA = mayIssue(leaf);
  const fix: Fix = {
    kind: 'self-signed',
    certificates: [leaf.pem],
    ...(isCA ? { forEveryHost: true } : {}),
  };
  const isValid = isValidAt(leaf, facts.now);
  return {
    name: 'self-signed',
    severity: 'error',
    summary:
      `The server’s certificate “${shortName(leaf.subject)}” is self-signed: no CA vouches for it. ` +
      `Its SHA-256 fingerprint is ${plainFingerprint(leaf.fingerprint256)}.${isCA ? ` ${FOR_EVERY_HOST}` : ''}`,
    remedy: isValid
      ? selfSignedRemedy(leaf, facts, isCA)
      : 'Ask the server’s owner for one that is valid now; then trust that one.',
    certificates: [leaf.fingerprint256],
    ...(isValid ? { fix } : {}),
  };
}

/** RFC 5280 §4.2.1.9: a certificate with CA:TRUE may issue others, and a list of CAs cannot say "this host alone". */
const FOR_EVERY_HOST =
  'It may also issue certificates, as OpenSSL makes them by default: trusted, its key can vouch for every host.';

function selfSignedRemedy(leaf: Certificate, facts: Facts, isCA: boolean): string {
  const flags = ['--fix', '--fingerprint', plainFingerprint(leaf.fingerprint256)];
  const compared =
    'Compare the fingerprint with what the server’s owner reads out to you. If it is the same, ' +
    `${doctorAgain(facts, ...flags)} saves the certificate to ${facts.userDirectory}.`;
  return isCA
    ? 'Better ask the server’s owner for a certificate with CA:FALSE, which counts for the names in it alone. ' +
        `Or trust this one for every host: ${lowerFirst(compared)}`
    : compared;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A certificate of the list with the wanted name and another key. */
function differentKeyInList({ list }: ExaminedChain, last: Certificate): Certificate | undefined {
  const wanted = last.selfSigned ? last.subject : last.issuer;
  return list.named(wanted).find(({ fingerprint256 }) => fingerprint256 !== last.fingerprint256);
}

function renewedRoot(
  { facts }: ExaminedChain,
  last: Certificate,
  namesake: Certificate,
): Diagnosis {
  const name = shortName(namesake.subject);
  const places = placesOf(facts.origins.get(namesake.fingerprint256));
  return {
    name: 'same-name-roots',
    severity: 'error',
    summary:
      `The list has a CA called “${name}”${places === '' ? '' : ` (${places})`}, but with another key than the ` +
      'one that signed this chain: either it was renewed, or this is another CA.',
    remedy:
      `Get the present certificate of “${name}” from the owner of that CA, compare fingerprints, and add ` +
      `it to the system store${byCommand(facts)} or to ${facts.userDirectory}.`,
    certificates: [namesake.fingerprint256, ...(last.selfSigned ? [last.fingerprint256] : [])],
  };
}

/** The certificate that the chain needs is in a list, but may not end a chain there, or is left out. */
export function heldBack(
  facts: Facts,
  list: CertificateList,
  last: Certificate,
): Diagnosis | undefined {
  // The signature as well, because OpenSSL's own question (checkIssued) is no for an issuer that may not issue.
  const isWanted = (certificate: Certificate): boolean =>
    last.selfSigned
      ? certificate.fingerprint256 === last.fingerprint256
      : certificate.subject === last.issuer &&
        (last.x509.checkIssued(certificate.x509) || isSignedBy(last, certificate));
  const skipped = facts.skipped.find(
    ({ certificate, reason }) => reason in LEFT_OUT && isWanted(certificate),
  );
  // A self-signed certificate that is no CA is trusted as itself alone.
  const own = list.named(last.issuer).find((one) => !one.isCA && one !== last && isWanted(one));
  const certificate = skipped?.certificate ?? own;
  const words = LEFT_OUT[skipped?.reason ?? 'not-a-ca'];
  if (!certificate || !words) return undefined;
  const sources = skipped?.sources ?? facts.origins.get(certificate.fingerprint256) ?? [];
  return {
    name: words.name,
    severity: 'error',
    summary: `“${shortName(certificate.subject)}”, which the chain needs, is in ${placesOf(sources) || 'the list'}, but ${words.why}.`,
    remedy: words.remedy,
    certificates: [certificate.fingerprint256],
  };
}

/** Only asked of keys in this machine's lists. */
function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return certificate.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

/** Why a certificate in the store is not used, and what its owner can do. Distrust has rules of its own. */
const LEFT_OUT: Partial<Record<SkipReason, Pick<Diagnosis, 'name' | 'remedy'> & { why: string }>> =
  {
    expired: {
      name: 'expired',
      why: 'has expired',
      remedy:
        'Get its renewed certificate from the owner of that CA, and put it in the place of the old one.',
    },
    'not-yet-valid': {
      name: 'not-yet-valid',
      why: 'is not valid yet',
      remedy:
        'Check the clock of this machine. If it is right, get a certificate that is valid now from the owner of that CA.',
    },
    purpose: {
      name: 'wrong-usage',
      why: 'not for TLS servers (extended key usage, or the purposes of the store)',
      remedy:
        'Allow it for server authentication in the store, or ask the owner of that CA for one that is meant for servers.',
    },
    'not-a-ca': {
      name: 'not-a-ca',
      why: 'it may not issue certificates (basic constraints or key usage)',
      remedy:
        'Adding it again does not help. Ask the owner of that CA for a new certificate of it, with basicConstraints ' +
        'CA:TRUE and the key usage keyCertSign, and put it in the place of this one.',
    },
    'not-trusted': {
      name: 'untrusted-root',
      why: 'only among the intermediates, and a root counts only among the trusted roots',
      remedy:
        'Ask the administrator of this machine to move it to the trusted roots (Windows: `certutil -addstore Root FILE.cer`).',
    },
  };

function byCommand({ storeCommand }: Facts): string {
  return storeCommand === undefined ? '' : ` (\`${storeCommand}\`)`;
}

function untrustedRoot(facts: Facts, root: Certificate): Diagnosis {
  const product = inspectionProduct([root.subject, ...facts.sent.map(({ issuer }) => issuer)]);
  const inspected =
    product === undefined ? '' : ` By its name it belongs to ${product}, which inspects TLS.`;
  return {
    name: 'untrusted-root',
    severity: 'error',
    summary: `The chain ends at “${shortName(root.subject)}”, which is in no list of this machine.${inspected}`,
    remedy:
      'Ask your administrator for this root, not the connection: compare its SHA-256 fingerprint ' +
      `${plainFingerprint(root.fingerprint256)}. Then add it to the system store${byCommand(facts)}, or as a file to ${facts.userDirectory}.`,
    certificates: [root.fingerprint256],
  };
}

function missingIntermediate(facts: Facts, last: Certificate): Diagnosis {
  const { completion, userDirectory } = facts;
  const found = completion?.intermediates ?? [];
  const names = found.map(({ subject }) => `“${shortName(subject)}”`).join(', ');
  const url = completion?.attempts.find(({ outcome }) => outcome === 'used')?.url ?? '';
  // The user's directory is no part of a `ca` option.
  const isCA = facts.judged === 'ca';
  const offer = completion?.confirmed === true && !isCA;
  const until = isCA
    ? 'add the certificate to those of the `ca` option'
    : `${doctorAgain(facts, '--fix')} saves the certificate to ${userDirectory}`;
  return {
    name: 'missing-intermediate',
    severity: 'error',
    summary:
      `The server does not send ${names}, which issued “${shortName(last.subject)}”. It was found at ` +
      `${url}, and with it the chain is trusted. Browsers hide this by fetching it.`,
    remedy:
      `Ask the server’s owner to send the full chain. Until then, ${until}; it is used to complete chains and ` +
      'trusted for nothing by itself.',
    certificates: found.map(({ fingerprint256 }) => fingerprint256),
    ...(offer ? { fix: { kind: 'intermediate', certificates: found.map(({ pem }) => pem) } } : {}),
  };
}

/** The administrator made an anchor of a certificate that is not self-signed; Node does not end a chain there. */
function partialChain({ facts }: ExaminedChain, last: Certificate): Diagnosis {
  const origins = facts.origins.get(last.fingerprint256);
  const places = placesOf(origins);
  // A file says of none of its certificates that it may end a chain; these stores do.
  const isAnchor = origins?.some(
    ({ kind }) => kind === 'windows-store' || kind === 'macos-trust-domain',
  );
  const ending =
    isAnchor === true
      ? ', or use `createSecureContext({ allowPartialTrustChain: true })` of os-truststore (Node 20.20, 22.12 or newer)'
      : '';
  return {
    name: 'partial-chain',
    severity: 'error',
    summary:
      `“${shortName(last.subject)}” is in ${places === '' ? 'the list' : places}, but its issuer ` +
      `“${shortName(last.issuer)}” is nowhere, and Node wants the whole chain.`,
    remedy: `Get “${shortName(last.issuer)}” from the owner of that CA, and add it beside it${ending}.`,
    certificates: [last.fingerprint256],
  };
}

/** The server goes on sending what an older root once said of its CA. Its end is past, and so, mostly, is that root. */
function expiredCrossSign(facts: Facts, last: Certificate): Diagnosis {
  const name = shortName(last.subject);
  return {
    name: 'expired',
    severity: 'error',
    summary:
      `The server sends “${name}” as issued by “${shortName(last.issuer)}”, which expired on ${day(last.validTo)}. ` +
      `No list here has “${name}” itself, and “${shortName(last.issuer)}” would not help.`,
    remedy:
      `Get the root certificate of “${name}” from that CA, and add it to the system store${byCommand(facts)} or to ` +
      `${facts.userDirectory}. Ask the server’s owner to send the present chain of its CA.`,
    certificates: [last.fingerprint256],
  };
}

function unknownIssuer(facts: Facts, last: Certificate): Diagnosis {
  const issuer = shortName(last.issuer);
  const attempt = facts.completion?.attempts[facts.completion.attempts.length - 1];
  const isPrivate = attempt?.outcome === 'private-address';
  const tried = attempt ? ` Looked for it at ${attempt.url}: ${attempt.message}.` : '';
  return {
    name: 'unknown-issuer',
    severity: 'error',
    summary:
      `“${shortName(last.subject)}” was issued by “${issuer}”, which the server does not send and no list ` +
      `here has.${tried}`,
    remedy: isPrivate
      ? `The address is private, so it is not asked. If it may be: ${doctorAgain(facts, '--allow-private')}. ` +
        'For https and fetch in a program: the options `fetchIntermediates` and `allowPrivateAddresses`.'
      : `Get “${issuer}” from the server’s owner or that CA. If it is a root, add it to the system ` +
        `store${byCommand(facts)} or to ${facts.userDirectory}; if it is an intermediate, ask the server’s owner to send it.`,
    certificates: [last.fingerprint256],
  };
}
