/**
 * Checks {@link TrustOptions}, which most processes never pass.
 */
import { checkNames } from '../../base/option-names.js';
import { checkFlag, checkList, checkObject, definedOnly, isObject } from '../../base/options.js';
import { parseExclusions } from '../../certificate/fingerprint.js';
import { invalidArgument } from '../../errors.js';
import type { TrustOptions } from '../../types.js';
import type { CheckedTrustOptions } from './resolved-options.js';
import { checkSystemOptions } from './system-option-checks.js';
import { checkUserCAs } from './user-ca-checks.js';

export const TRUST_OPTIONS = [
  'bundled',
  'system',
  'userCAs',
  'exclude',
] as const satisfies (keyof TrustOptions)[];

/**
 * @param names - the options of the function that was called
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function checkTrustOptions(
  options: TrustOptions,
  names: readonly string[] = TRUST_OPTIONS,
): CheckedTrustOptions {
  checkObject('options', options);
  checkNames('options', options, names);
  // Each option is read by name, because an object with a class may inherit its options.
  const { bundled, system, userCAs, exclude } = options;
  const excluded = checkList('options.exclude', exclude);
  return definedOnly<CheckedTrustOptions>({
    bundled: checkFlag('options.bundled', bundled),
    system: checkSystem(system),
    userCAs: userCAs === undefined ? undefined : checkUserCAs(userCAs),
    exclude: excluded && [...parseExclusions(excluded)],
  });
}

function checkSystem(system: TrustOptions['system']): CheckedTrustOptions['system'] {
  if (system === undefined || typeof system === 'boolean') return system;
  if (isObject(system)) return checkSystemOptions(system, 'options.system');
  throw invalidArgument('options.system', 'a boolean or an object', system);
}
