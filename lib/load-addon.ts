/**
 * Finds the addon's binary and loads it, or says exactly why not.
 */
import { accessSync, existsSync } from 'node:fs';
import { dirname, join, resolve, toNamespacedPath } from 'node:path';

import { adaptAddon } from './adapt-addon.js';
import { addonFileProblem } from './addon-file.js';
import { currentCLibrary } from './c-library.js';
import { ErrorCodes, TruststoreError } from './errors.js';
import { log } from './log.js';
import type { NativeBinding } from './native-binding.js';

const PACKAGE_ROOT = join(__dirname, '..');

/** Names the addon's file; nothing else is tried then. For programs that ship it somewhere of their own. */
const ADDON_VARIABLE = 'OS_TRUSTSTORE_ADDON';

/** What changes where node-gyp-build looks first; it is left to it then. */
const SEARCH_VARIABLES = ['OS_TRUSTSTORE_PREBUILD', 'PREBUILDS_ONLY'];

/** What Windows loads only under its other form, which is no form of a path elsewhere. */
const MAX_PATH = 260;

/** What `node-gyp-build` offers beyond calling it. */
interface NodeGypBuild {
  path(directory: string): string;
}

/** Whether the user said which file is the addon. */
export function isAddonNamed(): boolean {
  return Boolean(process.env[ADDON_VARIABLE]);
}

interface OpenAddon {
  path: string;
  binding: NativeBinding;
}

let preloaded: OpenAddon | undefined;

/**
 * Maps the binary while the package is imported, as addons do, so that the first call need not. Only where it usually
 * lies, and never a reason to fail: whatever is wrong, {@link loadAddon} finds out and says it. Not on Deno, which asks
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

/** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `…_ADDON_BROKEN`, `…_ADDON_DISABLED` */
export function loadAddon(): NativeBinding {
  const { path, binding } = preloaded && !isSearchChanged() ? preloaded : openFound();
  log('debug', 'The addon is loaded', { path });
  return binding;
}

function openFound(): OpenAddon {
  const missing: string[] = [];
  const path = search(missing);
  try {
    return open(path);
  } catch (cause) {
    throw loadError(path, cause as NodeJS.ErrnoException, missing);
  }
}

function open(path: string): OpenAddon {
  const problem = addonFileProblem(path);
  if (problem !== undefined) throw new Error(problem);
  const module = { exports: {} };
  // What require() ends with, without its search for a package around the file.
  process.dlopen(module, path.length < MAX_PATH ? path : toNamespacedPath(path));
  return { path, binding: adaptAddon(module.exports) };
}

/** Whether the environment says anything about where the addon is. */
function isSearchChanged(): boolean {
  return isAddonNamed() || SEARCH_VARIABLES.some((name) => process.env[name]);
}

/** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND` */
export function findAddon(): string {
  return search([]);
}

/** Adds to `missing` what is looked at in vain. */
function search(missing: string[]): string {
  const named = process.env[ADDON_VARIABLE];
  if (named) {
    const path = resolve(named);
    if (existsSync(path)) return path;
    throw notFound([path], `Correct or unset ${ADDON_VARIABLE}, which names that file.`);
  }
  if (!SEARCH_VARIABLES.some((name) => process.env[name])) {
    for (const path of usualPaths()) {
      if (existsSync(path)) return path;
      missing.push(path);
    }
  }
  return searchAddon(missing);
}

/** In the order of node-gyp-build, which takes many times as long to find the same: it lists directories. */
function* usualPaths(): Generator<string> {
  yield join(PACKAGE_ROOT, 'build', 'Release', 'os_truststore.node');
  const { platform, arch, execPath } = process;
  const folder = platform === 'darwin' ? 'darwin-x64+arm64' : `${platform}-${arch}`;
  const name =
    platform === 'linux' ? `os-truststore.${currentCLibrary()}.node` : 'os-truststore.node';
  const prebuild = join('prebuilds', folder, name);
  yield join(PACKAGE_ROOT, prebuild);
  // Beside a bundle, which this module is then part of.
  yield join(__dirname, prebuild);
  yield join(dirname(execPath), prebuild);
  // Programs in one file have no folder of modules.
  yield join(dirname(execPath), name);
}

function searchAddon(missing: readonly string[]): string {
  try {
    return (require('node-gyp-build') as NodeGypBuild).path(PACKAGE_ROOT);
  } catch (cause) {
    // Node 20 refuses even to say whether a file exists, and node-gyp-build asks for /etc/alpine-release.
    if ((cause as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED') {
      throw loadError(PACKAGE_ROOT, cause as NodeJS.ErrnoException, []);
    }
    throw notFound(
      missing,
      'Build it from source with `npx os-truststore build` (needs Python and a C++ compiler), put the folder prebuilds ' +
        `of the package beside the program if it is bundled, or name the file in ${ADDON_VARIABLE}.`,
      cause,
    );
  }
}

/** Why a file that was looked for is no help, in the words of the operating system. */
function tried(path: string): string {
  try {
    accessSync(path);
    return `${path} (there now)`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${path} (${code === 'ENOENT' ? 'no such file' : String(code)})`;
  }
}

function notFound(missing: readonly string[], remedy: string, cause?: unknown): TruststoreError {
  const places = missing.length > 0 ? missing.map(tried).join(', ') : PACKAGE_ROOT;
  return new TruststoreError(
    ErrorCodes.ADDON_NOT_FOUND,
    `There is no binary of os-truststore for ${platformName()}; looked for ${places}`,
    { operation: 'find addon', path: missing[0], remedy, cause },
  );
}

function loadError(
  path: string,
  cause: NodeJS.ErrnoException,
  missing: readonly string[],
): TruststoreError {
  if (cause.code === 'ERR_DLOPEN_DISABLED' || cause.code === 'ERR_ACCESS_DENIED') {
    return new TruststoreError(
      ErrorCodes.ADDON_DISABLED,
      `This process may not load addons, so the system store cannot be read: ${cause.message}`,
      {
        operation: 'load addon',
        path,
        remedy: 'Start Node with --allow-addons beside --permission, and without --no-addons.',
        cause,
      },
    );
  }
  const before = missing.length > 0 ? `; looked before for ${missing.map(tried).join(', ')}` : '';
  return new TruststoreError(
    ErrorCodes.ADDON_BROKEN,
    `${path} exists but cannot be loaded on ${platformName()}: ${cause.message}${before}`,
    {
      operation: 'load addon',
      path,
      remedy: isAddonNamed()
        ? `Correct or unset ${ADDON_VARIABLE}, which names that file.`
        : 'Reinstall the package, or build it from source with `npx os-truststore build`.',
      cause,
    },
  );
}

/** Platform, architecture and C library, as in the names of the binaries. */
function platformName(): string {
  const libc = process.platform === 'linux' ? ` (${currentCLibrary()})` : '';
  return `${process.platform}-${process.arch}${libc}`;
}
