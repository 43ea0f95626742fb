/**
 * Runs compilers and linkers, as many at a time as the machine has cores.
 */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './gyp-sources.mjs';
import { Missing } from './missing.mjs';

const execute = promisify(execFile);

/** One queue for the whole program, so that stages overlap without crowding the machine. */
const waiting = [];
let free = os.cpus().length;

export async function withCore(work) {
  if (free > 0) free--;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/**
 * Shows warnings, which successful tools print too. On failure it shows what the tool said, without its long command.
 */
export async function run(command, args) {
  try {
    const { stderr } = await execute(command, args, { cwd: root, maxBuffer: 1 << 26 });
    if (stderr !== '') process.stderr.write(stderr);
  } catch (error) {
    if (error.code === 'ENOENT') throw new Missing(`not found: ${command}`);
    throw new Error(`${command} failed: ${error.stderr || error.message}`, { cause: error });
  }
}

/**
 * Compiles `sources`, relative to the project, into `folder`. Resolves to the objects in the same order.
 *
 * @param flags - returns the flags for a source
 * @param file - returns the file to compile in place of a source
 */
export function compileAll([command, ...base], sources, folder, flags, file = (source) => source) {
  mkdirSync(folder, { recursive: true });
  return Promise.all(
    sources.map((source) =>
      withCore(async () => {
        const object = path.join(folder, `${source.replace(/\W/g, '_')}.o`);
        const input = path.resolve(root, file(source));
        await run(command, [...base, ...flags(source), '-c', input, '-o', object]);
        return object;
      }),
    ),
  );
}
