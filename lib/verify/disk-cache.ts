/**
 * Public documents kept on disk between processes: fetched intermediates and CRLs. The directory is the user's, but what
 * comes out of it is trusted no more than what came from the network: whoever reads checks signatures and dates again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { log } from '../log.js';

export type DocumentKind = 'intermediates' | 'crls';

/** Never follows a link, or waits for a FIFO somebody has put there. Windows has neither flag. */
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

/** A name that says nothing of where the document is from, and is safe as a file's. */
export function documentName(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

export class DiskCache {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined when there is none, it is older than `maxAgeMs`, or it cannot be read. */
  async read(kind: DocumentKind, name: string, maxAgeMs = Infinity): Promise<Buffer | undefined> {
    try {
      const file = await open(this.#path(kind, name), READ_FLAGS);
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
      const names = await readdir(join(this.#root, kind));
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).slice(0, LIMITS[kind].maxEntries);
    } catch {
      return [];
    }
  }

  /** Whole or not at all, also when several processes write the same. A cache that cannot be written is no cache. */
  async write(kind: DocumentKind, name: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > LIMITS[kind].maxBytes) return;
    const target = this.#path(kind, name);
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(join(this.#root, kind), { recursive: true, mode: 0o700 });
      await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
      await rename(temporary, target);
      await this.#prune(kind);
    } catch (error) {
      log('debug', 'A document could not be cached', { kind, reason: (error as Error).message });
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async remove(kind: DocumentKind, name: string): Promise<void> {
    await rm(this.#path(kind, name), { force: true }).catch(() => undefined);
  }

  #path(kind: DocumentKind, name: string): string {
    return join(this.#root, kind, name);
  }

  /** The oldest go first, and what a process that died left half written. */
  async #prune(kind: DocumentKind): Promise<void> {
    const directory = join(this.#root, kind);
    const names = await readdir(directory);
    if (names.length <= LIMITS[kind].maxEntries) return;
    const ages = await Promise.all(
      names.map(async (name) => {
        const stats = await stat(join(directory, name)).catch(() => undefined);
        return { name, time: stats?.mtimeMs ?? 0 };
      }),
    );
    ages.sort((a, b) => a.time - b.time);
    for (const { name } of ages.slice(0, names.length - LIMITS[kind].maxEntries)) {
      await rm(join(directory, name), { force: true });
    }
  }
}
