/**
 * Makes directories level by level. Node's `recursive` option tries a directory and its parent in turn for ever if the system
 * says ENOENT although the parent exists, as procfs and stale mounts do.
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';

import { ErrorCodes, fromFileSystem } from '../errors.js';

/**
 * Makes `directory` and the missing ones above it; an existing directory stays as it is.
 *
 * @param remedy - what the user can do when it cannot be made
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`, after at most two tries for each level
 */
export function makeDirectory(directory: string, remedy?: string, mode = 0o700): void {
  try {
    makeAll(resolve(directory), mode);
  } catch (cause) {
    const message = `${directory} cannot be made: ${(cause as Error).message}`;
    throw fromFileSystem(ErrorCodes.WRITE_FAILED, message, directory, cause, remedy);
  }
}

function makeAll(path: string, mode: number): void {
  const parent = dirname(path);
  try {
    makeOne(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    makeAll(parent, mode);
    makeOne(path, mode);
  }
}

function makeOne(path: string, mode: number): void {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}
