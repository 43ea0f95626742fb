/**
 * Runs a program in place of this one: it gets our streams and signals, and we end as it ends.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import type { Environment } from '../../types.js';
import { ExitCode } from '../exit-code.js';
import type { Terminal } from '../terminal/terminal.js';
import { safeText } from '../terminal/text.js';
import { windowsCommand } from './windows-command.js';

type Command = readonly [string, ...string[]];

/** @returns the exit code to end with. When an interrupt ended the program, this process ends by the same signal. */
export async function runProgram(
  command: Command,
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const end = await start(command, env);
  if (end.error) return reportNotStarted(command[0], end.error, terminal);
  if (end.signal === null) return end.code ?? ExitCode.UNEXPECTED;
  // Shells leave a loop when a command was ended by an interrupt, but not when it exits with 130.
  if (end.signal === 'SIGINT') await endBySignal(end.signal);
  return 128 + constants.signals[end.signal];
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: NodeJS.ErrnoException;
}

function start(command: Command, env: Environment): Promise<End> {
  const found = toProcess(command, env);
  if (found === undefined) {
    return Promise.resolve({ code: null, signal: null, error: noSuchCommand() });
  }
  const { file, args, verbatim } = found;
  return new Promise((resolve) => {
    const stopPassing = passSignals((signal) => child.kill(signal));
    const finish = (end: End): void => {
      stopPassing();
      resolve(end);
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      finish({ code: null, signal: null, error });
    };
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(file, args, {
        env: env as NodeJS.ProcessEnv,
        shell: false,
        // The program is in the same process group, so the terminal's signals and job control reach it directly.
        stdio: 'inherit',
        windowsVerbatimArguments: verbatim,
      });
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
      return;
    }
    child.on('error', failed);
    child.on('exit', (code, signal) => {
      finish({ code, signal });
    });
  });
}

function noSuchCommand(): NodeJS.ErrnoException {
  return Object.assign(new Error('not in PATH'), { code: 'ENOENT' });
}

interface Process {
  file: string;
  args: readonly string[];
  verbatim: boolean;
}

function toProcess([name, ...args]: Command, env: Environment): Process | undefined {
  // spawn() would throw for an empty name, as for a mistake of its caller.
  if (name === '') return undefined;
  if (process.platform === 'win32') return windowsCommand(name, args, env);
  return { file: name, args, verbatim: false };
}

/** A terminal sends these signals to its whole foreground process group, so the program has them already. */
const fromTerminal: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGQUIT'];
const fromOthers: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? [] : ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** While the program runs, it alone reacts to signals. */
function passSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const atTerminal =
    process.platform === 'win32' ||
    [process.stdin, process.stdout, process.stderr].some(isTerminal);
  const listeners = [
    ...fromTerminal.map((signal) => [signal, atTerminal ? ignore : send] as const),
    ...fromOthers.map((signal) => [signal, send] as const),
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

function isTerminal({ isTTY }: { isTTY?: boolean }): boolean {
  return isTTY === true;
}

function ignore(): void {
  // The program decides what to do.
}

/** Returns only where the signal cannot end this process, as in the first process of a container. */
async function endBySignal(signal: NodeJS.Signals): Promise<void> {
  process.kill(process.pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

function reportNotStarted(
  name: string,
  { code, message }: NodeJS.ErrnoException,
  terminal: Terminal,
): number {
  const missing = code === 'ENOENT';
  const why = missing ? 'there is no such command, or no such interpreter' : message;
  terminal.note(`${terminal.noteColors.red('error:')} ${safeText(name)}: ${safeText(why)}`);
  return missing ? ExitCode.NOT_FOUND : ExitCode.NOT_EXECUTABLE;
}
