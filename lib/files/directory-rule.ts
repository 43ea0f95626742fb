/**
 * Who else could change what lies in a directory: whoever can decides what programs trust. Windows has access lists
 * instead, which Node does not show.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';

export interface DirectoryRule {
  /** Whether it may be root's, who can do everything anyway. */
  root: boolean;
  /** The bits of the mode that let others write. */
  writers: number;
  /** Whether the sticky bit helps, which keeps others from renaming and removing what is not theirs. */
  sticky: boolean;
}

export const directoryRules = {
  /** Whose files are known by their names alone, so that others must not even add any. */
  own: { root: false, writers: 0o022, sticky: false },
  /** With a file whose owner is checked as well. */
  ofFile: { root: true, writers: 0o022, sticky: true },
  /** One level up. Many systems let a private group of the user's write everywhere (umask 002), so groups do not count. */
  above: { root: true, writers: 0o002, sticky: true },
} as const satisfies Record<string, DirectoryRule>;

/** What is wrong with it, to be put behind its name; undefined: nothing. */
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

/** Who owns the directory above could put another one into its place. Looks at the first one that exists. */
export function faultAbove(directory: string): DirectoryFault | undefined {
  let parent = dirname(directory);
  while (!fs.existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  const why = faultOfDirectory(fs.statSync(parent), directoryRules.above);
  return why === undefined ? undefined : { directory: parent, why };
}
