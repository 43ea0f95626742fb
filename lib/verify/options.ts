/**
 * Defaults and validation of {@link VerifyOptions}.
 */
import { isAbsolute } from 'node:path';

import { ErrorCodes, TruststoreError, invalidArgument } from '../errors.js';
import { userCacheDirectory } from '../files/user-directory.js';
import { checkDeadline } from '../trust/options/options.js';
import { DEFAULT_VERIFY_DEADLINE_MS, REVOCATION_MODES, isActive } from './defaults.js';
import type { ResolvedVerification } from './defaults.js';
import type { VerifyOptions } from './types.js';

const VERIFIERS = ['openssl', 'system'] as const;
/** Splits what others understand from what is checked here. */
export function takeVerifyOptions<Options extends VerifyOptions>(
  options: Options,
): { verify: VerifyOptions; rest: Omit<Options, keyof VerifyOptions> } {
  const {
    fetchIntermediates,
    verifier,
    revocation,
    verifyDeadlineMs,
    allowPrivateAddresses,
    cacheDirectory,
    ...rest
  } = options;
  const verify = {
    fetchIntermediates,
    verifier,
    revocation,
    verifyDeadlineMs,
    allowPrivateAddresses,
    cacheDirectory,
  };
  return { verify, rest };
}

/**
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` where what is asked for cannot be kept
 */
export function resolveVerifyOptions(options: VerifyOptions): ResolvedVerification {
  const {
    verifier = 'openssl',
    revocation = 'off',
    verifyDeadlineMs = DEFAULT_VERIFY_DEADLINE_MS,
  } = options;
  if (!VERIFIERS.includes(verifier)) {
    throw invalidArgument('options.verifier', `one of ${VERIFIERS.join(', ')}`, verifier);
  }
  if (!REVOCATION_MODES.includes(revocation)) {
    const expected = `one of ${REVOCATION_MODES.join(', ')}`;
    throw invalidArgument('options.revocation', expected, revocation);
  }
  const resolved: ResolvedVerification = {
    fetchIntermediates: checkFlag('options.fetchIntermediates', options.fetchIntermediates),
    verifier: verifier === 'system' && hasPlatformVerifier() ? 'system' : 'openssl',
    revocation,
    deadlineMs: checkDeadline('options.verifyDeadlineMs', verifyDeadlineMs),
    allowPrivate: checkFlag('options.allowPrivateAddresses', options.allowPrivateAddresses),
    cacheDirectory: checkDirectory(options.cacheDirectory),
  };
  if (!isActive(resolved)) return resolved;
  if (!canSeeChains()) throw unsupportedRuntime();
  if (options.cacheDirectory === undefined) resolved.cacheDirectory = defaultCacheDirectory();
  return resolved;
}

function hasPlatformVerifier(): boolean {
  return process.platform === 'win32' || process.platform === 'darwin';
}

/**
 * Bun and Deno do not show the chain of a handshake that is being judged, and on Deno every certificate that is added
 * would be an anchor.
 */
function canSeeChains(): boolean {
  return process.versions['bun'] === undefined && process.versions['deno'] === undefined;
}

function unsupportedRuntime(): TruststoreError {
  return new TruststoreError(
    ErrorCodes.UNSUPPORTED_RUNTIME,
    'fetchIntermediates, verifier and revocation need Node: this runtime does not show the chain of a connection ' +
      'before it is used',
    {
      operation: 'check options',
      remedy: 'Leave these options out, or run the program with Node.',
    },
  );
}

function checkDirectory(directory: unknown): string | undefined {
  if (directory === false || directory === undefined) return undefined;
  if (typeof directory === 'string' && isAbsolute(directory)) return directory;
  throw invalidArgument('options.cacheDirectory', 'an absolute path or false', directory);
}

/** Users without a home keep nothing. */
function defaultCacheDirectory(): string | undefined {
  try {
    return userCacheDirectory(process.env);
  } catch {
    return undefined;
  }
}

function checkFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}
