/**
 * Loads the verifier of Windows and macOS, where there is one.
 */
import { part } from '../../base/part.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { VerifyChain } from '../types.js';

const loadAddonVerifier = part(
  () => require('./platform-verifier.js') as typeof import('./platform-verifier.js'),
  { forInjection: false },
);

let loaded: VerifyChain | undefined;

/** @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM`, `ERR_TRUSTSTORE_ADDON_…` */
export function loadPlatformVerifier(): VerifyChain {
  return (loaded ??= load());
}

/** Lets tests replace the platform's verifier. */
export function setPlatformVerifierForTests(verifier: VerifyChain | undefined): void {
  loaded = verifier;
}

function load(): VerifyChain {
  try {
    return loadAddonVerifier().verifyChain;
  } catch (cause) {
    throw new TruststoreError(
      ErrorCodes.UNSUPPORTED_PLATFORM,
      `The verifier of ${process.platform} cannot be used: ${(cause as Error).message}`,
      { operation: 'verify chain', cause, remedy: "Leave out verifier: 'system'." },
    );
  }
}
