/**
 * Exports `createAgent()`, `createConnector()` and `verifyChain()`; their implementation is loaded at the first call.
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
 * An `https.Agent` that trusts what `getTrustedCAs` returns and verifies more than Node does: see {@link VerifyOptions}. A
 * request gets its socket at once, as with Node's agent, but `secureConnect` and everything written to the socket wait for
 * the verdict, so a refused peer has received nothing but the handshake. Time-outs, aborts and events are Node's.
 *
 * Requests with `secureContext` or `rejectUnauthorized: false` are left alone. With `ca`, that list replaces what is trusted,
 * and OpenSSL judges it, with missing intermediates and revocation as requested. `checkServerIdentity` is called as usual.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` (Bun, Deno, when
 * `fetchIntermediates`, `verifier` or `revocation` is requested)
 */
export function createAgent(options: VerifyingAgentOptions = {}): Agent {
  return loadCreateVerifying().makeAgent(options);
}

/**
 * The same for undici: a value for the `connect` option of `Agent`, `Pool` and `Client`, both of npm's undici and of the one
 * in Node. A `ProxyAgent` makes its own connections and does not accept one.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` (Bun, Deno, when
 * `fetchIntermediates`, `verifier` or `revocation` is requested)
 */
export function createConnector(options: VerifyingConnectorOptions = {}): Connector {
  return loadCreateVerifying().makeConnector(options);
}

/**
 * Asks the verifier of Windows or macOS about a chain, off the event loop. Only that verifier decides: certificates of
 * {@link TrustOptions} count only if they are passed as `userCAs`.
 *
 * @param chain - DER, the server's certificate first, in the order it was sent
 * @returns the verdict; a bad chain gives a verdict and does not reject
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
