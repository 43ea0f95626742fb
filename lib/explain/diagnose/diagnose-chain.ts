/**
 * Finds out why OpenSSL refuses a chain. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { KeyPurpose, allowsPurpose } from '../../certificate/key-purposes.js';
import { hasBrokenHash, keyName, shortName, signatureName } from '../../certificate/names.js';
import { followPath } from '../../chain/path.js';
import type { PathStep } from '../../chain/path.js';
import { atOnce } from '../../chain/search.js';
import type { ExaminedChain, Facts, RefusedHandshake } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';
import { USE_INJECT, doctorAgain } from '../words.js';
import { CT_POISON, unknownCritical } from './critical-extensions.js';
import { incomplete } from './diagnose-accepted.js';
import { diagnoseDates } from './diagnose-dates.js';
import { diagnoseDistrust, pathWithoutDistrusted } from './diagnose-distrust.js';
import { diagnoseIssuer, heldBack } from './diagnose-issuer.js';
import { diagnoseShadows } from './diagnose-shadows.js';

export function diagnoseChain(facts: Facts, refusal: RefusedHandshake): Diagnosis[] {
  const [leaf] = facts.sent;
  const { list, distrust } = facts.lists[facts.judged] ?? {};
  if (!leaf || !list) return [unexplained(facts, refusal)];
  if (facts.budget.isSpent) return [incomplete(facts)];
  const path = atOnce(followPath({ ...facts, leaf, list }));
  const chain: ExaminedChain = { facts, leaf, list, path, refusal, distrust };
  const found = explicitCA(chain) ?? firstOf(chain);
  if (found.length > 0) return found;
  // For many faults Deno says only that the chain cannot be verified.
  const isOdd = path.steps.some(({ certificate }) => unknownCritical(certificate.der).length > 0);
  return [isOdd ? criticalExtension(path.steps) : unexplained(facts, refusal)];
}

type Rule = (chain: ExaminedChain) => Diagnosis[];

/** The explanation of the refusal. Rules for one exact error come before those that look at the path. */
function firstOf(chain: ExaminedChain): Diagnosis[] {
  if (chain.refusal.culprit !== undefined) return diagnoseDistrust(chain);
  const shadows = diagnoseShadows(chain);
  if (shadows.length > 0) return shadows;
  // OpenSSL reports only its last objection. A chain that ends nowhere is a separate objection.
  const parts: Rule[] = [diagnoseStrength, diagnoseDates, diagnoseUse, diagnoseForm];
  const found = parts.flatMap((rule) => rule(chain)).slice(0, 2);
  const distrust = diagnoseDistrust(chain);
  if (distrust.length > 0) return [...found, ...distrust];
  const path = pathWithoutDistrusted(chain);
  if (path.end !== 'anchor' || found.length === 0) {
    const known = new Set(found.map(({ summary }) => summary));
    const more = diagnoseIssuer({ ...chain, path });
    found.push(...more.filter(({ summary }) => !known.has(summary)));
  }
  return found.length > 0 ? found : diagnoseSignature(chain);
}

function says({ refusal }: ExaminedChain, pattern: RegExp): boolean {
  return pattern.test(`${refusal.code} ${refusal.message}`);
}

/** The `ca` option replaces every default, which most users do not expect. */
function explicitCA({ facts, list }: ExaminedChain): Diagnosis[] | undefined {
  if (facts.judged !== 'ca') return undefined;
  if (list.certificates.length === 0) {
    return [
      {
        name: 'empty-ca',
        severity: 'error',
        summary: 'The `ca` option holds no certificate, so no server is trusted.',
        remedy:
          'Leave the option out, so that the defaults apply, or pass `ca: getTrustedCAs()` of os-truststore.',
        certificates: [],
      },
    ];
  }
  if (facts.lists.merged?.outcome?.state !== 'trusted') return undefined;
  return [
    {
      name: 'ca-replaces-defaults',
      severity: 'error',
      summary:
        `The \`ca\` option (certificates: ${list.certificates.length}) replaces the defaults, and the server’s root is ` +
        'not in it. The merged list has it.',
      remedy:
        facts.rootList?.taken === 'by-inject'
          ? `${USE_INJECT} The option holds every root of Node, so it is taken for the machine’s CAs and what it names besides.`
          : 'Pass `ca: getTrustedCAs({ userCAs: CA })` of os-truststore, with the present value for CA; or call ' +
            '`inject({ userCAs: CA })` at the start, and leave the option out.',
      certificates: [],
    },
  ];
}

