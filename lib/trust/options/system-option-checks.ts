/**
 * Checks {@link SystemCAOptions}, which most processes never pass.
 */
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

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function checkSystemOptions(options: CheckedSystemOptions): CheckedSystemOptions {
  checkObject('options', options);
  const { purpose, intermediates, expired, deadlineMs, env, root } = options;
  return definedOnly<CheckedSystemOptions>({
    purpose: checkOneOf('options.purpose', purpose, PURPOSES),
    intermediates: checkFlag('options.intermediates', intermediates),
    expired: checkFlag('options.expired', expired),
    deadlineMs: checkMilliseconds('options.deadlineMs', deadlineMs),
    env: checkEnvironment(env),
    root,
  });
}

function checkEnvironment(env: Environment | undefined): Environment | undefined {
  if (env === undefined) return undefined;
  checkObject('options.env', env);
  for (const name of VARIABLES) {
    const value: unknown = env[name];
    if (value !== undefined && typeof value !== 'string') {
      throw invalidArgument(`options.env.${name}`, 'a string', value);
    }
  }
  return env;
}
