/**
 * Lets one process at a time change a file, by means of a lock file beside it. A lock whose owner has died is taken over. If
 * the owner cannot be judged (on another machine, in another container), the lock is waited for, and then named in an error.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ErrorCodes, TruststoreError } from '../errors.js';
import { ABANDONED_MS, removeQuietly } from './pem-file.js';

interface Owner {
  /** Identifies this one lock; no other lock ever has the same token. */
  token: string;
  pid: number;
  /** When the process began, if the system tells, because process ids are used again. */
  start: string;
  /** The machine and, on Linux, the container, because a process id means nothing elsewhere. */
  host: string;
}

type Release = () => void;

/** How many locks may guard the takeover of a lock. More than one dead owner in a row is rare; three are a fault. */
const MAXIMUM_DEPTH = 3;

/**
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_PEER_STORE_LOCKED`
 * @throws what `work` throws, and the file system's error when no lock can be made
 */
export async function withFileLock<Result>(
  path: string,
  deadlineMs: number,
  work: () => Result,
): Promise<Result> {
  const giveUpAt = Date.now() + deadlineMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    const release = tryLock(path, 0);
    if (release) {
      // Runs without a pause, so that only the end of the process can leave the lock behind.
      try {
        removeLitter(path);
        return work();
      } finally {
        release();
      }
    }
    if (Date.now() >= giveUpAt) throw locked(path);
    await delay(pauseMs * (0.5 + Math.random()));
  }
}

function tryLock(path: string, depth: number): Release | undefined {
  const owner = createOwner();
  if (claim(path, owner)) {
    return () => {
      letGo(path, owner);
    };
  }
  const holder = readOwner(path);
  if (holder && isDead(holder) && depth < MAXIMUM_DEPTH) removeAbandoned(path, holder, depth);
  return undefined;
}

/** Tokens of locks this process has released although their files could not be removed. */
const letGoOf = new Set<string>();

function letGo(path: string, { token }: Owner): void {
  if (!removeQuietly(path)) letGoOf.add(token);
}

/** Creates the lock file complete with its content, or not at all. */
function claim(path: string, owner: Owner): boolean {
  const whole = `${path}.${owner.token}.new`;
  try {
    writeFileSync(whole, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    letGo(whole, owner);
    throw error;
  }
  try {
    linkSync(whole, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // The file system has no links (FAT, for example), so the content comes a moment after the file.
    return claimWithoutLinks(path, owner);
  } finally {
    letGo(whole, owner);
  }
}

function claimWithoutLinks(path: string, owner: Owner): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, JSON.stringify(owner));
    return true;
  } catch (error) {
    // Writing fails on a full disk. A lock that names no owner would be waited for in vain, so it is removed.
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Takes over the lock with this token while holding a lock named after the token. No other process can remove it then, and
 * what is removed is that very lock, not one made meanwhile.
 */
function removeAbandoned(path: string, holder: Owner, depth: number): void {
  const release = tryLock(`${path}.${holder.token}`, depth + 1);
  if (!release) return;
  try {
    if (readOwner(path)?.token === holder.token) removeQuietly(path);
  } finally {
    release();
  }
}

/**
 * Removes the files of processes that were killed on their way to the lock. The caller holds the lock under a new token, so a
 * file that guarded the removal of an earlier lock guards nothing any more.
 */
function removeLitter(path: string): void {
  const prefix = `${basename(path)}.`;
  const isOurs = (name: string): boolean =>
    name.startsWith(prefix) &&
    /^[0-9a-f]{32}(\.[0-9a-f]{32})*(\.new)?$/.test(name.slice(prefix.length));
  try {
    for (const name of readdirSync(dirname(path)).filter(isOurs)) {
      const file = join(dirname(path), name);
      const owner = readOwner(file);
      // It belongs to a killed process, or to one whose clock is wrong, which then tries again.
      const isAbandoned = owner
        ? isDead(owner)
        : Date.now() - lstatSync(file).mtimeMs > ABANDONED_MS;
      if (isAbandoned) removeQuietly(file);
    }
  } catch {
    // Another process removes the file, or it cannot be removed; the lock is held all the same.
  }
}

/** Undefined when there is no owner, or none that can be judged. */
function readOwner(path: string): Owner | undefined {
  try {
    const { token, pid, start, host } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    // Checked because the token becomes part of a path.
    if (typeof token !== 'string' || !/^[0-9a-f]{32}$/.test(token)) return undefined;
    if (!Number.isInteger(pid) || (pid ?? 0) < 1) return undefined;
    return { token, pid: Number(pid), start: String(start), host: String(host) };
  } catch {
    return undefined;
  }
}

function isDead({ token, pid, start, host }: Owner): boolean {
  if (letGoOf.has(token)) return true;
  if (host !== hostIdentity()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(pid);
  return start !== '' && now !== '' && start !== now;
}

function createOwner(): Owner {
  const { pid } = process;
  const token = randomBytes(16).toString('hex');
  return { token, pid, start: startOf(pid), host: hostIdentity() };
}

function hostIdentity(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Reads `starttime`, field 22 (proc(5)). The second field is a name in brackets that may hold any character. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function locked(path: string): TruststoreError {
  const holder = readOwner(path);
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'an unknown process';
  return new TruststoreError(ErrorCodes.PEER_STORE_LOCKED, `${path} is held by ${who}`, {
    operation: 'lock',
    path,
    remedy: 'If that process no longer runs, delete this file.',
  });
}
