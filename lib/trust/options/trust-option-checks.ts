/**
 * The checks of {@link TrustOptions}, which most processes never pass.
 */
import { parseExclusions } from '../../certificate/fingerprint.js';
import { invalidArgument } from '../../errors.js';
import type { TrustOptions } from '../../types.js';
import { resolveSystemOptions } from './options.js';
import type { ResolvedTrustOptions } from './options.js';
import { checkList, checkUserCAs } from './user-ca-options.js';

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function checkTrustOptions(options: TrustOptions): ResolvedTrustOptions {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const { bundled = true, system = true } = options;
  if (typeof bundled !== 'boolean') throw invalidArgument('options.bundled', 'a boolean', bundled);
  if (typeof system !== 'boolean' && (typeof system !== 'object' || (system as unknown) === null)) {
    throw invalidArgument('options.system', 'a boolean or an object', system);
  }
  const given = typeof system === 'object' ? system : undefined;
  const systemOptions = resolveSystemOptions(given);
  return {
    bundled,
    system: system === false ? undefined : systemOptions,
    systemOptions,
    intermediates: given?.intermediates ?? true,
    userCAs: options.userCAs === undefined ? undefined : checkUserCAs(options.userCAs),
    exclude: parseExclusions(checkList('options.exclude', options.exclude)),
  };
}
