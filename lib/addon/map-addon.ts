/**
 * Maps the addon's binary into memory from its usual place. The rest is in load-addon.ts, which is loaded late.
 */
import { existsSync } from 'node:fs';
import { dirname, sep, toNamespacedPath } from 'node:path';

import { LIBRARY_FOLDER, PACKAGE_ROOT } from '../location.js';
import { addonFileProblem } from './addon-file.js';

/** Names the addon's file, for programs that ship it in a place of their own; no other place is tried then. */
export const ADDON_VARIABLE = 'OS_TRUSTSTORE_ADDON';

/** Variables that change where node-gyp-build looks first; when one is set, node-gyp-build does the search. */
export const SEARCH_VARIABLES = ['OS_TRUSTSTORE_PREBUILD', 'PREBUILDS_ONLY'];

/** Windows loads a longer path only in its namespaced form, which is not a valid path on other systems. */
const MAX_PATH = 260;

/** True when the user has named the addon's file. */
export function isAddonNamed(): boolean {
  return Boolean(process.env[ADDON_VARIABLE]);
}

export interface OpenAddon {
  path: string;
  /** The addon's raw exports: see adapt-addon.ts. */
  addon: unknown;
}

let preloaded: OpenAddon | undefined;

let isInUse = false;

/** The binary that is mapped already, unless the environment named another file before the first use. */
export function preloadedAddon(): OpenAddon | undefined {
  isInUse ||= preloaded !== undefined && !isSearchChanged();
  return isInUse ? preloaded : undefined;
}

/**
 * Maps the binary while the package is imported, as other addons do, so that the first call need not. It looks only in the
 * usual place and never fails: `loadAddon` finds and reports any fault. Not on Deno, which asks its user for every
 * permission.
 */
export function preloadAddon(): void {
  if (process.versions['deno'] !== undefined || isSearchChanged()) return;
  try {
    for (const path of usualPaths()) {
      if (!existsSync(path)) continue;
      preloaded = open(path);
      return;
    }
  } catch {
    // The first use reports it.
  }
}

export function open(path: string): OpenAddon {
  const problem = addonFileProblem(path);
  if (problem !== undefined) throw new Error(problem);
  const module = { exports: {} };
  // Does what require() ends with, but without searching for a package around the file.
  process.dlopen(module, path.length < MAX_PATH ? path : toNamespacedPath(path));
  return { path, addon: module.exports };
}

/** True when the environment says anything about where the addon is. */
function isSearchChanged(): boolean {
  return isAddonNamed() || SEARCH_VARIABLES.some((name) => process.env[name]);
}

/** Joins without `path.join`: nothing needs normalising, and the first use of `path.join` takes 0.3 ms. */
const join = (...parts: string[]): string => parts.join(sep);

/** The places in node-gyp-build's order. node-gyp-build itself lists directories, which takes many times as long. */
export function* usualPaths(): Generator<string> {
  yield join(PACKAGE_ROOT, 'build', 'Release', 'os_truststore.node');
  const { platform, arch, execPath } = process;
  const folder = platform === 'darwin' ? 'darwin-x64+arm64' : `${platform}-${arch}`;
  const name = 'os-truststore.node';
  const prebuild = join('prebuilds', folder, name);
  yield join(PACKAGE_ROOT, prebuild);
  // Beside a bundle that includes this module.
  yield join(LIBRARY_FOLDER, prebuild);
  yield join(dirname(execPath), prebuild);
  // Programs in a single file have no folder of modules.
  yield join(dirname(execPath), name);
}
