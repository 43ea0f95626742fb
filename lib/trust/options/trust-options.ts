/**
 * What a trust set is to be made of: defaults, and what callers pass.
 */
import { part } from '../../base/part.js';
import type { TrustOptions } from '../../types.js';
import { resolveSystemOptions } from './options.js';
import type { ResolvedTrustOptions } from './options.js';

const loadTrustOptionChecks = part(
  () => require('./trust-option-checks.js') as typeof import('./trust-option-checks.js'),
);

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveTrustOptions(options?: TrustOptions): ResolvedTrustOptions {
  return options === undefined || isPlainAndEmpty(options)
    ? defaultOptions()
    : loadTrustOptionChecks().checkTrustOptions(options);
}

/** An object with a class of its own may say something without having a single property of its own. */
function isPlainAndEmpty(options: object): boolean {
  return (
    (options as unknown) !== null &&
    Object.getPrototypeOf(options) === Object.prototype &&
    Object.keys(options).length === 0
  );
}

function defaultOptions(): ResolvedTrustOptions {
  const systemOptions = resolveSystemOptions(undefined);
  return {
    bundled: true,
    system: systemOptions,
    systemOptions,
    intermediates: true,
    userCAs: undefined,
    exclude: new Set(),
  };
}
