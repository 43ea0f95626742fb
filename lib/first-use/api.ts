/**
 * `trustOnFirstUse()` for programs: what it needs is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import type { TrustOnFirstUse, TrustOnFirstUseOptions } from './types.js';

const loadFirstUse = part(() => require('./first-use.js') as typeof import('./first-use.js'), {
  forInjection: false,
});

/**
 * For TLS servers whose clients bring certificates nobody has vouched for, such as devices that are paired: the
 * application decides once, the decision is remembered in a file, and it can be revoked while the server runs.
 *
 * Works for `tls`, `https` and `http2` servers of Node 18 and newer.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` in Bun and Deno
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 * @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` when the file is there and cannot be used: damaged, of a newer
 * version, or one that others may write to or replace, because its directory is theirs or open to them
 */
export function trustOnFirstUse(options: TrustOnFirstUseOptions): TrustOnFirstUse {
  return loadFirstUse().trustOnFirstUse(options);
}
