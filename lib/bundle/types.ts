/**
 * The options and the result of `writeBundle()`.
 */
import type { TrustOptions } from '../types.js';

export interface BundleOptions extends TrustOptions {
  /**
   * Includes intermediates in the file. Many programs (curl, Go, Python 3.13) treat every certificate in a file as an anchor,
   * so intermediates become anchors for them. @defaultValue `false`
   */
  intermediates?: boolean | undefined;
  /**
   * Where to put the file: a directory that only you can write to, which is made if it is missing. An existing one keeps its
   * mode, and is refused when others may write to it.
   * @defaultValue `$XDG_CACHE_HOME/os-truststore`, `%LOCALAPPDATA%\os-truststore`, `~/Library/Caches/os-truststore`; if that
   * cannot be used, a private directory among the temporary files
   */
  directory?: string | undefined;
}

/** A PEM file for programs that need one. */
export interface BundleFile {
  readonly path: string;
  /** The number of certificates in it. */
  readonly certificates: number;
  /** Variables that make programs use the file; give them to a child process with the rest of your environment. */
  readonly env: Readonly<Record<string, string>>;
}
