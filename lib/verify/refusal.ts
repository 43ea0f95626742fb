/**
 * Turns refusals into errors, with the codes that programs know from Node.
 */
import type { RefusedChain } from './types.js';

export interface RefusalError extends Error {
  code: string;
  host: string;
  platformCode?: number | string;
  platformText?: string;
}

export function refusalError(host: string, refused: RefusedChain): RefusalError {
  const { code, reason, platformCode, platformText } = refused;
  return Object.assign(new Error(`${host}: ${reason}`), {
    code,
    host,
    ...(platformCode === undefined ? {} : { platformCode }),
    ...(platformText === undefined ? {} : { platformText }),
  });
}

/** OpenSSL's codes for a missing issuer. */
const UNKNOWN_ISSUER = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

export function isUnknownIssuer(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return UNKNOWN_ISSUER.has(code ?? '');
}