function unexplained(facts: Facts, { code, message }: RefusedHandshake): Diagnosis {
  return {
    name: 'unexplained',
    severity: 'error',
    summary: `OpenSSL refuses the chain: ${message} (${code}).`,
    remedy: `Send the output of ${doctorAgain(facts, '--report')} to the maintainers of os-truststore, or to the server’s owner.`,
    certificates: [],
  };
}

/** OpenSSL's security levels (SSL_CTX_set_security_level(3)). */
function diagnoseStrength(chain: ExaminedChain): Diagnosis[] {
  const certificates = chain.path.steps.map(({ certificate }) => certificate);
  if (says(chain, /key too (?:weak|small)|KEY_TOO_SMALL/i)) {
    const isLeaf = says(chain, /^EE_|EE certificate/i);
    const weak = isLeaf ? chain.leaf : (shortest(certificates.slice(1)) ?? chain.leaf);
    return [
      {
        name: 'weak-key',
        severity: 'error',
        summary: `The key of “${shortName(weak.subject)}” is too short: ${keyName(weak)}.`,
        remedy: 'Ask its CA for a new one, with RSA 2048 bits or more, or with P-256.',
        certificates: [weak.fingerprint256],
      },
    ];
  }
  if (!says(chain, /(?:digest algorithm|md) too weak|MD_TOO_WEAK/i)) return [];
  const weak = certificates.find(
    (certificate) => hasBrokenHash(certificate) && !certificate.selfSigned,
  );
  const named = weak ?? chain.leaf;
  return [
    {
      name: 'weak-signature',
      severity: 'error',
      summary: `“${shortName(named.subject)}” is signed with ${signatureName(named)}, which can be forged.`,
      remedy: 'Ask its CA for a new one, signed with SHA-256 or better.',
      certificates: [named.fingerprint256],
    },
  ];
}

function shortest(certificates: readonly Certificate[]): Certificate | undefined {
  return [...certificates].sort((a, b) => (a.key.bits ?? 1e9) - (b.key.bits ?? 1e9))[0];
}

/** X509_V_ERR_* by Node's codes or, for those without a code, by OpenSSL's words (crypto/x509/x509_txt.c). */
const CONSTRAINT =
  /PATH_LENGTH|path length|CHAIN_TOO_LONG|subtree|name constraint|name syntax|RFC 3779/i;
const MALFORMED =
  /invalid or inconsistent certificate|ERROR_IN_CERT_NOT|DECODE_ISSUER_PUBLIC_KEY|DECRYPT_CERT_SIGNATURE|algorithm mismatch|explicit ECC|have a public key/i;

/** Extended key usage, CA flag, path length and name constraints (RFC 5280 §4.2.1). */
function diagnoseUse(chain: ExaminedChain): Diagnosis[] {
  const { steps } = chain.path;
  const held = heldBack(chain.facts, chain.list, steps.at(-1)?.certificate ?? chain.leaf);
  if (says(chain, /INVALID_PURPOSE|uns\w+ certificate purpose|proxy certificates not allowed/i)) {
    if (held) return [held];
    const issuers = steps.slice(1).map(({ certificate }) => certificate);
    return [issuers.every(({ isCA }) => isCA) ? wrongUsage(steps) : notACA(steps)];
  }
  if (says(chain, /INVALID_CA|invalid CA certificate|not include certificate signing/i)) {
    return [held ?? notACA(steps)];
  }
  if (!says(chain, CONSTRAINT)) return [];
  return [
    {
      name: 'constraint',
      severity: 'error',
      summary: `A CA of the chain oversteps what it was allowed: ${chain.refusal.message}.`,
      remedy:
        'Ask the server’s owner for a certificate of a CA whose name constraints and path length allow it.',
      certificates: steps.slice(1).map(({ certificate }) => certificate.fingerprint256),
    },
  ];
}

