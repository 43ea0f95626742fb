/**
 * Where the package lies. This file stays at the top of lib/, as index.ts does: both are joined in dist/index.js, beside which
 * register.js is.
 */
import { dirname, join } from 'node:path';

/** The folder of index.js: dist/, or where a bundler has put the program. */
export const LIBRARY_FOLDER = __dirname;

export const PACKAGE_ROOT = dirname(LIBRARY_FOLDER);

/** The file that injects on being loaded; see register.ts. */
export function registerPath(): string {
  return join(LIBRARY_FOLDER, 'register.js');
}
