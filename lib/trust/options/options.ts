/**
 * Checks the options of the store and of trust sets once, at the call, so that all later code may rely on them. The checks
 * are loaded only when options are passed.
 */
import { part } from '../../base/part.js';
import type { SystemCAOptions, TrustOptions } from '../../types.js';
import { fillSystemOptions, fillTrustOptions } from './resolved-options.js';
import type { ResolvedSystemOptions, ResolvedTrustOptions } from './resolved-options.js';

const loadSystemOptionChecks = part(
  () => require('./system-option-checks.js') as typeof import('./system-option-checks.js'),
);
const loadTrustOptionChecks = part(
  () => require('./trust-option-checks.js') as typeof import('./trust-option-checks.js'),
);

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveSystemOptions(options?: SystemCAOptions): ResolvedSystemOptions {
  const isSilent = options === undefined;
  return fillSystemOptions(isSilent ? {} : loadSystemOptionChecks().checkSystemOptions(options));
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveTrustOptions(options?: TrustOptions): ResolvedTrustOptions {
  const isSilent = options === undefined || isPlainAndEmpty(options);
  return fillTrustOptions(isSilent ? {} : loadTrustOptionChecks().checkTrustOptions(options));
}

/** An object with a class may inherit options without having any property of its own. */
function isPlainAndEmpty(options: unknown): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    Object.getPrototypeOf(options) === Object.prototype &&
    Object.keys(options).length === 0
  );
}
