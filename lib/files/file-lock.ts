/**
 * One process at a time, by a file beside the one that is changed. A lock whose owner has died is taken over; one whose
 * owner cannot be judged (on another machine, in another container) is waited for, and then named in an error.
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
  /** Of this one locking: no other lock ever has it. */
  token: string;
  pid: number;
  /** When the process began, where the system tells, because numbers of processes are used again. */
  start: string;
  /** The machine and, on Linux, the container: a number means nothing elsewhere. */
  host: string;
}

type Release = () => void;

/** Locks that guard the taking over of a lock; more than one dead owner in a row is rare, three are a fault. */
const MAXIMUM_DEPTH = 3;

/**
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_PEER_STORE_LOCKED`
 * @throws what `work` throws, and what the file system says when no lock can be made
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
      // Without a pause in between, so that nothing but the end of the process can leave the lock behind.
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

/** Of locks this process has let go of, though a file of theirs could not be removed. */
const letGoOf = new Set<string>();

function letGo(path: string, { token }: Owner): void {
  if (!removeQuietly(path)) letGoOf.add(token);
}

/** The file appears with its content, or not at all. */
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
    // A file system without links, such as FAT: the content comes a moment after the file.
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
    // A full disk: a lock that names no owner would be waited for in vain.
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Who takes over the lock with this token holds a lock named after the token. So nobody else can remove it, and what is
 * removed is that very lock, not one somebody has made meanwhile.
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
 * What processes left that were killed on their way to the lock. Whoever calls this has it, and its token is another one:
 * what was to guard the removal of an earlier lock guards nothing any more.
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
      // A killed process's, or one whose clock is wrong, and then it tries again.
      const isAbandoned = owner
        ? isDead(owner)
        : Date.now() - lstatSync(file).mtimeMs > ABANDONED_MS;
      if (isAbandoned) removeQuietly(file);
    }
  } catch {
    // Somebody else removes it, or nobody can; the lock is held all the same.
  }
}

/** Undefined when there is none, or none that can be judged. */
function readOwner(path: string): Owner | undefined {
  try {
    const { token, pid, start, host } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    // The token becomes part of a path.
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

/** proc(5): `starttime`, field 22, where the second field is a name in brackets that may hold anything. */
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
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'somebody unknown';
  return new TruststoreError(ErrorCodes.PEER_STORE_LOCKED, `${path} is held by ${who}`, {
    operation: 'lock',
    path,
    remedy: 'If that process is gone, remove this file.',
  });
}
