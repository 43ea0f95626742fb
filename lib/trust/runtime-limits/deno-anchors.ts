/**
 * What Deno can be given. Every certificate of a list ends a chain there, and what an anchor may be used for is not
 * looked at: as an anchor even the certificate of one server could issue others. So CAs only.
 */
import { log, warn } from '../../base/log.js';
import { part } from '../../base/part.js';
import { ErrorCodes } from '../../errors.js';
import { issuersOf } from '../trust-set.js';
import type { TrustSet } from '../trust-set.js';
import { listFor } from '../trust-sets.js';

const loadFingerprint = part(
  () =>
    require('../../certificate/fingerprint.js') as typeof import('../../certificate/fingerprint.js'),
);

/**
 * Warns of what is left out; as a process warning once, and only of what the user has named: many machines have a server's
 * certificate in their store that no program asks for.
 */
export function denoAnchors(set: TrustSet): string[] {
  const { peers, namedPeers } = set;
  // Deno tries every anchor of a name, so their order decides nothing.
  const anchors = listFor(set, 'anchors', Infinity);
  if (peers.length === 0) return anchors;
  const say = (left: readonly string[]): string =>
    `Deno trusts no server by its own certificate, only by CAs; left out: SHA-256 ${left
      .map(loadFingerprint().fingerprint256)
      .join(', ')}`;
  if (namedPeers.length > 0) warn(ErrorCodes.USER_CA, say(namedPeers), { operation: 'inject' });
  else log('info', say(peers));
  return issuersOf({ anchors, peers });
}
