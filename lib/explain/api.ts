/**
 * `explain()` for programs: what it needs is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import type { ExplainOptions, Explanation } from './types.js';

const loadExplain = part(() => require('./explain.js') as typeof import('./explain.js'), {
  forInjection: false,
});

/**
 * Connects to `target`, shows the chain it sends, and says for each list of CAs whether OpenSSL accepts it, what is wrong,
 * and what to do. Makes one handshake for each list that has certificates, sends nothing after it, and changes nothing.
 *
 * A certificate may name a place where its issuer is to be had. When the server leaves the issuer out, that place is
 * asked by HTTP, within narrow limits; switch it off with `fetchIssuers: false`.
 *
 * @param target - `https://host/`, `host`, `host:port`, `smtp://host`, `postgres://host`, …
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`,
 * `ERR_TRUSTSTORE_DEADLINE`; what is wrong with the host is a diagnosis
 */
export async function explain(
  target: string | URL,
  options?: ExplainOptions,
): Promise<Explanation> {
  return loadExplain().explain(target, options);
}
