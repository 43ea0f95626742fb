/**
 * Finds the addon's binary when it is not in its usual place, or says exactly why none can be loaded.
 */
import { accessSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { ErrorCodes, TruststoreError } from '../errors.js';
import { PACKAGE_ROOT } from '../location.js';
import { ADDON_VARIABLE, SEARCH_VARIABLES, isAddonNamed, open, usualPaths } from './map-addon.js';
import type { OpenAddon } from './map-addon.js';

/** The property of `node-gyp-build` used here in addition to the function itself. */
interface NodeGypBuild {
  path(directory: string): string;
}

/** @throws TruststoreError as `loadAddon` does */
export function openFound(): OpenAddon {
  const missing: string[] = [];
  const path = search(missing);
  try {
    return open(path);
  } catch (cause) {
    throw loadError(path, cause as NodeJS.ErrnoException, missing);
  }
}

/** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND` */
export function findAddon(): string {
  return search([]);
}

/** Adds to `missing` each path that was looked at in vain. */
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

function searchAddon(missing: readonly string[]): string {
  try {
    return (require('node-gyp-build') as NodeGypBuild).path(PACKAGE_ROOT);
  } catch (cause) {
    // Node 20 refuses even to say whether a file exists, and node-gyp-build looks for /etc/alpine-release.
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

/** Why a file that was looked for cannot be used, in the operating system's words. */
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

export function loadError(
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

/** Platform, architecture and C library, which decide what a binary has to be built for. */
function platformName(): string {
  const libc = process.platform === 'linux' ? ` (${cLibrary()})` : '';
  return `${process.platform}-${process.arch}${libc}`;
}

/** The report looks up addresses, which is slow; it is asked only for the text of an error. */
function cLibrary(): 'glibc' | 'musl' {
  const report = process.report?.getReport() as { header?: object } | undefined;
  return report?.header && !('glibcVersionRuntime' in report.header) ? 'musl' : 'glibc';
}
