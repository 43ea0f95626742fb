/**
 * The public exports of os-truststore, which makes a Node program trust what its machine trusts.
 *
 * Importing this module has no side effect: it maps the addon's binary into memory, but reads no store and changes nothing.
 * What a function needs is loaded at its first call; where `require` may stop working later (jest), `inject()` loads it.
 */
import { preloadAddon } from './addon/map-addon.js';

preloadAddon();

export { ErrorCodes, TruststoreError } from './errors.js';
export {
  getDefaultVerifyPaths,
  getSystemCAs,
  getSystemCAsAsync,
  getTrustedCAs,
  getTrustedCAsAsync,
  readSystemStore,
  readSystemStoreAsync,
} from './trust/api.js';
export type { LogLevel, LogMessage } from './base/log.js';
export type {
  CertificateInput,
  CertificateRole,
  CertificateSource,
  Environment,
  ErrorCode,
  OsStatus,
  Purpose,
  SkipReason,
  StoreError,
  StoreLocation,
  SystemCAOptions,
  SystemCertificate,
  SystemStore,
  TrustOptions,
  TrustStatus,
  UserCAOptions,
  VerifyPaths,
} from './types.js';
export { createSecureContext, inject, restore } from './inject/inject.js';
/** @internal */
export { internals } from './internals.js';
export type {
  ChangedCertificate,
  ErrorExplanation,
  InjectOptions,
  Injection,
  InjectionStrategy,
  Report,
  TrustDiff,
} from './inject/types.js';
export type { SecureContextOptions, TrustedSecureContext } from './inject/secure-context.js';
export { writeBundle } from './bundle/api.js';
export type { BundleFile, BundleOptions } from './bundle/types.js';
export { createAgent, createConnector, verifyChain } from './verify/api.js';
export type {
  AcceptedChain,
  ChainVerdict,
  ConnectorOptions,
  RefusedChain,
  RevocationMode,
  RevocationReport,
  VerifyChainOptions,
  VerifyOptions,
  VerifyingAgentOptions,
  VerifyingConnectorOptions,
} from './verify/types.js';
export type { Connector, ConnectorCallback, ConnectorTarget } from './runtime/clients/connector.js';
export { explain } from './explain/api.js';
export type {
  Diagnosis,
  DiagnosisName,
  ExplainedCertificate,
  ExplainOptions,
  Explanation,
  Fix,
  SourceName,
  SourceVerdict,
  StartTlsProtocol,
} from './explain/types.js';
export { trustOnFirstUse } from './first-use/api.js';
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
} from './first-use/types.js';