/** Faults in a certificate's form that make OpenSSL refuse it, whatever its issuer. */
function diagnoseForm(chain: ExaminedChain): Diagnosis[] {
  if (says(chain, /unhandled critical extension|UnsupportedCriticalExtension/i)) {
    return [criticalExtension(chain.path.steps)];
  }
  if (!says(chain, MALFORMED)) return [];
  return [
    {
      name: 'malformed',
      severity: 'error',
      summary: `A certificate of the chain breaks the rules of its format: ${chain.refusal.message}.`,
      remedy:
        'Ask its CA for a new one that follows RFC 5280. What is odd about the server’s own shows ' +
        `${doctorAgain(chain.facts, '--showcerts').slice(0, -1)} | openssl x509 -noout -text\`.`,
      certificates: chain.path.steps.map(({ certificate }) => certificate.fingerprint256),
    },
  ];
}

function criticalExtension(steps: readonly PathStep[]): Diagnosis {
  const found = steps
    .map(({ certificate }) => ({ certificate, oids: unknownCritical(certificate.der) }))
    .find(({ oids }) => oids.length > 0);
  const subject = found ? `“${shortName(found.certificate.subject)}”` : 'A certificate';
  const which = found ? ` (${found.oids.join(', ')})` : '';
  const isPrecertificate = found?.oids.includes(CT_POISON) === true;
  return {
    name: 'critical-extension',
    severity: 'error',
    summary: isPrecertificate
      ? `${subject} is a precertificate, meant for logs only: it has the critical extension ${CT_POISON}.`
      : `${subject} has a critical extension that OpenSSL does not know${which}.`,
    remedy: isPrecertificate
      ? 'Ask the server’s owner to install the certificate itself, which the CA issued after it.'
      : 'Ask its CA for a new one without that extension, or with the extension not critical: a program that ' +
        'does not know a critical extension has to refuse the certificate (RFC 5280 §4.2).',
    certificates: found ? [found.certificate.fingerprint256] : [],
  };
}

function wrongUsage(steps: readonly PathStep[]): Diagnosis {
  const found =
    steps.find(({ certificate }) => !allowsPurpose(certificate.usages, KeyPurpose.SERVER_AUTH)) ??
    steps[0];
  const subject = found ? shortName(found.certificate.subject) : 'A certificate';
  return {
    name: 'wrong-usage',
    severity: 'error',
    summary: `“${subject}” may not be used for TLS servers (key usage or extended key usage).`,
    remedy:
      'Ask its CA for a new one with the extended key usage serverAuth (TLS Web Server Authentication) and, ' +
      'if it is a CA, the key usage keyCertSign.',
    certificates: found ? [found.certificate.fingerprint256] : [],
  };
}

function notACA(steps: readonly PathStep[]): Diagnosis {
  const found = steps.slice(1).find(({ certificate }) => !certificate.isCA) ?? steps[1];
  const subject = found ? shortName(found.certificate.subject) : 'An issuer';
  return {
    name: 'not-a-ca',
    severity: 'error',
    summary: `“${subject}” issued a certificate of the chain, but is no CA (basic constraints, key usage).`,
    remedy:
      'Ask the owner of that CA for a new certificate of it, with basicConstraints CA:TRUE and the key usage keyCertSign.',
    certificates: found ? [found.certificate.fingerprint256] : [],
  };
}

function diagnoseSignature(chain: ExaminedChain): Diagnosis[] {
  if (!says(chain, /SIGNATURE_FAILURE|signature failure/i)) return [];
  const step = chain.path.steps.find(({ signedByNext }) => signedByNext === false);
  const named = step?.certificate ?? chain.leaf;
  return [
    {
      name: 'bad-signature',
      severity: 'error',
      summary: `The signature on “${shortName(named.subject)}” was not made by “${shortName(named.issuer)}”.`,
      remedy:
        'Someone changed the certificate, or its CA has another key under the same name. Ask the server’s owner to ' +
        'install certificate and chain again, from the CA that issued them.',
      certificates: [named.fingerprint256],
    },
  ];
}
