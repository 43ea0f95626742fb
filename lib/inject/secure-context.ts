/**
 * Secure contexts for code that manages its own.
 */
import type { SecureContext, SecureContextOptions as TlsOptions } from 'node:tls';

import { BoundedMap } from '../bounded-map.js';
import { loadBuiltin } from '../builtins.js';
import { invalidArgument } from '../errors.js';
import { exactly } from '../exact-list.js';
import { rejectsOf } from './context-plan.js';
import { denoAnchors } from './deno-anchors.js';
import { definedOnly, emptySetError, readTrustSet } from './source.js';
import type { TrustSet } from './source.js';
import { tlsExports } from '../tls-defaults.js';
import type { TrustOptions } from '../types.js';

/** Node's own options, and what is trusted. */
export interface SecureContextOptions
  extends Omit<TlsOptions, 'ca' | 'secureContext'>, TrustOptions {
  /** Let every anchor end a chain, also one that is not self-signed. Intermediates are then left out. */
  allowPartialTrustChain?: boolean | undefined;
}

/** A context takes about a megabyte. */
const MAX_CONTEXTS = 16;

const contexts = new BoundedMap<SecureContext>(MAX_CONTEXTS);

/** See `createSecureContext` of inject.ts. */
export function makeSecureContext(options: SecureContextOptions = {}): SecureContext {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const { bundled, system, userCAs, exclude, ...own } = options;
  const set = readTrustSet(definedOnly({ bundled, system, userCAs, exclude }));
  const ca = selectRoots(set, own.allowPartialTrustChain === true);
  const key = contextKey(ca, own);
  const known = contexts.get(key);
  if (known) return known;
  // An injection must not take it for more than it is.
  const context = tlsExports().createSecureContext({ ...own, ca: exactly([ca]) });
  contexts.set(key, context);
  return context;
}

function selectRoots(set: TrustSet, partialChain: boolean): string {
  const [error] = set.userErrors;
  if (error) throw error;
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  const roots =
    deno !== undefined
      ? denoAnchors(set)
      : partialChain
        ? [...set.anchors, ...set.partialChainAnchors]
        : set.certificates;
  if (roots.length === 0) throw emptySetError(set.errors);
  // Bun and Deno would read such a copy as a plain certificate.
  const rejects = bun === undefined && deno === undefined ? rejectsOf(set) : '';
  return rejects + roots.join('');
}

/** Keys and certificates are part of it, so it is hashed: secrets are not to lie around. */
function contextKey(ca: string, own: object): string {
  return loadBuiltin('node:crypto')
    .createHash('sha256')
    .update(ca)
    .update(JSON.stringify(own))
    .digest('base64');
}
