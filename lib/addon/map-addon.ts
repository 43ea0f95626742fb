/**
 * Maps the addon's binary from where it usually lies. Everything else about it is in load-addon.ts, which is loaded late.
 */
import { existsSync } from 'node:fs';
import { dirname, sep, toNamespacedPath } from 'node:path';

import { LIBRARY_FOLDER, PACKAGE_ROOT } from '../location.js';
import { addonFileProblem } from './addon-file.js';
import { currentCLibrary } from './c-library.js';

/** Names the addon's file; nothing else is tried then. For programs that ship it somewhere of their own. */
export const ADDON_VARIABLE = 'OS_TRUSTSTORE_ADDON';

/** What changes where node-gyp-build looks first; it is left to it then. */
export const SEARCH_VARIABLES = ['OS_TRUSTSTORE_PREBUILD', 'PREBUILDS_ONLY'];

/** What Windows loads only under its other form, which is no form of a path elsewhere. */
const MAX_PATH = 260;

/** Whether the user said which file is the addon. */
export function isAddonNamed(): boolean {
  return Boolean(process.env[ADDON_VARIABLE]);
}

export interface OpenAddon {
  path: string;
  /** As it exports it: see adapt-addon.ts. */
  addon: unknown;
}

let preloaded: OpenAddon | undefined;

let isInUse = false;

/** What is mapped already, unless the environment named another file before it was first used. */
export function preloadedAddon(): OpenAddon | undefined {
  isInUse ||= preloaded !== undefined && !isSearchChanged();
  return isInUse ? preloaded : undefined;
}

/**
 * Maps the binary while the package is imported, as addons do, so that the first call need not. Only where it usually
 * lies, and never a reason to fail: whatever is wrong, `loadAddon` finds out and says it. Not on Deno, which asks
 * its user for every permission.
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
    // Told at first use.
  }
}

export function open(path: string): OpenAddon {
  const problem = addonFileProblem(path);
  if (problem !== undefined) throw new Error(problem);
  const module = { exports: {} };
  // What require() ends with, without its search for a package around the file.
  process.dlopen(module, path.length < MAX_PATH ? path : toNamespacedPath(path));
  return { path, addon: module.exports };
}

/** Whether the environment says anything about where the addon is. */
function isSearchChanged(): boolean {
  return isAddonNamed() || SEARCH_VARIABLES.some((name) => process.env[name]);
}

/** There is nothing to normalise, and the first use of `path.join` takes 0.3 ms. */
const join = (...parts: string[]): string => parts.join(sep);

/** In the order of node-gyp-build, which takes many times as long to find the same: it lists directories. */
export function* usualPaths(): Generator<string> {
  yield join(PACKAGE_ROOT, 'build', 'Release', 'os_truststore.node');
  const { platform, arch, execPath } = process;
  const folder = platform === 'darwin' ? 'darwin-x64+arm64' : `${platform}-${arch}`;
  const name =
    platform === 'linux' ? `os-truststore.${currentCLibrary()}.node` : 'os-truststore.node';
  const prebuild = join('prebuilds', folder, name);
  yield join(PACKAGE_ROOT, prebuild);
  // Beside a bundle, which this module is then part of.
  yield join(LIBRARY_FOLDER, prebuild);
  yield join(dirname(execPath), prebuild);
  // Programs in one file have no folder of modules.
  yield join(dirname(execPath), name);
}
