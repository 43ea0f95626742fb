/**
 * A directory that nobody else can write to: whoever can write there decides what other programs trust.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { ErrorCodes, TruststoreError, fromFileSystem } from '../errors.js';
import type { Environment } from '../types.js';
import { userCacheDirectory } from '../user-directory.js';

const userId = process.getuid?.();

/**
 * The directory asked for, or the first that can be used: read-only homes and homes of somebody else (`sudo`) are common.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`
 */
export function openPrivateDirectory(env: Environment, wanted: string | undefined): string {
  if (wanted !== undefined) return openWanted(resolve(wanted));
  const temporary = join(tmpdir(), `os-truststore-${userId ?? 'cache'}`);
  const candidates = [userCacheDirectory(env), temporary];
  let first: unknown;
  for (const candidate of candidates) {
    try {
      return makePrivate(candidate);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** A directory of the caller's keeps its mode: it may be there for more than bundles. */
function openWanted(directory: string): string {
  const mode = fs.lstatSync(directory, { throwIfNoEntry: false })?.mode;
  if (userId !== undefined && mode !== undefined && (mode & 0o022) !== 0) {
    throw notPrivate(directory, 'can be written to by others');
  }
  return makePrivate(directory, mode === undefined);
}

function makePrivate(directory: string, tighten = true): string {
  try {
    checkAncestor(directory);
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
  if (!stat.isDirectory()) throw notPrivate(directory, 'is no directory');
  if (userId === undefined) return directory;
  if (stat.uid !== userId) throw notPrivate(directory, 'belongs to another user');
  if (tighten && (stat.mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
  return directory;
}

/** Who owns the directory above could put another one into its place. */
function checkAncestor(directory: string): void {
  if (userId === undefined) return;
  let parent = dirname(directory);
  while (!fs.existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  const { uid, mode } = fs.statSync(parent);
  if (uid !== userId && uid !== 0) throw notPrivate(parent, 'belongs to another user');
  const isSticky = (mode & 0o1000) !== 0;
  if ((mode & 0o002) !== 0 && !isSticky) throw notPrivate(parent, 'can be written to by others');
}

const remedy = 'Set XDG_CACHE_HOME (Windows: LOCALAPPDATA) to a directory of your own.';

function notPrivate(directory: string, why: string): TruststoreError {
  return new TruststoreError(ErrorCodes.WRITE_FAILED, `${directory} ${why}; nothing was written`, {
    operation: 'write bundle',
    path: directory,
    remedy,
  });
}
