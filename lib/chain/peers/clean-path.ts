/**
 * The rule of distrust: it removes paths, not names. A chain that OpenSSL has accepted stays accepted if its leaf is not
 * distrusted and some path from it to a trusted anchor avoids everything that is. Pure.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import { Budget } from '../budget.js';
import { atOnce, searchUp } from '../search.js';

export interface PeerChain {
  leaf: ListedCertificate;
  /** Everything else the server sent, in any order; none of it is trusted. */
  sent: readonly ListedCertificate[];
}

export interface ChainRules {
  /** Trusted certificates with this subject, anchors and intermediates. */
  trusted(subjectName: string): readonly ListedCertificate[];
  /** True when a trusted certificate ends a chain. */
  endsChain(certificate: ListedCertificate): boolean;
  isDistrusted(certificate: ListedCertificate): boolean;
  /** True when the key of `issuer` made the signature of `certificate`. */
  isSignedBy(certificate: ListedCertificate, issuer: ListedCertificate): boolean;
  /** True when these issuers, nearest first, may stand above a leaf in this order. */
  mayStand(issuers: readonly ListedCertificate[]): boolean;
}

/** @returns the leaf first, an anchor last; undefined when there is no such chain, or none within the limits of budget.ts */
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

/** The issuers OpenSSL would try: names match, and neither key identifiers nor the issuer's own properties forbid it. */
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
