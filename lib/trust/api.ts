/**
 * Exports the functions that read the store and make trust lists; their implementation is loaded at the first call.
 */
import { part } from '../base/part.js';
import type { SystemCAOptions, SystemStore, TrustOptions, VerifyPaths } from '../types.js';

const loadSystemStore = part(
  () => require('./store/system-store.js') as typeof import('./store/system-store.js'),
);
const loadTrustedCas = part(() => require('./trusted-cas.js') as typeof import('./trusted-cas.js'));

/**
 * The certificates the operating system trusts, as PEM. Like `tls.getCACertificates('system')`, but judged: expired,
 * distrusted, misplaced and duplicate certificates are left out.
 *
 * Blocks for about a millisecond; an unchanged store is answered from memory. On macOS the first read of a process, of either
 * kind, may take seconds, because macOS evaluates each root it ships before it lists them. Later reads use that list, until
 * the trust settings change while something watches them, `Injection#reload()` asks again, or a day has passed.
 *
 * @returns PEM texts, 64 columns with a final newline; self-signed anchors first. Empty when the store is empty.
 * @throws TruststoreError when nothing could be read and something failed, with the code of the first failure.
 * @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `…_ADDON_BROKEN`, `…_ADDON_DISABLED` when the addon does not load
 * and the runtime cannot list system CAs itself.
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function getSystemCAs(options?: SystemCAOptions): string[] {
  return loadSystemStore().getSystemCAs(options);
}

/**
 * Like {@link getSystemCAs}, but reads off the main thread.
 *
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_DEADLINE` after `deadlineMs`; the read goes on and serves later calls.
 * Otherwise rejects as {@link getSystemCAs} throws.
 */
export async function getSystemCAsAsync(options?: SystemCAOptions): Promise<string[]> {
  return loadSystemStore().getSystemCAsAsync(options);
}

/**
 * Every certificate of the operating system's store, kept or skipped, with its sources and the reason.
 *
 * @throws TruststoreError only for wrong options and for an addon that does not load; read failures are in `errors`.
 */
export function readSystemStore(options?: SystemCAOptions): SystemStore {
  return loadSystemStore().readSystemStore(options);
}

/**
 * Like {@link readSystemStore}, but reads off the main thread.
 *
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_DEADLINE` after `deadlineMs`; otherwise as {@link readSystemStore}.
 */
export async function readSystemStoreAsync(options?: SystemCAOptions): Promise<SystemStore> {
  return loadSystemStore().readSystemStoreAsync(options);
}

/**
 * The places where this process looks for CAs: files, directories, the variables that change them, and what exists. Reads no
 * certificate.
 */
export function getDefaultVerifyPaths(options?: Pick<SystemCAOptions, 'env'>): VerifyPaths {
  return loadSystemStore().getDefaultVerifyPaths(options);
}

/**
 * One complete list for TLS clients: exactly what `inject()` installs. Blocks for a few milliseconds.
 *
 * @returns canonical PEM texts, never empty: anchors, then intermediates that lead to one of them.
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` for the first file or certificate the user named that cannot be used
 * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET` when nothing would be left
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`
 */
export function getTrustedCAs(options?: TrustOptions): string[] {
  return loadTrustedCas().getTrustedCAs(options);
}

/**
 * Like {@link getTrustedCAs}, but reads the store off the main thread.
 *
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_DEADLINE` when the store does not answer in time; otherwise as
 * {@link getTrustedCAs}
 */
export async function getTrustedCAsAsync(options?: TrustOptions): Promise<string[]> {
  return loadTrustedCas().getTrustedCAsAsync(options);
}
