/**
 * Implements {@link getTrustedCAs} and the functions like it.
 */
import { warn } from '../base/log.js';
import { wallClock } from '../base/machine-time.js';
import { exactly } from '../certificate/exact-list.js';
import type { TrustOptions } from '../types.js';
import { buildWholeTrustSet } from './make-trust-set.js';
import { resolveTrustOptions } from './options/options.js';
import { toStoreRead } from './options/resolved-options.js';
import type { ResolvedTrustOptions } from './options/resolved-options.js';
import { IS_STRICTER, findRefused } from './runtime-limits/refused.js';
import { systemStoreCache } from './store/store-cache.js';
import { emptySetError, issuersOf, storeWarning } from './trust-set.js';
import type { TrustSet } from './trust-set.js';

/** @throws TruststoreError for the first thing the user named that cannot be used, or `ERR_TRUSTSTORE_EMPTY_SET` */
function checkTrustSet(made: TrustSet): TrustSet {
  const set = IS_STRICTER ? withoutRefused(made) : made;
  const [error] = set.userErrors;
  if (error) throw error;
  for (const { code, message, path } of set.warnings) warn(code, message, { path });
  const [fault] = set.errors;
  if (fault) warn(fault.code, storeWarning(set.errors), { path: fault.path });
  if (set.anchors.length > 0) return set;
  throw emptySetError(set.errors);
}

/** See api.ts. */
export function getTrustedCAs(options?: TrustOptions): string[] {
  return exactly(listOf(readTrustedSet(resolveTrustOptions(options))));
}

/** Deno treats every certificate of a list as a CA; see runtime-limits/deno-anchors.ts. */
function listOf(set: TrustSet): string[] {
  if (process.versions['deno'] === undefined) return set.certificates;
  const anchors = issuersOf(set);
  if (anchors.length > 0) return anchors;
  throw emptySetError(set.errors);
}

/** The whole set; throws and warns as {@link getTrustedCAs} does. */
export function readTrustedSet(options: ResolvedTrustOptions): TrustSet {
  return checkTrustSet(readSetOf(options));
}

export async function getTrustedCAsAsync(options?: TrustOptions): Promise<string[]> {
  const resolved = resolveTrustOptions(options);
  const { system } = resolved;
  const store = system && (await systemStoreCache().openAsync(toStoreRead(system)));
  return exactly(listOf(checkTrustSet(buildWholeTrustSet(resolved, store))));
}

/** The whole set at once; see {@link TrustSet}. */
export function readTrustSet(options?: TrustOptions): TrustSet {
  return readSetOf(resolveTrustOptions(options));
}

/** Like `readTrustSet`, for options that have been checked already. */
export function readSetOf(options: ResolvedTrustOptions): TrustSet {
  const { system } = options;
  return buildWholeTrustSet(options, system && systemStoreCache().open(toStoreRead(system)));
}

/** A set without what this runtime refuses, for handing it over: tries each certificate that is not the runtime's own. */
export function withoutRefused(set: TrustSet): TrustSet {
  return findRefused([...set.additions, ...set.partialChainAnchors]) ? set.at(wallClock()) : set;
}
