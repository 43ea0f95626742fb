/**
 * Plans how a secure context with default trust comes to trust exactly a trust set. Pure.
 */
import { exactly } from '../../certificate/exact-list.js';
import type { TrustSet } from '../../trust/trust-set.js';

/** The changes for each kind of context. Certificates are separate texts: OpenSSL stops at the first it cannot read. */
export interface ContextPlan {
  /** Differs for every plan; part of the keys of cached contexts. */
  generation: number;
  /** For contexts that build chains as usual. */
  usual: ContextChange;
  /** For `allowPartialTrustChain`, where every certificate ends a chain, so without intermediates. Made on demand. */
  readonly partialChain: ContextChange;
}

/** Certificates to add to the defaults, or a list to use in their place; an empty `add` leaves them alone. */
export type ContextChange = { add: readonly string[] } | { replace: string[] };

/** How a context with the defaults becomes one with the trust set. */
export type Completion =
  /** The trust set is the default, so nothing is missing. */
  | 'none'
  /** Everything in the defaults is in the set. */
  | 'add'
  /** The defaults hold certificates that must not be trusted. */
  | 'replace';

let generations = 0;

export function makeContextPlan(set: TrustSet, completion: Completion): ContextPlan {
  let partialChain: ContextChange | undefined;
  return {
    generation: ++generations,
    usual: usualChange(set, completion),
    get partialChain() {
      return (partialChain ??= partialChainChange(set, completion));
    },
  };
}

/** True when contexts need no change. */
export function isIdle(plan: ContextPlan): boolean {
  return isNothing(plan.usual) && isNothing(plan.partialChain);
}

function isNothing(change: ContextChange): boolean {
  return 'add' in change && change.add.length === 0;
}

function usualChange(set: TrustSet, completion: Completion): ContextChange {
  if (completion === 'none') return { add: [] };
  if (completion === 'replace') return { replace: exactly([...set.certificates]) };
  return { add: set.additions };
}

function partialChainChange(set: TrustSet, completion: Completion): ContextChange {
  if (completion === 'add') return { add: [...set.addedAnchors, ...set.partialChainAnchors] };
  const anchors = new Set([...set.anchors, ...set.partialChainAnchors]);
  const helpers = set.certificates.some((pem) => !anchors.has(pem));
  return completion === 'none' && !helpers
    ? { add: set.partialChainAnchors }
    : { replace: exactly([...anchors]) };
}
