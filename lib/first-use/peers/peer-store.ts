/**
 * Keeps remembered clients in a file that several processes share. It is asked at every connection, which costs one `stat`
 * while nothing has changed. A file that cannot be used is an error each time, never an empty list.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';

import { ErrorCodes, TruststoreError, fromFileSystem } from '../../errors.js';
import { directoryRules, faultAbove, faultOfDirectory } from '../../files/directory-rule.js';
import { withFileLock } from '../../files/file-lock.js';
import { makeDirectory } from '../../files/make-directory.js';
import { followLinks, replaceFile } from '../../files/pem-file.js';
import { MAXIMUM_PEERS, keyOfRecord, parsePeers, serializePeers } from './peer-file.js';
import type { PeerRecords } from './peer-file.js';

const MAXIMUM_BYTES = 64 * 1024 * 1024;
const LOCK_DEADLINE_MS = 5000;

export interface PeerState {
  records: PeerRecords;
  /** Keys of revoked certificates, and the SHA-256 of encoded keys, which may be all that is known of one. */
  revokedKeys: ReadonlySet<string>;
}

interface Snapshot extends PeerState {
  signature: string;
}

const emptyState: PeerState = { records: new Map(), revokedKeys: new Set() };

export class PeerStore {
  readonly #path: string;
  #snapshot: Snapshot | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` */
  read(): PeerState {
    try {
      return this.#readCurrent();
    } catch (cause) {
      if (cause instanceof TruststoreError) throw cause;
      throw this.#unusable((cause as Error).message, cause);
    }
  }

  /**
   * Changes the file under its lock. `change` receives the present records and returns the new ones, or undefined to leave
   * the file alone.
   *
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_PEER_STORE`, `…_PEER_STORE_LOCKED`, `…_WRITE_FAILED`, and what `change`
   * throws
   */
  async update(change: (state: PeerState) => PeerRecords | undefined): Promise<PeerState> {
    makeDirectory(dirname(this.#path));
    const target = this.#write(() => followLinks(this.#path));
    return withFileLock(`${target}.lock`, LOCK_DEADLINE_MS, () => {
      const records = change(this.read());
      if (records === undefined) return this.read();
      if (records.size > MAXIMUM_PEERS) throw this.#full();
      this.#write(() => {
        replaceFile(target, serializePeers(records), 0o600);
      });
      return this.read();
    }).catch((cause: unknown) => {
      if (cause instanceof TruststoreError) throw cause;
      throw this.#writeFailed(cause);
    });
  }

  #readCurrent(): PeerState {
    const stat = fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) {
      // Before the first decision there is no file. A file that was there and is gone has taken the revoked clients with it.
      if (this.#snapshot === undefined) {
        checkPlace(this.#path);
        return emptyState;
      }
      throw new Error('it was there, and is gone');
    }
    if (this.#snapshot?.signature !== signatureOf(stat)) {
      this.#snapshot = readSnapshot(this.#path, this.#snapshot?.records);
    }
    return this.#snapshot;
  }

  #write<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (cause) {
      throw this.#writeFailed(cause);
    }
  }

  #unusable(reason: string, cause: unknown): TruststoreError {
    return fromFileSystem(
      ErrorCodes.PEER_STORE,
      `${this.#path} cannot be used, so no client is let in: ${reason}`,
      this.#path,
      cause,
      'Mend it or put back a copy. Without the file (and a restart), every client is asked about anew, revoked ones too.',
    );
  }

  #writeFailed(cause: unknown): TruststoreError {
    return fromFileSystem(
      ErrorCodes.WRITE_FAILED,
      `${this.#path} cannot be written, so nothing was remembered: ${(cause as Error).message}`,
      this.#path,
      cause,
    );
  }

  #full(): TruststoreError {
    return new TruststoreError(
      ErrorCodes.WRITE_FAILED,
      `${this.#path} remembers ${MAXIMUM_PEERS} clients and takes no more`,
      { operation: 'remember', path: this.#path, remedy: 'Forget some.' },
    );
  }
}

/** Changes whenever the file may have: the file is replaced, never written in place, so at least its inode number differs. */
function signatureOf({ dev, ino, size, mtimeNs, ctimeNs }: fs.BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function readSnapshot(path: string, known: PeerRecords | undefined): Snapshot {
  // Opens without waiting for the other end, in case it is a FIFO.
  const handle = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const stat = fs.fstatSync(handle, { bigint: true });
    if (!stat.isFile()) throw new Error('it is no regular file');
    if (stat.size > MAXIMUM_BYTES) throw new Error('it is larger than 64 MiB');
    checkOwner(stat);
    checkPlace(path);
    const records = parsePeers(fs.readFileSync(handle, 'utf8'), known);
    return { records, revokedKeys: revokedKeysOf(records), signature: signatureOf(stat) };
  } finally {
    fs.closeSync(handle);
  }
}

function revokedKeysOf(records: PeerRecords): Set<string> {
  const keys = [...records.values()]
    .filter(({ state }) => state === 'revoked')
    .flatMap((record) => [record.publicKey256, keyOfRecord(record)]);
  return new Set(keys.filter((key) => key !== undefined));
}

/** A user who can write to the file decides who is trusted. Windows has access lists instead, which Node does not show. */
function checkOwner({ uid, mode }: fs.BigIntStats): void {
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (uid !== 0n && uid !== BigInt(user)) throw new Error('it belongs to another user');
  if ((mode & 0o022n) !== 0n) throw new Error('others may write to it (chmod 600)');
}

/** If the path is a link, checks both the link's directory and the target's. */
function checkPlace(path: string): void {
  for (const directory of new Set([dirname(path), dirname(followLinks(path))])) {
    const stat = fs.statSync(directory, { throwIfNoEntry: false });
    const why = stat && faultOfDirectory(stat, directoryRules.ofFile);
    const fault = why === undefined ? faultAbove(directory) : { directory, why };
    if (fault === undefined) continue;
    throw new TruststoreError(
      ErrorCodes.PEER_STORE,
      `${path} cannot be used, so no client is let in: ${fault.directory} ${fault.why}, who could replace the file`,
      {
        operation: 'check directory',
        path,
        remedy:
          'Move it to a directory that you own, and let no other user write to it (chmod go-w).',
      },
    );
  }
}
