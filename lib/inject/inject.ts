/**
 * Exports the functions of injection for programs; their implementation is loaded when it is needed.
 */
import { part } from '../base/part.js';
import { startEarlyRead } from '../trust/store/early-read.js';
import { registered } from './registry.js';
import type { SecureContextOptions, TrustedSecureContext } from './secure-context.js';
import type { InjectOptions, Injection } from './types.js';

const loadInjection = part(() => require('./injection.js') as typeof import('./injection.js'));
const loadSecureContext = part(
  () => require('./secure-context.js') as typeof import('./secure-context.js'),
);

/**
 * Makes every TLS client of this thread that names no `ca` trust what the machine trusts: `https`, `http2`, `tls`, `fetch`,
 * and everything built on them. Meant for applications; libraries should leave this to them.
 *
 * Returns at once: the store is read on another thread, and the first TLS context waits for it if it is not there yet. (Bun
 * and Deno cannot wait later, so there `inject()` itself waits.) Not reached are connections with `ca` (but see
 * {@link InjectOptions.rootLists}) or `secureContext`, contexts made before, and threads that are already running.
 *
 * Where the default list is replaced ({@link Injection.strategy} `set`), it also serves a TLS server that asks for client
 * certificates and names no `ca`, for itself or for a name of `addContext()`: such a server also lets in clients of the
 * machine's CAs. It should name the CAs of its clients. A process warning says so once, but not for a server made by
 * `new tls.TLSSocket(socket, { isServer: true })`. Elsewhere (`patch`) servers let in the same clients as without injecting.
 * Contexts that an `SNICallback` makes with `tls.createSecureContext()` get the machine's CAs everywhere, without a warning,
 * because they cannot be told from a client's.
 *
 * Injecting twice is the same as once, across all copies of this package in the thread: the second call returns the same
 * {@link Injection}. If it has options, they replace all earlier ones from then on.
 *
 * What `os-truststore/register` was told through the environment, or inherited as a worker or child process, stays in force
 * whatever is passed here, also after {@link restore}: see {@link InjectOptions}.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` where these options, or those of the environment, cannot be
 * applied
 * @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `…_ADDON_BROKEN`, `…_ADDON_DISABLED` when neither the addon nor
 * the runtime can read the store. Nothing has changed then. Later failures are warnings.
 */
export function inject(options?: InjectOptions): Injection {
  const present = registered();
  if (!present) {
    if (options === undefined) startEarlyRead();
    return new (loadInjection().ThreadInjection)(options).start();
  }
  if (options !== undefined) present.configure(options);
  return present;
}

/**
 * Undoes the injection of this thread, whichever copy of this package made it: defaults, exports of Node's modules and the
 * environment become what they were, except where other code has changed them since. Open connections live on. Does nothing
 * when nothing is injected.
 */
export function restore(): void {
  registered()?.restore();
}

/**
 * A context that trusts what {@link getTrustedCAs} returns, for the `secureContext` option of TLS clients and for libraries
 * that want one. Independent of {@link inject}. Calls with the same options share one context until the store changes, so
 * treat it as read-only. A context that you keep goes on trusting what is distrusted later, so ask for it again.
 *
 * A context is a list of CAs, and a list cannot say that a certificate in the server's chain is distrusted. Where the machine
 * distrusts any, connections that `tls.connect` makes with the context are also judged by that, as with `inject()`; `https`,
 * `http2` and undici connect this way. `tls.connect` is replaced for this, and judges no other connection. Everything else,
 * including `new tls.TLSSocket` and servers, only has the list; see {@link TrustedSecureContext.checkServerIdentity}.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` for the first thing the user named that cannot be used
 * @throws Error of Node for options that it does not accept
 */
export function createSecureContext(options?: SecureContextOptions): TrustedSecureContext {
  return loadSecureContext().makeSecureContext(options);
}
