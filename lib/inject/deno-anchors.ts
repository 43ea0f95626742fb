/**
 * What Deno can be given. Every certificate of a list ends a chain there, and what an anchor may be used for is not
 * looked at: as an anchor even the certificate of one server could issue others. So CAs only.
 */
import { ErrorCodes } from '../errors.js';
import { warn } from '../log.js';
import { fingerprint256 } from './source.js';
import type { TrustSet } from './source.js';

/** Warns of what is left out; as a process warning once. */
export function denoAnchors({ anchors, peers }: TrustSet): string[] {
  if (peers.length === 0) return anchors;
  const leftOut = new Set(peers);
  warn(
    ErrorCodes.USER_CA,
    `Deno trusts no server by its own certificate, only by CAs; left out: SHA-256 ${peers
      .map(fingerprint256)
      .join(', ')}`,
    { operation: 'inject' },
  );
  return anchors.filter((pem) => !leftOut.has(pem));
}
