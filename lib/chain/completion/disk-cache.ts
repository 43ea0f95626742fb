/**
 * Keeps public documents on disk between processes: fetched intermediates and CRLs. The directory belongs to the user, but
 * its content is trusted no more than the network's: readers check signatures and dates again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { log } from '../../base/log.js';
import { makeDirectory } from '../../files/make-directory.js';
import { ABANDONED_MS } from '../../files/pem-file.js';

export type DocumentKind = 'intermediates' | 'crls';

/** Never follows a link and never waits for a FIFO in the file's place. Windows has neither flag. */
const { O_NOFOLLOW, O_NONBLOCK } = constants as Partial<typeof constants>;
const READ_FLAGS = constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

interface Limits {
  maxEntries: number;
  maxBytes: number;
}

const LIMITS: Record<DocumentKind, Limits> = {
  intermediates: { maxEntries: 256, maxBytes: 64 * 1024 },
  crls: { maxEntries: 64, maxBytes: 16 * 1024 * 1024 },
};

const DOCUMENT = /^[0-9a-f]{64}$/;
const TEMPORARY = /^[0-9a-f]{64}\.[0-9a-f]{12}\.tmp$/;

/** A name that reveals nothing about the document's origin and is safe as a file name. */
export function documentName(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

export class DiskCache {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined when the document is missing, older than `maxAgeMs`, or unreadable. */
  async read(kind: DocumentKind, name: string, maxAgeMs = Infinity): Promise<Buffer | undefined> {
    try {
      const file = await open(join(await this.#directory(kind), name), READ_FLAGS);
      try {
        const stats = await file.stat();
        if (!stats.isFile() || stats.size > LIMITS[kind].maxBytes) return undefined;
        if (Date.now() - stats.mtimeMs > maxAgeMs) return undefined;
        return await file.readFile();
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  async names(kind: DocumentKind): Promise<string[]> {
    try {
      const names = await readdir(await this.#directory(kind));
      return names.filter((name) => DOCUMENT.test(name)).slice(0, LIMITS[kind].maxEntries);
    } catch {
      return [];
    }
  }

  /** Writes completely or not at all, also when several processes write the same. Ignores a cache that cannot be written. */
  async write(kind: DocumentKind, name: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > LIMITS[kind].maxBytes) return;
    try {
      const directory = await this.#make(kind);
      const target = join(directory, name);
      const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
        await rename(temporary, target);
      } catch (error) {
        await remove(temporary);
        throw error;
      }
      await prune(directory, LIMITS[kind].maxEntries);
    } catch (error) {
      log('debug', 'A document could not be cached', { kind, reason: (error as Error).message });
    }
  }

  async remove(kind: DocumentKind, name: string): Promise<void> {
    const directory = await this.#directory(kind).catch(() => undefined);
    if (directory !== undefined) await remove(join(directory, name));
  }

  /** The directory of the documents. A link is refused, because its target may belong to another user. */
  async #directory(kind: DocumentKind): Promise<string> {
    const path = join(this.#root, kind);
    if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is no directory`);
    return path;
  }

  async #make(kind: DocumentKind): Promise<string> {
    const path = join(this.#root, kind);
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') makeDirectory(path);
    }
    return await this.#directory(kind);
  }
}

/** Removes the oldest documents, and what dead processes left half written. Touches nothing else. */
async function prune(directory: string, maxEntries: number): Promise<void> {
  const names = await readdir(directory);
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    const path = join(directory, name);
    if (Date.now() - (await changed(path)) > ABANDONED_MS) await remove(path);
  }
  const documents = names.filter((name) => DOCUMENT.test(name));
  if (documents.length <= maxEntries) return;
  const ages = await Promise.all(
    documents.map(async (name) => {
      const path = join(directory, name);
      return { path, time: await changed(path) };
    }),
  );
  ages.sort((a, b) => a.time - b.time);
  for (const { path } of ages.slice(0, documents.length - maxEntries)) await remove(path);
}

/** Milliseconds since the epoch; the present time if the file is gone. */
async function changed(path: string): Promise<number> {
  return await lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}

/** Removes the name, not the target of a link; a directory stays. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}
