/**
 * Writes the command's output: data to stdout, everything about the data to stderr.
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
  /** Writes data, which a pipe is meant to carry. */
  write(text: string): void;
  /** Writes a remark about the data, and adds a line feed. */
  note(line: string): void;
  /** True when people read stdout, and no file or program. */
  isTerminal: boolean;
  /** The width in columns; `COLUMNS` wins, as in other tools. */
  width: number;
  colors: Colors;
  noteColors: Colors;
  env: Environment;
  /** Shows what is being done; each text replaces the one before. Does nothing without a terminal. */
  progress(words: string): void;
  /** Reads one line from the user; undefined when there is no terminal to ask on. */
  ask(question: string): Promise<string | undefined>;
}

/** Reads FORCE_COLOR and NO_COLOR as Node does: the first one wins. Without them, only a terminal gets colours. */
function wantsColors(stream: OutputStream, env: Environment): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

function terminalWidth(stream: OutputStream, env: Environment): number {
  const fromEnv = /^\d+$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  // A terminal that does not know its size reports 0.
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
    isTerminal: stdout.isTTY === true,
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
 * A reader that leaves (`| head`) has what it wanted, so that is success. Any other failure of stdout is reported, because
 * the reader has less than it thinks. Nothing can be reported when stderr is gone.
 */
export function handleClosedPipes(onFailure: (error: NodeJS.ErrnoException) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Windows reports EOF when the reading end is closed.
    if (error.code === 'EPIPE' || error.code === 'EOF') process.exit();
    onFailure(error);
  });
  process.stderr.on('error', () => undefined);
}
