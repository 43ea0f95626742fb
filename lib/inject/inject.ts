/**
 * Injection, as programs call it.
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
 * From now on every TLS client of this thread that names no `ca` of its own trusts what the machine trusts: `https`,
 * `http2`, `tls`, `fetch`, and everything that stands on them. Meant for applications; libraries should leave it to them.
 *
 * Returns at once: the store is read on another thread, and the first TLS context waits for it if it is not there yet.
 * (Bun and Deno cannot be made to wait later, so `inject()` waits there.) Not reached: connections that name `ca` (but
 * see {@link InjectOptions.rootLists}) or `secureContext`, contexts made before, and threads that are already running.
 *
 * A TLS server that asks for client certificates, and names no `ca` for itself or for a name of `addContext()`, uses the
 * default list too where that is replaced ({@link Injection.strategy} `set`): it lets in clients of the machine's CAs as
 * well. Such servers should name the CAs of their clients; a process warning says so once, but not of a server that is made
 * of `new tls.TLSSocket(socket, { isServer: true })`. Elsewhere (`patch`) servers let in whoever they would without
 * injecting. Contexts that an `SNICallback` makes with `tls.createSecureContext()` get the machine's CAs everywhere, without
 * a warning: nothing tells them from a client's.
 *
 * Injecting twice is injecting once, across all copies of this package in the thread: the second call returns the same
 * {@link Injection}, and if it has options, those are used from then on, and nothing of the former ones.
 *
 * What `os-truststore/register` was told through the environment, or inherited as a worker or child process, stays in
 * force whatever is passed here, also after {@link restore}: see {@link InjectOptions}.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` where these options, or those of the environment, cannot be
 * kept
 * @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `…_ADDON_BROKEN`, `…_ADDON_DISABLED` when the store can be read
 * neither by the addon nor by the runtime. Nothing has changed then. What goes wrong later is a warning.
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
 * Takes back whatever is injected in this thread, by whichever copy of this package: defaults, exports of Node's modules
 * and environment are what they were, except where somebody else has changed them since. Open connections live on. Does
 * nothing when nothing is injected.
 */
export function restore(): void {
  registered()?.restore();
}

/**
 * A context that trusts what {@link getTrustedCAs} returns, for the `secureContext` option of TLS clients and for libraries
 * that want one. Independent of {@link inject}. Calls with the same options share one context until the store changes,
 * so treat it as read-only. One that you keep goes on trusting what is distrusted later: ask for it anew.
 *
 * A context is a list of CAs, and no list can say that a certificate of the server's own chain is distrusted. Where the machine
 * distrusts any, connections that `tls.connect` makes with the context (`https`, `http2` and undici make theirs so) are judged
 * by that as well, as `inject()` does it: `tls.connect` is replaced for this, and asks about no other connection. For all else,
 * `new tls.TLSSocket` and servers among them, the list is all there is; see {@link TrustedSecureContext.checkServerIdentity}.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` for the first thing the user named that cannot be used
 * @throws Error of Node for what it does not accept
 */
export function createSecureContext(options?: SecureContextOptions): TrustedSecureContext {
  return loadSecureContext().makeSecureContext(options);
}
