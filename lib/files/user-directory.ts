/**
 * The default directories for the user's own CAs and for caches.
 */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { loadBuiltin } from '../base/builtins.js';
import type { Environment } from '../types.js';

/**
 * The directory whose certificates every program with this package trusts, in the platform's place for configuration. It need
 * not exist. Relative values of the variables are ignored, as the XDG specification asks.
 */
export function userConfigDirectory(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(configHome(env, platform), 'os-truststore', 'certs');
}

/** The directory for documents that can be fetched again, in the platform's place for caches. It need not exist. */
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

/** The home directory of the account if the variable is empty or relative; never the current directory. */
export function homeOf(env: Environment): string {
  return absolute(env['HOME']) ?? accountHome();
}

/** In containers the user id may belong to no account. Then this is the root directory, which only root can write to. */
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
    // The directory is usually missing, so this avoids making an error that no code would read.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
