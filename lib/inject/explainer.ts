/**
 * The way to the doctor's knowledge, which stands in a room above this one and registers itself here.
 */
import type { TrustSet } from '../trust/trust-set.js';
import type { ErrorExplanation } from './types.js';

/** A connection with default trust that was refused because of its peer. */
export interface RefusedPeer {
  error: Error & { code?: string; fingerprint256?: string };
  host: string;
  port: number;
  servername: string;
  /** The certificates in DER, in the order they were sent. */
  sent: readonly Buffer[];
  /** What is trusted. */
  set: TrustSet;
}

/** Uses neither the network nor the store. Undefined when there is nothing to say. */
export type Explainer = (refused: RefusedPeer) => ErrorExplanation | undefined;

let present: Explainer | undefined;

export function provideExplainer(explainer: Explainer): void {
  present = explainer;
}

export const explainRefusal: Explainer = (refused) => present?.(refused);
