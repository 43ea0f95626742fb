/**
 * Checks whether the user names any CAs at all. Most users name none, so the code that reads them is loaded only if needed.
 */
import type { NativeBinding, NativePolicy } from '../../addon/native-binding.js';
import { part } from '../../base/part.js';
import { isDirectory, userConfigDirectory } from '../../files/user-directory.js';
import type { Environment } from '../../types.js';
import type { ResolvedUserCAs } from '../options/user-ca-checks.js';
import type { UserCAs } from './user-cas.js';

const loadUserCas = part(() => require('./user-cas.js') as typeof import('./user-cas.js'));

/** See `readUserCAs`. */
export function readNamedCAs(
  userCAs: ResolvedUserCAs | undefined,
  env: Environment,
  binding: NativeBinding,
  policy: NativePolicy,
): UserCAs {
  const variables = [env['OS_TRUSTSTORE_USER_CAS'], env['NODE_EXTRA_CA_CERTS']];
  const isNamed =
    userCAs !== undefined || variables.some(Boolean) || isDirectory(userConfigDirectory(env));
  if (isNamed) return loadUserCas().readUserCAs(userCAs, env, binding, policy);
  return { user: [], extra: [], paths: new Map(), errors: [], warnings: [] };
}
