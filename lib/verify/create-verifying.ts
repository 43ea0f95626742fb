/**
 * `createAgent()` and `createConnector()`, whose documentation is in api.ts.
 */
import type { Agent } from 'node:https';

import { part } from '../base/part.js';
import { invalidArgument } from '../errors.js';
import type { Connector } from '../runtime/clients/connector.js';
import type { TrustOptions } from '../types.js';
import { resolveVerifyOptions, takeVerifyOptions } from './options.js';
import { sourceOfOptions } from './trust-source.js';
import type { VerifyOptions, VerifyingAgentOptions, VerifyingConnectorOptions } from './types.js';

const loadVerify = part(() => require('./verify.js') as typeof import('./verify.js'), {
  forInjection: false,
});

export function makeAgent(options: VerifyingAgentOptions): Agent {
  const { verify, trust, own } = split(options);
  return loadVerify().agentFor(own, resolveVerifyOptions(verify), sourceOfOptions(trust));
}

export function makeConnector(options: VerifyingConnectorOptions): Connector {
  const { verify, trust, own } = split(options);
  return loadVerify().connectorFor(own, resolveVerifyOptions(verify), sourceOfOptions(trust));
}

type Own<Options> = Omit<Options, keyof VerifyOptions | keyof TrustOptions>;

function split<Options extends TrustOptions & VerifyOptions>(
  options: Options,
): { verify: VerifyOptions; trust: TrustOptions; own: Own<Options> } {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const { verify, rest } = takeVerifyOptions(options);
  const { bundled, system, userCAs, exclude, ...own } = rest as TrustOptions & Own<Options>;
  return { verify, trust: { bundled, system, userCAs, exclude }, own: own as Own<Options> };
}
