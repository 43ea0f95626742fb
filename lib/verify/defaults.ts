/**
 * Defaults of verification beyond OpenSSL's: none of it is on unless requested. They are separate from the checks in
 * options.ts, because few programs pass options at start-up.
 */
import type { RevocationMode } from './types.js';

export const DEFAULT_VERIFY_DEADLINE_MS = 10_000;
export const REVOCATION_MODES: readonly RevocationMode[] = ['off', 'soft-fail', 'require'];

export interface ResolvedVerification {
  fetchIntermediates: boolean;
  /** `'system'` only on systems that have such a verifier. */
  verifier: 'openssl' | 'system';
  revocation: RevocationMode;
  deadlineMs: number;
  allowPrivate: boolean;
  /** Undefined when documents are kept in memory only. */
  cacheDirectory: string | undefined;
}

/** The options when nothing is requested. */
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

/** True when anything must be done beyond what Node does. */
export function isActive(options: ResolvedVerification): boolean {
  const { fetchIntermediates, verifier, revocation } = options;
  return fetchIntermediates || verifier === 'system' || revocation !== 'off';
}
