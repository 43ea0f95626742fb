/**
 * The anchors Deno can be given. In Deno every certificate of a list ends a chain, and what an anchor may be used for is not
 * checked: a server's own certificate could issue others. So Deno gets CAs only.
 */
import { log, warn } from '../../base/log.js';
import { ErrorCodes } from '../../errors.js';
import { certificateOf } from '../certificate-of.js';
import { issuersOf } from '../trust-set.js';
import type { TrustSet } from '../trust-set.js';
import { listFor } from '../trust-sets.js';

/**
 * Reports what is left out. It is a process warning only for certificates the user has named, because many stores hold a
 * server's certificate that no program asks for.
 */
export function denoAnchors(set: TrustSet): string[] {
  const { peers, namedPeers } = set;
  // Deno tries every anchor with a matching name, so their order does not matter.
  const anchors = listFor(set, 'anchors', Infinity);
  if (peers.length === 0) return anchors;
  const say = (left: readonly string[]): string =>
    `Deno trusts no server by its own certificate, only by CAs; left out: SHA-256 ${left
      .map((pem) => certificateOf({ pem }).fingerprint256)
      .join(', ')}`;
  if (namedPeers.length > 0) warn(ErrorCodes.USER_CA, say(namedPeers), { operation: 'inject' });
  else log('info', say(peers));
  return issuersOf({ anchors, peers });
}
