/**
 * What `writeBundle()` takes and gives.
 */
import type { TrustOptions } from '../types.js';

export interface BundleOptions extends TrustOptions {
  /**
   * Put intermediates into the file, too. Many programs (curl, Go, Python 3.13) take every certificate of a file for an
   * anchor, so this makes anchors of them. @defaultValue `false`
   */
  intermediates?: boolean | undefined;
  /**
   * Where to put it: a directory that is yours alone, made if need be. One that is there keeps its mode, and is refused when
   * others may write to it.
   * @defaultValue `$XDG_CACHE_HOME/os-truststore`, `%LOCALAPPDATA%\os-truststore`, `~/Library/Caches/os-truststore`; where
   * that cannot be used, a private one among the temporary files
   */
  directory?: string | undefined;
}

/** A PEM file for programs that want one. */
export interface BundleFile {
  readonly path: string;
  /** How many certificates it holds. */
  readonly certificates: number;
  /** Variables that make programs use it; hand them to a child process with the rest of your environment. */
  readonly env: Readonly<Record<string, string>>;
}
