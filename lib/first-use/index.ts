/**
 * `os-truststore/first-use`: trust on first use alone, for servers that pair devices and need nothing of the operating
 * system's store. Importing it maps no addon and reads nothing.
 *
 * The published file includes all that it needs. `os-truststore` loads the same file at the first call of
 * `trustOnFirstUse()`.
 */
export { ErrorCodes, TruststoreError } from '../errors.js';
export { trustOnFirstUse } from './api.js';
export type { CertificateInput, ErrorCode, OsStatus, StoreError } from '../types.js';
export type {
  FirstUseAnswer,
  FirstUseContext,
  FirstUseDecision,
  PeerCertificate,
  PeerSource,
  Refusal,
  RefusalReason,
  RememberedPeer,
  TrustOnFirstUse,
  TrustOnFirstUseOptions,
  UnknownPeer,
} from './types.js';
