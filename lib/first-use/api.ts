/**
 * Exports `trustOnFirstUse()`; its implementation is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import type { TrustOnFirstUse, TrustOnFirstUseOptions } from './types.js';

const loadFirstUse = part(() => require('./first-use.js') as typeof import('./first-use.js'), {
  forInjection: false,
});

/**
 * For TLS servers whose clients bring certificates that no CA vouches for, such as devices that are paired. The application
 * decides once for each client; the decision is remembered in a file, and it can be revoked while the server runs.
 *
 * Works for `tls`, `https` and `http2` servers of Node 18 and newer.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` in Bun and Deno
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 * @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` when the file exists but cannot be used: it is damaged, was written by
 * a newer version, or can be changed or replaced by other users, because its directory belongs to them or is open to them
 */
export function trustOnFirstUse(options: TrustOnFirstUseOptions): TrustOnFirstUse {
  return loadFirstUse().trustOnFirstUse(options);
}
