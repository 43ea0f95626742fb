/**
 * Whether the user names any CAs at all: most name none, and reading them is loaded for those who do.
 */
import { statSync } from 'node:fs';

import type { TruststoreError } from '../../errors.js';
import type { NativeBinding, NativeFacts, NativePolicy } from '../../addon/native-binding.js';
import { part } from '../../base/part.js';
import type { Environment, TrustOptions } from '../../types.js';
import { userConfigDirectory } from '../../files/user-directory.js';

const loadUserCas = part(() => require('./user-cas.js') as typeof import('./user-cas.js'));

/** The user's certificates, and what could not be used. Good ones are never lost because of bad ones. */
export interface UserCAs {
  user: NativeFacts[];
  /** NODE_EXTRA_CA_CERTS, which Node itself calls `extra`. */
  extra: NativeFacts[];
  /** The file each certificate comes from, unless it was handed over as a value. */
  paths: Map<NativeFacts, string>;
  /** What the user named by option or OS_TRUSTSTORE_USER_CAS and cannot be used. */
  errors: TruststoreError[];
  /** What is lost alone: a bad NODE_EXTRA_CA_CERTS, a stray file in a directory, a bad block beside good ones. */
  warnings: TruststoreError[];
}

/** See `readUserCAs`. */
export function readNamedCAs(
  userCAs: TrustOptions['userCAs'],
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

export function isDirectory(path: string): boolean {
  try {
    // Mostly there is none, and an error would be made for nobody.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
