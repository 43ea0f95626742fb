/**
 * Implements `createAgent()` and `createConnector()`, which api.ts documents.
 */
import type { Agent } from 'node:https';

import { checkNames } from '../base/option-names.js';
import { checkObject, definedOnly } from '../base/options.js';
import { part } from '../base/part.js';
import type { Connector } from '../runtime/clients/connector.js';
import { resolveTrustOptions } from '../trust/options/options.js';
import { TRUST_OPTIONS } from '../trust/options/trust-option-checks.js';
import type { TrustOptions } from '../types.js';
import type { ResolvedVerification } from './defaults.js';
import { VERIFY_OPTIONS, checkVerifyOptions, fillVerifyOptions } from './options.js';
import { sourceOfOptions } from './trust-source.js';
import type { TrustSource } from './trusted-certificates.js';
import type { VerifyOptions, VerifyingAgentOptions, VerifyingConnectorOptions } from './types.js';

const loadVerify = part(() => require('./verify.js') as typeof import('./verify.js'), {
  forInjection: false,
});

export function makeAgent(options: VerifyingAgentOptions): Agent {
  const { own, verify, source } = resolve(options);
  return loadVerify().agentFor(own, verify, source);
}

export function makeConnector(options: VerifyingConnectorOptions): Connector {
  const { own, verify, source } = resolve(options);
  return loadVerify().connectorFor(own, verify, source);
}

/** Separates the options that are checked here from the rest, which Node or undici reads. */
function resolve<Options extends TrustOptions & VerifyOptions>(
  options: Options,
): {
  own: Omit<Options, keyof VerifyOptions | keyof TrustOptions>;
  verify: ResolvedVerification;
  source: TrustSource;
} {
  checkObject('options', options);
  // One step reads each option once, and by its name, so that inherited ones count as well.
  const {
    fetchIntermediates,
    verifier,
    revocation,
    verifyDeadlineMs,
    allowPrivateAddresses,
    cacheDirectory,
    bundled,
    system,
    userCAs,
    exclude,
    ...own
  } = options;
  checkNames('options', own, [...TRUST_OPTIONS, ...VERIFY_OPTIONS], { others: true });
  const trust = resolveTrustOptions(definedOnly({ bundled, system, userCAs, exclude }));
  const verify = checkVerifyOptions({
    fetchIntermediates,
    verifier,
    revocation,
    verifyDeadlineMs,
    allowPrivateAddresses,
    cacheDirectory,
  });
  return { own, verify: fillVerifyOptions(verify), source: sourceOfOptions(trust) };
}
