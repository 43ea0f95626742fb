/**
 * The form in which commands are added: every file of commands/ exports one {@link AddCommand}, and program.ts lists them.
 */
import type { Command } from 'commander';

import type { CliApi } from './api.js';
import type { Terminal } from './terminal/terminal.js';

export interface CommandContext {
  api: CliApi;
  terminal: Terminal;
  /** Sets the exit code of the process. Failures are thrown instead. */
  finish: (exitCode: number) => void;
}

export type AddCommand = (program: Command, context: CommandContext) => void;
