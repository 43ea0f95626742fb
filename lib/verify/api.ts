/**
 * `createAgent()` and `createConnector()` for programs: what they need is loaded at the first call, not with the package.
 */
import type { Agent } from 'node:https';

import { part } from '../base/part.js';
import type { Connector } from '../runtime/clients/connector.js';
import type {
  ChainVerdict,
  VerifyChainOptions,
  VerifyingAgentOptions,
  VerifyingConnectorOptions,
} from './types.js';

const loadCreateVerifying = part(
  () => require('./create-verifying.js') as typeof import('./create-verifying.js'),
  { forInjection: false },
);
const loadPlatformVerifier = part(
  () =>
    require('./platform/platform-verifier.js') as typeof import('./platform/platform-verifier.js'),
  { forInjection: false },
);

/**
 * An `https.Agent` that trusts what `getTrustedCAs` returns and verifies more than Node does: see {@link VerifyOptions}.
 * A request has its socket at once, as ever; what is written to it waits for the verdict, and `secureConnect` comes with it: a
 * peer that is refused has received nothing but the handshake. Time-outs, aborts and events are Node's.
 *
 * Requests that name `secureContext` or `rejectUnauthorized: false` are left alone; `ca` replaces what is trusted and is
 * judged by OpenSSL, with missing intermediates and revocation as asked for; `checkServerIdentity` is asked as ever.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` (Bun, Deno, where
 * `fetchIntermediates`, `verifier` or `revocation` is asked for)
 */
export function createAgent(options: VerifyingAgentOptions = {}): Agent {
  return loadCreateVerifying().makeAgent(options);
}

/**
 * The same for undici: the `connect` option of its `Agent`, `Pool` and `Client`, of npm's undici and of the one in Node.
 * A `ProxyAgent` makes its own connections and cannot be given one.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` (Bun, Deno, where
 * `fetchIntermediates`, `verifier` or `revocation` is asked for)
 */
export function createConnector(options: VerifyingConnectorOptions = {}): Connector {
  return loadCreateVerifying().makeConnector(options);
}

/**
 * Asks the verifier of Windows or macOS about a chain, off the event loop. Only that verifier is asked: the certificates of
 * {@link TrustOptions} count where they are passed as `userCAs`.
 *
 * @param chain - DER, the server's certificate first, in the order it was sent
 * @returns the verdict; a bad chain is one, no rejection
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_USER_CA`,
 * `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM` where there is no such verifier, `ERR_TRUSTSTORE_ADDON_…`; the reason of an aborted
 * signal
 */
export function verifyChain(
  chain: readonly Uint8Array[],
  options: VerifyChainOptions,
): Promise<ChainVerdict> {
  return loadPlatformVerifier().verifyChain(chain as readonly Buffer[], options);
}
