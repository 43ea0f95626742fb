/**
 * Defaults and validation of {@link VerifyOptions}.
 */
import { isAbsolute } from 'node:path';

import { checkFlag, checkMilliseconds, checkOneOf, definedOnly } from '../base/options.js';
import { CHECK_OPTIONS, ErrorCodes, TruststoreError, invalidArgument } from '../errors.js';
import { userCacheDirectory } from '../files/user-directory.js';
import { DEFAULT_VERIFY_DEADLINE_MS, REVOCATION_MODES, isActive } from './defaults.js';
import type { ResolvedVerification } from './defaults.js';
import type { VerifyOptions } from './types.js';

export const VERIFY_OPTIONS = [
  'fetchIntermediates',
  'verifier',
  'revocation',
  'verifyDeadlineMs',
  'allowPrivateAddresses',
  'cacheDirectory',
] as const satisfies (keyof VerifyOptions)[];

const VERIFIERS = ['openssl', 'system'] as const;

/**
 * The caller's options, each read once; unknown ones are left out.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function checkVerifyOptions(options: VerifyOptions): VerifyOptions {
  // Each option is read by name, because an object with a class may inherit its options.
  const { fetchIntermediates, verifier, revocation, verifyDeadlineMs } = options;
  const { allowPrivateAddresses, cacheDirectory } = options;
  return definedOnly<VerifyOptions>({
    fetchIntermediates: checkFlag('options.fetchIntermediates', fetchIntermediates),
    verifier: checkOneOf('options.verifier', verifier, VERIFIERS),
    revocation: checkOneOf('options.revocation', revocation, REVOCATION_MODES),
    verifyDeadlineMs: checkMilliseconds('options.verifyDeadlineMs', verifyDeadlineMs),
    allowPrivateAddresses: checkFlag('options.allowPrivateAddresses', allowPrivateAddresses),
    cacheDirectory: checkDirectory(cacheDirectory),
  });
}

/**
 * @param options - checked options
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME`, `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM` where the request
 * cannot be fulfilled
 */
export function fillVerifyOptions({
  fetchIntermediates = false,
  verifier,
  revocation = 'off',
  verifyDeadlineMs = DEFAULT_VERIFY_DEADLINE_MS,
  allowPrivateAddresses = false,
  cacheDirectory,
}: VerifyOptions): ResolvedVerification {
  const resolved: ResolvedVerification = {
    fetchIntermediates,
    verifier: verifier ?? 'openssl',
    revocation,
    deadlineMs: verifyDeadlineMs,
    allowPrivate: allowPrivateAddresses,
    cacheDirectory: cacheDirectory === false ? undefined : cacheDirectory,
  };
  if (!isActive(resolved)) return resolved;
  if (!canSeeChains()) throw unsupportedRuntime();
  if (resolved.verifier === 'system' && !hasPlatformVerifier()) throw noPlatformVerifier();
  if (cacheDirectory === undefined) resolved.cacheDirectory = defaultCacheDirectory();
  return resolved;
}

function hasPlatformVerifier(): boolean {
  return process.platform === 'win32' || process.platform === 'darwin';
}

/**
 * Bun and Deno do not show the chain of a handshake that is being judged, and in Deno every added certificate would be an
 * anchor.
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
      operation: CHECK_OPTIONS,
      remedy: 'Leave these options out, or run the program with Node.',
    },
  );
}

function noPlatformVerifier(): TruststoreError {
  return new TruststoreError(
    ErrorCodes.UNSUPPORTED_PLATFORM,
    "verifier: 'system' needs Windows or macOS: here OpenSSL is the only verifier",
    {
      operation: CHECK_OPTIONS,
      remedy:
        "Ask for it where it is: verifier: process.platform === 'linux' ? 'openssl' : 'system'.",
    },
  );
}

function checkDirectory(directory: unknown): string | false | undefined {
  if (directory === false || directory === undefined) return directory;
  if (typeof directory === 'string' && isAbsolute(directory)) return directory;
  throw invalidArgument('options.cacheDirectory', 'an absolute path or false', directory);
}

/** Nothing is kept on disk for users without a home directory. */
function defaultCacheDirectory(): string | undefined {
  try {
    return userCacheDirectory(process.env);
  } catch {
    return undefined;
  }
}
