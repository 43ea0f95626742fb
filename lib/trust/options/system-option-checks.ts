/**
 * Checks {@link SystemCAOptions}, which most processes never pass.
 */
import { checkNames } from '../../base/option-names.js';
import {
  checkFlag,
  checkMilliseconds,
  checkObject,
  checkOneOf,
  definedOnly,
} from '../../base/options.js';
import { invalidArgument } from '../../errors.js';
import type { Environment, Purpose } from '../../types.js';
import type { CheckedSystemOptions } from './resolved-options.js';

const PURPOSES: readonly Purpose[] = ['server-auth', 'client-auth', 'any'];

/** The variables of an environment that are used as text: where the store and the user's CAs are. */
const VARIABLES = [
  'NIX_SSL_CERT_FILE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'OS_TRUSTSTORE_USER_CAS',
  'NODE_EXTRA_CA_CERTS',
];

/** `root` is for tests. */
const NAMES = ['purpose', 'intermediates', 'expired', 'deadlineMs', 'env', 'root'];

/**
 * @param name - what messages call the object
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function checkSystemOptions(
  options: CheckedSystemOptions,
  name = 'options',
): CheckedSystemOptions {
  checkObject(name, options);
  checkNames(name, options, NAMES);
  const { purpose, intermediates, expired, deadlineMs, env, root } = options;
  return definedOnly<CheckedSystemOptions>({
    purpose: checkOneOf(`${name}.purpose`, purpose, PURPOSES),
    intermediates: checkFlag(`${name}.intermediates`, intermediates),
    expired: checkFlag(`${name}.expired`, expired),
    deadlineMs: checkMilliseconds(`${name}.deadlineMs`, deadlineMs),
    env: checkEnvironment(`${name}.env`, env),
    root,
  });
}

function checkEnvironment(name: string, env: Environment | undefined): Environment | undefined {
  if (env === undefined) return undefined;
  checkObject(name, env);
  for (const variable of VARIABLES) {
    const value: unknown = env[variable];
    if (value !== undefined && typeof value !== 'string') {
      throw invalidArgument(`${name}.${variable}`, 'a string', value);
    }
  }
  return env;
}
