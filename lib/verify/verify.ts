/**
 * The entry to verification beyond OpenSSL's. It is loaded apart from the main file, because most programs do not use it.
 */
import type { Agent, AgentOptions } from 'node:https';

import type { Connector } from '../runtime/clients/connector.js';
import { installOnGlobalClients } from './clients/global-clients.js';
import type { GlobalClients } from './clients/global-clients.js';
import { makeVerifiedAgent } from './clients/https-agent.js';
import { makeConnector } from './clients/undici-connector.js';
import { Verification } from './connections/verification.js';
import type { ResolvedVerification } from './defaults.js';
import type { TrustSource } from './trusted-certificates.js';
import type { ConnectorOptions } from './types.js';

export { setPlatformVerifierForTests } from './platform/platform.js';

export function agentFor(
  options: AgentOptions,
  verify: ResolvedVerification,
  source: TrustSource,
): Agent {
  return makeVerifiedAgent(options, new Verification(verify, source));
}

export function connectorFor(
  options: ConnectorOptions,
  verify: ResolvedVerification,
  source: TrustSource,
): Connector {
  return makeConnector(options, new Verification(verify, source));
}

export function installGlobally(verify: ResolvedVerification, source: TrustSource): GlobalClients {
  return installOnGlobalClients(new Verification(verify, source));
}
