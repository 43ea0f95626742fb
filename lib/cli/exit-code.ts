/**
 * The exit codes of the command.
 */
import { ErrorCodes } from '../errors.js';
import type { ErrorCode } from '../types.js';

export const ExitCode = {
  OK: 0,
  UNEXPECTED: 1,
  USAGE: 2,
  NO_CERTIFICATES: 3,
  CANNOT_READ: 4,
  CANNOT_WRITE: 5,
  FINDING: 60,
  /** For `run`, as in env(1), timeout(1) and shells; all its other codes belong to the program that it runs. */
  RUN_FAILED: 125,
  NOT_EXECUTABLE: 126,
  NOT_FOUND: 127,
} as const;

export const exitCodeHelp = `Exit codes:
  0  done
  1  unexpected error; a bug, please report it
  2  wrong usage
  3  no certificates: nothing to list, or an empty bundle was refused
  4  a store, a file or the native addon could not be read
  5  the output could not be written
The doctor and run have others: see their --help.`;

const byErrorCode: Partial<Record<ErrorCode, number>> = {
  [ErrorCodes.EMPTY_SET]: ExitCode.NO_CERTIFICATES,
  [ErrorCodes.INVALID_ARGUMENT]: ExitCode.USAGE,
  [ErrorCodes.WRITE_FAILED]: ExitCode.CANNOT_WRITE,
};

export function exitCodeOf(error: unknown): number {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !code.startsWith('ERR_TRUSTSTORE_')) return ExitCode.UNEXPECTED;
  return byErrorCode[code as ErrorCode] ?? ExitCode.CANNOT_READ;
}
