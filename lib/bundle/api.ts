/**
 * `writeBundle()` for programs: what it needs is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import type { BundleFile, BundleOptions } from './types.js';

const loadWriteBundle = part(
  () => require('./write-bundle.js') as typeof import('./write-bundle.js'),
  { forInjection: false },
);

/**
 * Writes the anchors of the trust set (bundled, the system's, yours, minus what is distrusted or excluded) to one PEM file
 * in a private directory, for programs that want a file, and says which variables make them use it:
 *
 * ```js
 * const { env } = writeBundle();
 * spawn('git', ['fetch'], { env: { ...process.env, ...env } });
 * ```
 *
 * The file is named by its content and shared by all processes: it is written only when it is not there yet, whole or not
 * at all. Files nobody has asked for or read in 30 days are removed at a later call, so call again rather than keep a path
 * for months; `os-truststore export -o` is for files that stay.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED` when there is no directory that nobody else can write to
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA`, `ERR_TRUSTSTORE_EMPTY_SET`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`,
 * `ERR_TRUSTSTORE_ADDON_…`, as `getTrustedCAs()`
 */
export function writeBundle(options?: BundleOptions): BundleFile {
  return loadWriteBundle().makeBundle(options);
}
