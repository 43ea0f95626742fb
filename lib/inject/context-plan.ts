/**
 * What has to be done to a secure context with default trust so that it trusts exactly a trust set. Pure.
 */
import { loadBuiltin } from '../builtins.js';
import { toRejectCopy } from './reject-copy.js';
import type { TrustSet } from './source.js';

/** One string for each kind of context, ready for OpenSSL: `addCACert` and `ca` take any number of PEM blocks. */
export interface ContextPlan {
  /** Changes with every plan; part of the keys of cached contexts. */
  generation: number;
  /** Certificates to make distrusted; they come first. Empty when there are none. */
  rejects: string;
  /** For contexts that build chains as usual. */
  usual: ContextChange;
  /** For `allowPartialTrustChain`, where every certificate ends a chain: no intermediates. */
  partialChain: ContextChange;
}

/** Certificates to add to the defaults, or a list in place of them; `add: ''` leaves them alone. */
export type ContextChange = { add: string } | { replace: string };

/** How a context with the defaults becomes one with the trust set. */
export type Completion =
  /** The trust set has been made the default: nothing is missing. */
  | 'none'
  /** Everything in the defaults is in the set. */
  | 'add'
  /** The defaults hold certificates that are not to be trusted. */
  | 'replace';

let generations = 0;

export function makeContextPlan(set: TrustSet, completion: Completion): ContextPlan {
  const anchors = new Set([...set.anchors, ...set.partialChainAnchors]);
  return {
    generation: ++generations,
    rejects: rejectsOf(set),
    usual: usualChange(set, completion),
    partialChain: partialChainChange(set, anchors, completion),
  };
}

/** What makes a context refuse distrusted intermediates, also those a server sends. Goes before everything else. */
export function rejectsOf({ distrusted }: TrustSet): string {
  return distrusted.filter(isIssued).map(toRejectCopy).join('');
}

/** Whether contexts need nothing done to them. */
export function isIdle(plan: ContextPlan): boolean {
  return plan.rejects === '' && isNothing(plan.usual) && isNothing(plan.partialChain);
}

function isNothing(change: ContextChange): boolean {
  return 'add' in change && change.add === '';
}

function usualChange(set: TrustSet, completion: Completion): ContextChange {
  if (completion === 'none') return { add: '' };
  if (completion === 'replace') return { replace: set.certificates.join('') };
  return { add: set.additions.join('') };
}

function partialChainChange(
  set: TrustSet,
  anchors: ReadonlySet<string>,
  completion: Completion,
): ContextChange {
  if (completion === 'add') {
    const additions = set.additions.filter((pem) => anchors.has(pem));
    return { add: [...additions, ...set.partialChainAnchors].join('') };
  }
  const helpers = set.certificates.some((pem) => !anchors.has(pem));
  return completion === 'none' && !helpers
    ? { add: set.partialChainAnchors.join('') }
    : { replace: [...anchors].join('') };
}

/**
 * A distrusted root is kept out of the list and needs no copy. Distrust of anything else must be told to OpenSSL, since
 * servers send intermediates themselves.
 */
function isIssued(pem: string): boolean {
  try {
    const { X509Certificate } = loadBuiltin('node:crypto');
    const { subject, issuer } = new X509Certificate(pem);
    return subject !== issuer;
  } catch {
    return false;
  }
}
