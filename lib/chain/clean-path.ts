/**
 * The rule of distrust: it takes away paths, never names. What OpenSSL has accepted stays accepted when its leaf is not
 * distrusted and some chain from it to a trusted anchor avoids everything that is. Pure.
 */
import type { NativeFacts } from '../native-binding.js';

export interface PeerChain {
  leaf: NativeFacts;
  /** What the server sent besides, in any order; nothing in it is believed. */
  sent: readonly NativeFacts[];
}

export interface ChainRules {
  /** Trusted certificates with this subject, anchors and intermediates. */
  trusted(subjectName: string): readonly NativeFacts[];
  /** Whether a trusted certificate ends a chain. */
  endsChain(certificate: NativeFacts): boolean;
  isDistrusted(certificate: NativeFacts): boolean;
  /** Whether the key of `issuer` has made the signature of `certificate`. */
  isSignedBy(certificate: NativeFacts, issuer: NativeFacts): boolean;
  /** Whether issuers, nearest first, may stand above a leaf in this order. */
  mayStand(issuers: readonly NativeFacts[]): boolean;
}

/** A server may send what makes many paths. Real chains need three or four, and each takes up to a millisecond. */
export const MOST_SIGNATURES = 32;

/**
 * Breadth first, so the shortest path is found. Each certificate is looked at once: any way to an anchor is good.
 *
 * @returns the leaf first, an anchor last; undefined when there is no such chain, or none within {@link MOST_SIGNATURES}
 */
export function findCleanPath(
  { leaf, sent }: PeerChain,
  rules: ChainRules,
): NativeFacts[] | undefined {
  if (rules.isDistrusted(leaf)) return undefined;
  const below = new Map<string, NativeFacts | undefined>([[leaf.pem, undefined]]);
  const queue = [leaf];
  let signatures = 0;
  for (const current of queue) {
    const known = rules.trusted(current.subjectName).find(({ pem }) => pem === current.pem);
    const path = pathDownFrom(current, below);
    if (known && rules.endsChain(known)) return path;
    for (const issuer of issuersOf(current, sent, rules)) {
      if (below.has(issuer.pem) || rules.isDistrusted(issuer)) continue;
      // Where it may not stand here, it may on another way up.
      if (!rules.mayStand([...path.slice(1), issuer])) continue;
      if (++signatures > MOST_SIGNATURES) return undefined;
      if (!rules.isSignedBy(current, issuer)) continue;
      below.set(issuer.pem, current);
      queue.push(issuer);
    }
  }
  return undefined;
}

/** Those OpenSSL would try: the names match, and neither key identifiers nor what the issuer is speak against it. */
function issuersOf(
  { issuerName, authorityKeyId }: NativeFacts,
  sent: readonly NativeFacts[],
  rules: ChainRules,
): NativeFacts[] {
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

function pathDownFrom(
  top: NativeFacts,
  below: ReadonlyMap<string, NativeFacts | undefined>,
): NativeFacts[] {
  const path = [top];
  for (let next = below.get(top.pem); next; next = below.get(next.pem)) path.unshift(next);
  return path;
}
