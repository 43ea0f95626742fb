/**
 * Writes certificates to a file that other programs read: completely or not at all, and never an empty file.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { ErrorCodes, TruststoreError, fromFileSystem } from '../errors.js';

export interface PemFileOptions {
  /** The mode of a new file; an existing file keeps its own. @defaultValue `0o644` */
  mode?: number;
}

/**
 * Writes `pem` to `path`. Readers see the old file or the new one, even if the machine stops halfway: the text goes to a file
 * beside it, is flushed to disk, and then takes the name in one step. A symbolic link stays, and its target is replaced. A
 * stream of this process (`/dev/stdout`) and anything that is not a regular file (a FIFO) is written to directly.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET` when the text holds no certificate, because a program that is given such
 * a file trusts no server.
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`
 */
export function writePemFile(path: string, pem: string, options: PemFileOptions = {}): void {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw emptySet(path);
  try {
    writeWhole(path, pem, options.mode ?? 0o644);
  } catch (cause) {
    throw writeFailed(path, cause);
  }
}

const ownStream = /^\/dev\/(?:stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;

/**
 * Does what {@link writePemFile} does, with any text.
 *
 * @throws the file system's error
 */
export function writeWhole(path: string, text: string, mode: number): void {
  const absolute = resolve(path);
  // A stream that is a pipe has no path to follow links of; a stream that is a file may be meant to be appended to.
  const isStream = ownStream.test(absolute);
  const target = isStream ? absolute : followLinks(absolute);
  const existing = fs.statSync(target, { throwIfNoEntry: false });
  if (isStream || (existing && !existing.isFile())) {
    fs.writeFileSync(target, text, { flag: 'a' });
    return;
  }
  replaceFile(target, text, existing ? existing.mode & 0o7777 : mode);
}

function emptySet(path: string): TruststoreError {
  return new TruststoreError(
    ErrorCodes.EMPTY_SET,
    `${path} was not written: there is no certificate to put into it`,
    {
      operation: 'write bundle',
      path,
      remedy: 'Run `os-truststore list --skipped` to see what was left out and why.',
    },
  );
}

function writeFailed(path: string, cause: unknown): TruststoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return fromFileSystem(
    ErrorCodes.WRITE_FAILED,
    `${path} cannot be written: ${reason}`,
    path,
    cause,
    isFull(cause)
      ? 'Make room there, or use another disk.'
      : 'Name a file in a directory that exists and that you may write to.',
  );
}

function isFull(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException | null)?.code ?? '');
}

/** The file that a rename has to replace. A dangling link names a file that is yet to be made. */
export function followLinks(path: string): string {
  let current = path;
  // Linux follows this many links before it says ELOOP.
  for (let links = 0; links < 40; links++) {
    const link = fs.lstatSync(current, { throwIfNoEntry: false });
    if (link?.isSymbolicLink() !== true) return current;
    checkLinkOwner(current, link);
    current = resolve(dirname(current), fs.readlinkSync(current));
  }
  return current;
}

/** Applies the rule of Linux (`fs.protected_symlinks`), because the kernel does not check links that are followed by hand. */
function checkLinkOwner(path: string, link: fs.Stats): void {
  const own = process.geteuid?.();
  if (own === undefined || link.uid === own) return;
  const directory = fs.statSync(dirname(path));
  const isShared = (directory.mode & 0o1002) === 0o1002;
  if (!isShared || link.uid === directory.uid) return;
  throw Object.assign(new Error(`${path} is another user's link`), { code: 'EACCES' });
}

/** Replaces a file so that readers see the old text or the new one, whatever happens in between. */
export function replaceFile(target: string, text: string, mode: number): void {
  const directory = dirname(target);
  // The file must be in the same directory, because a rename is atomic only within a file system.
  const temporary = join(directory, `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  removeAbandoned(target);
  try {
    writeToDisk(temporary, text, mode);
    fs.renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  syncDirectory(directory);
}

/** No write and no step to a lock takes this long, so the process that began it was killed. */
export const ABANDONED_MS = 60 * 60 * 1000;

/** Removes what killed writers of this file have left. */
function removeAbandoned(target: string): void {
  const prefix = `.${basename(target)}.`;
  const isTemporary = (name: string): boolean =>
    name.startsWith(prefix) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length));
  try {
    for (const name of fs.readdirSync(dirname(target)).filter(isTemporary)) {
      const path = join(dirname(target), name);
      if (Date.now() - fs.lstatSync(path).mtimeMs > ABANDONED_MS) removeQuietly(path);
    }
  } catch {
    // The directory can be written to but not listed, or another process has removed the file.
  }
}

/** Removes the name, not the target of a link; a directory stays. @returns true when the name is gone */
export function removeQuietly(path: string): boolean {
  try {
    fs.rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}

function writeToDisk(path: string, text: string, mode: number): void {
  const file = fs.openSync(path, 'wx', mode);
  try {
    fs.writeFileSync(file, text);
    // The umask applied at creation. It must not apply to the final mode: a bundle that others cannot read is of no use.
    fs.fchmodSync(file, mode);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Makes the rename itself permanent. Windows and some network file systems cannot do this, and lose nothing by it. */
function syncDirectory(directory: string): void {
  try {
    const handle = fs.openSync(directory, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    // The file is complete and in place either way.
  }
}
