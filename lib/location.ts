/**
 * The folder this package lies in. This file must stay at the top of lib/ beside index.ts: both are joined into
 * dist/index.js, and register.js lies beside that.
 */
import { dirname, join } from 'node:path';

/** The folder of index.js: dist/, or the folder a bundler has put the program in. */
export const LIBRARY_FOLDER = __dirname;

export const PACKAGE_ROOT = dirname(LIBRARY_FOLDER);

/** Path of the file that injects when it is loaded; see register.ts. */
export function registerPath(): string {
  return join(LIBRARY_FOLDER, 'register.js');
}
