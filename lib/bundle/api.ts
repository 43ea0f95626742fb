/**
 * Exports `writeBundle()`; its implementation is loaded at the first call, not with the package.
 */
import { part } from '../base/part.js';
import type { BundleFile, BundleOptions } from './types.js';

const loadWriteBundle = part(
  () => require('./write-bundle.js') as typeof import('./write-bundle.js'),
  { forInjection: false },
);

/**
 * Writes the anchors of the trust set (bundled, the system's, yours, without distrusted or excluded ones) to one PEM file in
 * a private directory, for programs that want a file, and returns the variables that make them use it:
 *
 * ```js
 * const { spawn } = require('node:child_process');
 * const { writeBundle } = require('os-truststore');
 *
 * const { env } = writeBundle();
 * spawn('git', ['fetch'], { env: { ...process.env, ...env }, stdio: 'inherit' });
 * ```
 *
 * The file is named after its content and shared by all processes. It is written only when it does not exist yet, completely
 * or not at all. A later call removes files that have not been requested or read for 30 days, so call again instead of
 * keeping a path for months; `os-truststore export -o` is for files that stay.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED` when every possible directory can be written to by other users
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA`, `ERR_TRUSTSTORE_EMPTY_SET`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`,
 * `ERR_TRUSTSTORE_ADDON_…`, as `getTrustedCAs()`
 */
export function writeBundle(options?: BundleOptions): BundleFile {
  return loadWriteBundle().makeBundle(options);
}
