/**
 * What is verified beyond what OpenSSL does, and that it is nothing unless asked for. Apart from options.ts, which checks what
 * programs ask for: at start-up hardly any asks.
 */
import type { RevocationMode } from './types.js';

export const DEFAULT_VERIFY_DEADLINE_MS = 10_000;
export const REVOCATION_MODES: readonly RevocationMode[] = ['off', 'soft-fail', 'require'];

export interface ResolvedVerification {
  fetchIntermediates: boolean;
  /** `'system'` only where there is such a verifier. */
  verifier: 'openssl' | 'system';
  revocation: RevocationMode;
  deadlineMs: number;
  allowPrivate: boolean;
  /** Undefined: memory only. */
  cacheDirectory: string | undefined;
}

/** What is done when nothing is asked for. */
export function plainVerification(): ResolvedVerification {
  return {
    fetchIntermediates: false,
    verifier: 'openssl',
    revocation: 'off',
    deadlineMs: DEFAULT_VERIFY_DEADLINE_MS,
    allowPrivate: false,
    cacheDirectory: undefined,
  };
}

/** Whether anything is to be done beyond what Node does. */
export function isActive(options: ResolvedVerification): boolean {
  const { fetchIntermediates, verifier, revocation } = options;
  return fetchIntermediates || verifier === 'system' || revocation !== 'off';
}
