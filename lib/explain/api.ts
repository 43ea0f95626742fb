/**
 * Exports `explain()`; its implementation is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import { provideExplainer } from '../inject/explainer.js';
import type { ExplainOptions, Explanation } from './types.js';

const loadExplain = part(() => require('./explain.js') as typeof import('./explain.js'), {
  forInjection: false,
});

const loadRefusedPeer = part(
  () => require('./refused-peer.js') as typeof import('./refused-peer.js'),
  { forInjection: false },
);

provideExplainer((refused) => loadRefusedPeer().explainRefusedPeer(refused));

/**
 * Connects to `target`, shows the chain it sends, and says for each list of CAs whether OpenSSL accepts the chain, what is
 * wrong, and what to do. Makes one handshake for each list with certificates, sends nothing after it, and changes nothing.
 *
 * A certificate may name the URL of its issuer. If the server leaves the issuer out, that URL is fetched by HTTP within
 * narrow limits; `fetchIssuers: false` turns this off.
 *
 * If the root is in no list, the lists of browsers and Java on this machine are read, too, so that a diagnosis can name them.
 * Nothing is trusted for their sake.
 *
 * @param target - `https://host/`, `host`, `host:port`, `smtp://host`, `postgres://host`, …
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`, `ERR_TRUSTSTORE_DEADLINE`; a
 * fault of the host is a diagnosis and not an error
 */
export async function explain(
  target: string | URL,
  options?: ExplainOptions,
): Promise<Explanation> {
  return loadExplain().explain(target, options);
}
