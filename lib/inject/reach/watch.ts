/**
 * Notices that the store may have changed. Keeps no process alive.
 */
import { realpathSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

import { loadBinding } from '../../addon/load-binding.js';
import type { NativeWatch } from '../../addon/native-binding.js';
import { log } from '../../base/log.js';
import { userConfigDirectory } from '../../files/user-directory.js';
import { toStoreRead } from '../../trust/options/resolved-options.js';
import { NONE_NAMED } from '../../trust/options/resolved-options.js';
import type { ResolvedSystemOptions } from '../../trust/options/resolved-options.js';
import type { ResolvedTrustOptions } from '../../trust/options/resolved-options.js';
import { splitPaths } from '../../trust/options/user-ca-checks.js';

/** Writers touch many files for one change; `update-ca-certificates` takes about a second. */
const SETTLE_MS = 100;
/** A store that never comes to rest is read this often. */
const LONGEST_SETTLE_MS = 1000;
/** Network and overlay file systems may report no changes. */
const POLL_MS = 60_000;

export class StoreWatch {
  readonly #changed: () => void;
  #watchers: { close(): void }[] = [];
  #poll: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #firstChange = 0;

  /** @param changed - called when things have come to rest; it finds out itself what has changed, if anything */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Also called after a change, because directories may have been added or replaced. */
  start(trust: ResolvedTrustOptions): void {
    this.#closeWatchers();
    if (trust.system) this.#watchSystem(trust.system);
    for (const directory of userDirectories(trust)) this.#watchDirectory(directory);
    this.#poll ??= setInterval(() => {
      this.#changed();
    }, POLL_MS).unref();
  }

  stop(): void {
    this.#closeWatchers();
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    this.#poll = this.#settling = undefined;
  }

  #watchSystem(system: ResolvedSystemOptions): void {
    const { request } = toStoreRead(system);
    const binding = loadBinding();
    const native = binding.watch(request, () => {
      this.#notice();
    });
    if (native) {
      this.#keepNative(native);
      return;
    }
    const { locations, distrustPaths } = binding.verifyPaths(request);
    const directories = new Set<string>();
    for (const { kind, location, state } of locations) {
      if (state === 'not-needed') continue;
      if (kind === 'file' || kind === 'directory') {
        addWatchable(directories, location, kind === 'directory');
      }
    }
    for (const path of distrustPaths) addWatchable(directories, path, true);
    for (const directory of directories) this.#watchDirectory(directory);
  }

  #keepNative(native: NativeWatch): void {
    if (native.error) log('warn', 'The system store cannot be watched', { ...native.error });
    this.#watchers.push(native);
  }

  #watchDirectory(directory: string): void {
    try {
      const watcher: FSWatcher = watch(directory, { persistent: false }, () => {
        this.#notice();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      this.#watchers.push(watcher);
    } catch {
      // The directory is missing; its parent is watched if possible, and the poll finds it.
    }
  }

  #notice(): void {
    const now = Date.now();
    if (!this.#settling) this.#firstChange = now;
    const left = this.#firstChange + LONGEST_SETTLE_MS - now;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(
      () => {
        this.#settling = undefined;
        this.#changed();
      },
      Math.max(0, Math.min(SETTLE_MS, left)),
    ).unref();
  }

  #closeWatchers(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

/**
 * Adds the directory that holds the path, because files are replaced by renaming, and for a symbolic link (Kubernetes'
 * `..data`) also the directory of its target.
 */
function addWatchable(directories: Set<string>, path: string, isDirectory: boolean): void {
  if (isDirectory) directories.add(path);
  directories.add(dirname(path));
  try {
    const real = realpathSync(path);
    if (isDirectory) directories.add(real);
    directories.add(dirname(real));
  } catch {
    // It does not exist yet.
  }
}

function userDirectories({ userCAs = NONE_NAMED }: ResolvedTrustOptions): Set<string> {
  const directories = new Set<string>();
  const { files, directories: named, env } = userCAs;
  for (const file of files) addWatchable(directories, file, false);
  for (const directory of named) addWatchable(directories, directory, true);
  if (!env) return directories;
  for (const path of splitPaths(process.env['OS_TRUSTSTORE_USER_CAS'] ?? '')) {
    addWatchable(directories, path, true);
  }
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  if (extra) addWatchable(directories, extra, false);
  directories.add(userConfigDirectory(process.env));
  return directories;
}
