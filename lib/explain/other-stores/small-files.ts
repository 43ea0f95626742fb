/**
 * Reads files of other programs: only regular files of a sane size, and only the first of many entries of a directory.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { quietly } from '../../base/steps.js';

/** The largest lists of CAs have a quarter of a megabyte. */
const MOST_BYTES = 8 * 1024 * 1024;

/** More profiles, or installations of one program, than a machine has. */
const MOST_ENTRIES = 32;

/** False for what is not there, and for pipes and devices, which would block the reader. */
export function isFile(path: string): boolean {
  return quietly(() => statSync(path, { throwIfNoEntry: false })?.isFile()) === true;
}

/** @throws Error when it is too large or cannot be read */
export function checkSize(path: string): void {
  if (statSync(path).size > MOST_BYTES) throw new Error('it is larger than 8 MB');
}

/** @throws Error when it is too large or cannot be read */
export function readSmallFile(path: string): Buffer {
  checkSize(path);
  return readFileSync(path);
}

/** The paths `directory/*`; none when there is no such directory. */
export function entriesOf(directory: string): string[] {
  const names = quietly(() => readdirSync(directory)) ?? [];
  return names
    .sort()
    .slice(0, MOST_ENTRIES)
    .map((name) => join(directory, name));
}
