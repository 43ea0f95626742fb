/**
 * Defaults and validation of what callers pass. Everything behind this file may rely on it.
 */
import type { NativePolicy, NativeReadRequest } from '../../addon/native-binding.js';
import { invalidArgument } from '../../errors.js';
import type { Environment, Purpose, SystemCAOptions } from '../../types.js';
import type { ResolvedUserCAs } from './user-ca-options.js';

export const DEFAULT_DEADLINE_MS = 5000;

const PURPOSES: readonly Purpose[] = ['server-auth', 'client-auth', 'any'];

/** {@link SystemCAOptions} with every default filled in. */
export interface ResolvedSystemOptions {
  request: NativeReadRequest;
  policy: Omit<NativePolicy, 'now'>;
  deadlineMs: number;
  env: Environment;
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

/** Options only tests and tools pass; not part of the public types. */
export interface InternalOptions {
  root?: string;
}

/** Options without those that are undefined. */
export function definedOnly<Options extends object>(options: {
  [Key in keyof Options]: Options[Key] | undefined;
}): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Options;
}

function checkBoolean(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

export function checkDeadline(name: string, value: unknown): number {
  if (value === undefined) return DEFAULT_DEADLINE_MS;
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalidArgument(name, 'a number of milliseconds, 0 or more', value);
  }
  return value;
}

/** What the environment says about where to read; empty values count as unset, as in OpenSSL. */
function toRequest(env: Environment, root: string | undefined): NativeReadRequest {
  const nixFile = env['NIX_SSL_CERT_FILE'];
  const file = env['SSL_CERT_FILE'];
  const directory = env['SSL_CERT_DIR'];
  return {
    ...(root === undefined ? {} : { root }),
    ...(nixFile ? { nixSslCertFile: nixFile } : {}),
    ...(file ? { sslCertFile: file } : {}),
    ...(directory ? { sslCertDir: directory } : {}),
  };
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveSystemOptions(
  options: (SystemCAOptions & InternalOptions) | undefined,
): ResolvedSystemOptions {
  if (options === undefined) return defaultOptions();
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const purpose = options.purpose ?? 'server-auth';
  if (!PURPOSES.includes(purpose)) {
    throw invalidArgument('options.purpose', `one of ${PURPOSES.join(', ')}`, purpose);
  }
  const env = options.env ?? process.env;
  if (typeof env !== 'object') throw invalidArgument('options.env', 'an object', env);
  return {
    request: toRequest(env, options.root),
    policy: {
      purpose,
      intermediates: checkBoolean('options.intermediates', options.intermediates),
      expired: checkBoolean('options.expired', options.expired),
    },
    deadlineMs: checkDeadline('options.deadlineMs', options.deadlineMs),
    env,
  };
}

/** By itself, because checking what nobody passed takes a process's first call some 50 µs. */
function defaultOptions(): ResolvedSystemOptions {
  const { env } = process;
  return {
    request: toRequest(env, undefined),
    policy: { purpose: 'server-auth', intermediates: false, expired: false },
    deadlineMs: DEFAULT_DEADLINE_MS,
    env,
  };
}
