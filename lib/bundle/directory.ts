/**
 * A directory that nobody else can write to: whoever can write there decides what other programs trust.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { directoryRules, faultAbove, faultOfDirectory } from '../directory-rule.js';
import { ErrorCodes, TruststoreError, fromFileSystem } from '../errors.js';
import type { Environment } from '../types.js';
import { userCacheDirectory } from '../user-directory.js';

const userId = process.geteuid?.();

/**
 * The directory asked for, or the first that can be used: read-only homes and homes of somebody else (`sudo`) are common.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`
 */
export function openPrivateDirectory(env: Environment, wanted: string | undefined): string {
  if (wanted !== undefined) {
    const directory = resolve(wanted);
    // One that is there keeps its mode: it may be there for more than bundles.
    const isNew = fs.lstatSync(directory, { throwIfNoEntry: false }) === undefined;
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

/** @param tighten - give it the mode it should have, if it is this user's */
function makePrivate(directory: string, tighten: boolean, remedy: string): string {
  const refuse = (path: string, why: string): TruststoreError =>
    new TruststoreError(ErrorCodes.WRITE_FAILED, `${path} ${why}; nothing was written`, {
      operation: 'write bundle',
      path,
      remedy,
    });
  try {
    const above = faultAbove(directory);
    if (above) throw refuse(above.directory, above.why);
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (cause instanceof TruststoreError) throw cause;
    throw fromFileSystem(
      ErrorCodes.WRITE_FAILED,
      `${directory} cannot be made: ${(cause as Error).message}`,
      directory,
      cause,
      remedy,
    );
  }
  const stat = fs.lstatSync(directory);
  if (!stat.isDirectory()) throw refuse(directory, 'is a link or no directory');
  if (userId === undefined) return directory;
  const fault = faultOfDirectory(tighten ? { uid: stat.uid, mode: 0 } : stat, directoryRules.own);
  if (fault !== undefined) throw refuse(directory, fault);
  if (tighten && (stat.mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
  return directory;
}
