/**
 * Where the user's own CAs and caches live when nobody names a place.
 */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { loadBuiltin } from '../base/builtins.js';
import type { Environment } from '../types.js';

/**
 * The directory whose certificates every program using this package trusts: the platform's own place for configuration.
 * Need not exist. Relative values of the variables are ignored, as the XDG specification asks.
 */
export function userConfigDirectory(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(configHome(env, platform), 'os-truststore', 'certs');
}

/** Where documents that can be fetched again are kept: the platform's own place for that. Need not exist. */
export function userCacheDirectory(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(cacheHome(env, platform), 'os-truststore');
}

function cacheHome(env: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    return (
      absolute(env['LOCALAPPDATA']) ?? join(loadBuiltin('node:os').homedir(), 'AppData', 'Local')
    );
  }
  const home = homeOf(env);
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  return absolute(env['XDG_CACHE_HOME']) ?? join(home, '.cache');
}

function configHome(env: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    return absolute(env['APPDATA']) ?? join(loadBuiltin('node:os').homedir(), 'AppData', 'Roaming');
  }
  const home = homeOf(env);
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config');
}

/** The account's own directory where the variable is empty or relative: never the current directory. */
function homeOf(env: Environment): string {
  return absolute(env['HOME']) ?? accountHome();
}

/** Containers run under numbers that belong to no account. The root is nobody's to write to but root's. */
function accountHome(): string {
  try {
    return loadBuiltin('node:os').userInfo().homedir;
  } catch {
    return '/';
  }
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

export function isDirectory(path: string): boolean {
  try {
    // Mostly there is none, and an error would be made for nobody.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
