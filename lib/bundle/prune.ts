/**
 * Removes bundles that are no longer used, and what killed writers have left.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';

import { removeQuietly } from '../files/pem-file.js';
import { BUNDLE_NAME } from './environment.js';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

const ABANDONED_FILE = /^\.?ca-bundle-[0-9a-f]{32}\.pem\.(?:[0-9a-f]+\.tmp|\d+\.unused)$/;

/** Shells and services keep a path as long as they live, so the last few bundles stay however old they are. */
const KEPT_ALWAYS = 8;
const UNUSED_MS = 30 * DAY_MS;
/** Programs that make a new set for every run must not fill the disk. */
const KEPT_AT_MOST = 64;
const UNUSED_IN_EXCESS_MS = DAY_MS;

interface Candidate {
  path: string;
  /** Last use in milliseconds since the epoch. Reads count if the file system records them (on Linux about once a day). */
  usedMs: number;
}

/** Never throws; a file that cannot be removed stays. */
export function pruneBundles(directory: string, now = Date.now()): void {
  const bundles: Candidate[] = [];
  for (const name of list(directory)) {
    const path = join(directory, name);
    const usedMs = lastUse(path);
    if (usedMs === undefined) continue;
    if (BUNDLE_NAME.test(name)) bundles.push({ path, usedMs });
    else if (ABANDONED_FILE.test(name) && now - usedMs > HOUR_MS) removeQuietly(path);
  }
  bundles.sort((a, b) => b.usedMs - a.usedMs);
  bundles.slice(KEPT_ALWAYS).forEach(({ path }, index) => {
    const limit = index + KEPT_ALWAYS < KEPT_AT_MOST ? UNUSED_MS : UNUSED_IN_EXCESS_MS;
    removeUnused(path, now - limit);
  });
}

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

function lastUse(path: string): number | undefined {
  try {
    const { mtimeMs, atimeMs } = fs.lstatSync(path);
    return Math.max(mtimeMs, atimeMs);
  } catch {
    return undefined;
  }
}

/**
 * Another process may start to use the file right now, so the file is renamed first, checked again, and put back if needed.
 */
function removeUnused(path: string, since: number): void {
  if ((lastUse(path) ?? Infinity) >= since) return;
  const aside = `${path}.${process.pid}.unused`;
  try {
    fs.renameSync(path, aside);
    if ((lastUse(aside) ?? 0) < since) fs.rmSync(aside);
    else fs.renameSync(aside, path);
  } catch {
    // Another process removes it.
  }
}
