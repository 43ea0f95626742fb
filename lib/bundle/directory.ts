/**
 * Finds or makes a directory that only this user can write to: a user who can write there decides what programs trust.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { ErrorCodes, TruststoreError, fromFileSystem } from '../errors.js';
import { directoryRules, faultAbove, faultOfDirectory } from '../files/directory-rule.js';
import type { DirectoryFault } from '../files/directory-rule.js';
import { makeDirectory } from '../files/make-directory.js';
import { userCacheDirectory } from '../files/user-directory.js';
import type { Environment } from '../types.js';

const userId = process.geteuid?.();

/**
 * The wanted directory, or else the first usable one: a home directory may be read-only or belong to another user (`sudo`).
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`
 */
export function openPrivateDirectory(env: Environment, wanted: string | undefined): string {
  if (wanted !== undefined) {
    const directory = resolve(wanted);
    // An existing directory keeps its mode, because it may serve other purposes too.
    const isNew = !fs.existsSync(directory);
    return makePrivate(directory, isNew, 'Name a directory that is yours alone.');
  }
  const temporary = join(tmpdir(), `os-truststore-${userId ?? 'cache'}`);
  const candidates = [userCacheDirectory(env), temporary];
  let first: unknown;
  for (const candidate of candidates) {
    try {
      return makePrivate(candidate, true, CACHE_REMEDY);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

const CACHE_REMEDY = 'Set XDG_CACHE_HOME (Windows: LOCALAPPDATA) to a directory of your own.';

/** @param tighten - true sets the private mode if the directory belongs to this user */
function makePrivate(directory: string, tighten: boolean, remedy: string): string {
  try {
    const fault = makeAndCheck(directory, tighten, remedy);
    if (fault === undefined) return directory;
    throw new TruststoreError(
      ErrorCodes.WRITE_FAILED,
      `${fault.directory} ${fault.why}; nothing was written`,
      { operation: 'write bundle', path: fault.directory, remedy },
    );
  } catch (cause) {
    if (cause instanceof TruststoreError) throw cause;
    const message = `${directory} cannot be used: ${(cause as Error).message}`;
    throw fromFileSystem(ErrorCodes.WRITE_FAILED, message, directory, cause, remedy);
  }
}

function makeAndCheck(
  directory: string,
  tighten: boolean,
  remedy: string,
): DirectoryFault | undefined {
  const above = faultAbove(directory);
  if (above) return above;
  makeDirectory(directory, remedy);
  const stat = fs.lstatSync(directory);
  if (!stat.isDirectory()) return { directory, why: 'is a link or no directory' };
  if (userId === undefined) return undefined;
  const why = faultOfDirectory(tighten ? { uid: stat.uid, mode: 0 } : stat, directoryRules.own);
  if (why !== undefined) return { directory, why };
  if (tighten && (stat.mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
  return undefined;
}
