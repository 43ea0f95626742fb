/**
 * Where the command writes: data to stdout, everything about it to stderr.
 */
import pico from 'picocolors';

import type { Environment } from '../../types.js';
import { truncate } from './text.js';

export type Colors = ReturnType<typeof pico.createColors>;

export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Terminal {
  /** Data: what a pipe is meant to carry. */
  write(text: string): void;
  /** Words about the data. A line feed is added. */
  note(line: string): void;
  /** Columns to fit; `COLUMNS` wins, as in other tools. */
  width: number;
  colors: Colors;
  noteColors: Colors;
  env: Environment;
  /** Words about what is being done, each in the place of the one before; nothing without a terminal. */
  progress(words: string): void;
  /** One line of the user; undefined without a terminal to ask on. */
  ask(question: string): Promise<string | undefined>;
}

/** FORCE_COLOR and NO_COLOR as Node reads them: the first wins. Otherwise only a terminal gets colours. */
function wantsColors(stream: OutputStream, env: Environment): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

function terminalWidth(stream: OutputStream, env: Environment): number {
  const fromEnv = /^\d+$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  // A terminal that does not know its size says 0.
  return [fromEnv, stream.columns ?? 0].find((width) => width > 0) ?? 80;
}

export function createTerminal(
  stdout: OutputStream,
  stderr: OutputStream,
  env: Environment,
): Terminal {
  return {
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    width: terminalWidth(stdout, env),
    colors: pico.createColors(wantsColors(stdout, env)),
    noteColors: pico.createColors(wantsColors(stderr, env)),
    env,
    progress: (words) => {
      if (stderr.isTTY !== true) return;
      const shown = words === '' ? '' : truncate(`${words} …`, terminalWidth(stderr, env) - 1);
      stderr.write(`\r\u001b[K${shown}`);
    },
    ask: (question) => ask(question, stderr),
  };
}

function ask(question: string, stderr: OutputStream): Promise<string | undefined> {
  if (!process.stdin.isTTY || stderr.isTTY !== true) return Promise.resolve(undefined);
  const { createInterface } = require('node:readline') as typeof import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.on('close', () => {
      resolve(undefined);
    });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

/**
 * A reader that leaves (`| head`) has what it wanted: that is success. Any other failure of stdout is reported, since
 * whoever reads has less than they think. Nothing can be said when stderr is gone.
 */
export function handleClosedPipes(onFailure: (error: NodeJS.ErrnoException) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Windows says EOF when the reading end is closed.
    if (error.code === 'EPIPE' || error.code === 'EOF') process.exit();
    onFailure(error);
  });
  process.stderr.on('error', () => undefined);
}
