/**
 * The rule of distrust: it takes away paths, never names. What OpenSSL has accepted stays accepted when its leaf is not
 * distrusted and some chain from it to a trusted anchor avoids everything that is. Pure.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import { Budget } from '../budget.js';
import { atOnce, searchUp } from '../search.js';

export interface PeerChain {
  leaf: ListedCertificate;
  /** What the server sent besides, in any order; nothing in it is believed. */
  sent: readonly ListedCertificate[];
}

export interface ChainRules {
  /** Trusted certificates with this subject, anchors and intermediates. */
  trusted(subjectName: string): readonly ListedCertificate[];
  /** Whether a trusted certificate ends a chain. */
  endsChain(certificate: ListedCertificate): boolean;
  isDistrusted(certificate: ListedCertificate): boolean;
  /** Whether the key of `issuer` has made the signature of `certificate`. */
  isSignedBy(certificate: ListedCertificate, issuer: ListedCertificate): boolean;
  /** Whether issuers, nearest first, may stand above a leaf in this order. */
  mayStand(issuers: readonly ListedCertificate[]): boolean;
}

/** @returns the leaf first, an anchor last; undefined when there is no such chain, or none within the bounds of budget.ts */
export function findCleanPath(
  { leaf, sent }: PeerChain,
  rules: ChainRules,
): ListedCertificate[] | undefined {
  if (rules.isDistrusted(leaf)) return undefined;
  const budget = Budget.atOnce();
  const search = searchUp(leaf, {
    keyOf: ({ pem }) => pem,
    endsChain: (certificate) => {
      const known = rules.trusted(certificate.subjectName);
      const itself = known.find(({ pem }) => pem === certificate.pem);
      return itself !== undefined && rules.endsChain(itself);
    },
    issuersOf: (certificate) => issuersOf(certificate, sent, rules),
    mayStand: ([, ...path], issuer) =>
      !rules.isDistrusted(issuer) && rules.mayStand([...path, issuer]),
    isSignedBy: (certificate, issuer) => budget.spend() && rules.isSignedBy(certificate, issuer),
    budget,
  });
  return atOnce(search);
}

/** Those OpenSSL would try: the names match, and neither key identifiers nor what the issuer is speak against it. */
function issuersOf(
  { issuerName, authorityKeyId }: ListedCertificate,
  sent: readonly ListedCertificate[],
  rules: ChainRules,
): ListedCertificate[] {
  const usable = sent.filter(
    ({ subjectName, skipped }) =>
      subjectName === issuerName && (skipped === undefined || skipped === 'orphan'),
  );
  return [...rules.trusted(issuerName), ...usable].filter(
    ({ subjectKeyId, role }) =>
      role !== 'leaf' &&
      (subjectKeyId === 0 || authorityKeyId === 0 || subjectKeyId === authorityKeyId),
  );
}
