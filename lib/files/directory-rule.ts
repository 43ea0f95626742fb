/**
 * Checks whether other users could change the files in a directory, because they could then decide what programs trust.
 * Windows has access lists instead, which Node does not show.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';

export interface DirectoryRule {
  /** True when the directory may belong to root, who can do everything anyway. */
  root: boolean;
  /** The mode bits that let other users write. */
  writers: number;
  /** True when the sticky bit makes the directory safe: others can then not rename or remove files they do not own. */
  sticky: boolean;
}

export const directoryRules = {
  /** For directories whose files are recognised by name alone, so others must not even add files. */
  own: { root: false, writers: 0o022, sticky: false },
  /** For a directory with a file whose owner is checked as well. */
  ofFile: { root: true, writers: 0o022, sticky: true },
  /** For the directory above. Many systems let a user's private group write everywhere (umask 002), so groups are ignored. */
  above: { root: true, writers: 0o002, sticky: true },
} as const satisfies Record<string, DirectoryRule>;

/** What is wrong with the directory, as text to put after its name; undefined when nothing is. */
export function faultOfDirectory(
  { uid, mode }: Pick<fs.Stats, 'uid' | 'mode'>,
  { root, writers, sticky }: DirectoryRule,
): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (uid !== own && !(root && uid === 0)) return 'belongs to another user';
  const isHarmless = sticky && (mode & 0o1000) !== 0;
  return (mode & writers) !== 0 && !isHarmless ? 'can be written to by others' : undefined;
}

export interface DirectoryFault {
  directory: string;
  why: string;
}

/** Checks the nearest existing directory above, because its owner could replace the directory with another one. */
export function faultAbove(directory: string): DirectoryFault | undefined {
  let parent = dirname(directory);
  while (!fs.existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  const why = faultOfDirectory(fs.statSync(parent), directoryRules.above);
  return why === undefined ? undefined : { directory: parent, why };
}
