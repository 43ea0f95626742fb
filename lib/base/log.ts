/**
 * Logs what happens, for people and for programs. Names in certificates and paths may be logged. Private keys, proxy
 * credentials and values of environment variables may not, except paths and this package's own switches.
 *
 * - programs: `diagnostics_channel.subscribe('os-truststore', …)` gets every {@link LogMessage};
 * - `NODE_DEBUG=os-truststore` and `OS_TRUSTSTORE_LOG_LEVEL` (`debug`, `info`, `warn`, `error`) write to stderr;
 * - `OS_TRUSTSTORE_LOG_FILE` (with `OS_TRUSTSTORE_LOG_FILE_LEVEL`, default `debug`) appends to a file.
 */
import { channel } from 'node:diagnostics_channel';
import { appendFileSync, constants, lstatSync } from 'node:fs';

import { ErrorCodes } from '../errors.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What subscribers of the `os-truststore` diagnostics channel receive. */
export interface LogMessage {
  level: LogLevel;
  message: string;
  /** Facts behind the message: codes, paths, counts, fingerprints. */
  fields: Readonly<Record<string, unknown>>;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const diagnostics = channel('os-truststore');

interface Sink {
  threshold: number;
  write(line: string): void;
}

let sinks: Sink[] | undefined;
const warned = new Set<string>();
/** Limits process warnings: a user who has seen this many reads no more, and the texts stay in memory. */
const MAXIMUM_WARNINGS = 200;

/** Publishes one message, and writes it where the environment asks for that. Never throws. */
export function log(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  if (diagnostics.hasSubscribers) diagnostics.publish({ level, message, fields });
  sinks ??= openSinks(process.env);
  const rank = LEVELS.indexOf(level);
  for (const sink of sinks) {
    if (rank >= sink.threshold) sink.write(toLine(level, message, fields));
  }
}

/**
 * Warns the user even when nothing is configured: logs every time, and emits a process warning the first time a code occurs
 * with a message.
 */
export function warn(
  code: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  log('warn', message, { code, ...fields });
  emitOnce(code, message);
}

function emitOnce(code: string, message: string): void {
  const key = `${code} ${message}`;
  if (warned.has(key) || warned.size > MAXIMUM_WARNINGS) return;
  warned.add(key);
  const isLast = warned.size > MAXIMUM_WARNINGS;
  const text = isLast ? 'There are more warnings: OS_TRUSTSTORE_LOG_LEVEL=warn shows all' : message;
  process.emitWarning(text, { type: 'TruststoreWarning', code });
}

function openSinks(env: NodeJS.ProcessEnv): Sink[] {
  const opened: Sink[] = [];
  const named = env['OS_TRUSTSTORE_LOG_LEVEL'];
  const sections = env['NODE_DEBUG'];
  // Most processes set neither, and a function that is not called need not be compiled: 0.1 ms of inject().
  const level =
    (named === undefined ? undefined : toThreshold(named)) ??
    (sections === undefined ? undefined : debugThreshold(sections));
  if (level !== undefined) {
    opened.push({ threshold: level, write: (line) => void process.stderr.write(line) });
  }
  const file = env['OS_TRUSTSTORE_LOG_FILE'];
  if (file) {
    opened.push({
      threshold: toThreshold(env['OS_TRUSTSTORE_LOG_FILE_LEVEL']) ?? 0,
      write: (line) => {
        append(file, line);
      },
    });
  }
  return opened;
}

function toThreshold(level: string | undefined): number | undefined {
  const rank = LEVELS.indexOf((level ?? '').toLowerCase() as LogLevel);
  return rank < 0 ? undefined : rank;
}

/** NODE_DEBUG is a list of section names, in which `*` matches anything. */
function debugThreshold(sections: string): number | undefined {
  const wanted = sections.split(',').some((section) => {
    const pattern = section
      .trim()
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*');
    return pattern !== '' && new RegExp(`^${pattern}$`, 'i').test('os-truststore');
  });
  return wanted ? 0 : undefined;
}

function toLine(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const details = Object.keys(fields).length === 0 ? '' : ` ${toJson(fields)}`;
  return `${new Date().toISOString()} os-truststore ${level}: ${message}${details}\n`;
}

function toJson(fields: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return '';
  }
}

/** Never throws: a log that cannot be written must not break what it reports on. */
function append(file: string, line: string): void {
  try {
    appendFileSync(file, line, { mode: 0o600, flag: openFlags(file) as unknown as string });
  } catch (error) {
    const message = `The log cannot be written: ${(error as Error).message}`;
    emitOnce(ErrorCodes.WRITE_FAILED, message);
  }
}

/**
 * Opens a FIFO without waiting for its reader. A link is followed only if it belongs to the user or to root (`/dev/stderr`):
 * in a directory that all users can write to, another user's link could point at any file of this user.
 */
function openFlags(file: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  // Windows has neither flag.
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  const flags = O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK;
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true) return flags | O_NOFOLLOW;
  const own = process.geteuid?.();
  if (own === undefined || found.uid === own || found.uid === 0) return flags;
  throw new Error(`${file} is another user's link`);
}
