/**
 * The options of the store and of trust sets, with their defaults.
 */
import type { NativePolicy, NativeReadRequest } from '../../addon/native-binding.js';
import type { Environment, SystemCAOptions } from '../../types.js';
import type { ResolvedUserCAs } from './user-ca-checks.js';

export const DEFAULT_DEADLINE_MS = 5000;

/** Options that only tests and tools pass; not part of the public types. */
export interface InternalOptions {
  root?: string | undefined;
}

/** The caller's options, each read once; unknown ones are left out. */
export type CheckedSystemOptions = SystemCAOptions & InternalOptions;

/** {@link SystemCAOptions} with every default filled in. */
export interface ResolvedSystemOptions {
  root: string | undefined;
  policy: Omit<NativePolicy, 'now'>;
  deadlineMs: number;
  /** Looked at when the store is read, because a program may change it. */
  env: Environment;
}

/** One read of the store, with the environment's values at that time. */
export interface StoreRead {
  request: NativeReadRequest;
  policy: ResolvedSystemOptions['policy'];
  deadlineMs: number;
}

export function fillSystemOptions({
  purpose = 'server-auth',
  intermediates = false,
  expired = false,
  deadlineMs = DEFAULT_DEADLINE_MS,
  env = process.env,
  root,
}: CheckedSystemOptions): ResolvedSystemOptions {
  return { root, policy: { purpose, intermediates, expired }, deadlineMs, env };
}

/** Empty values count as unset, as in OpenSSL. */
export function toStoreRead({ root, policy, deadlineMs, env }: ResolvedSystemOptions): StoreRead {
  const nixFile = env['NIX_SSL_CERT_FILE'];
  const file = env['SSL_CERT_FILE'];
  const directory = env['SSL_CERT_DIR'];
  const request = {
    ...(root === undefined ? {} : { root }),
    ...(nixFile ? { nixSslCertFile: nixFile } : {}),
    ...(file ? { sslCertFile: file } : {}),
    ...(directory ? { sslCertDir: directory } : {}),
  };
  return { request, policy, deadlineMs };
}

/** What is read when the program names nothing. */
export const NONE_NAMED: ResolvedUserCAs = {
  certificates: [],
  files: [],
  directories: [],
  env: true,
};

/** The caller's options, each read once; unknown ones are left out. */
export interface CheckedTrustOptions {
  bundled?: boolean;
  system?: boolean | CheckedSystemOptions;
  userCAs?: ResolvedUserCAs;
  /** Fingerprints as plain digits. */
  exclude?: string[];
}

/** {@link TrustOptions} with every default filled in. */
export interface ResolvedTrustOptions {
  bundled: boolean;
  system: ResolvedSystemOptions | undefined;
  systemOptions: ResolvedSystemOptions;
  intermediates: boolean;
  userCAs: ResolvedUserCAs | undefined;
  exclude: Set<string>;
}

export function fillTrustOptions({
  bundled = true,
  system = true,
  userCAs,
  exclude,
}: CheckedTrustOptions): ResolvedTrustOptions {
  const given = typeof system === 'object' ? system : {};
  const systemOptions = fillSystemOptions(given);
  return {
    bundled,
    system: system === false ? undefined : systemOptions,
    systemOptions,
    intermediates: given.intermediates ?? true,
    userCAs,
    exclude: new Set(exclude),
  };
}
