/**
 * Parses the command line, runs the command, and returns the exit code.
 */
import { Command, CommanderError, Option } from 'commander';

import type { CliApi } from './api.js';
import type { AddCommand, CommandContext } from './command.js';
import { addBuild } from './commands/build.js';
import { addCompletion } from './commands/completion.js';
import { addDoctor } from './commands/doctor.js';
import { addEnv } from './commands/env.js';
import { addExport } from './commands/export.js';
import { addList } from './commands/list.js';
import { addPaths } from './commands/paths.js';
import { addReport } from './commands/report.js';
import { addRun } from './commands/run.js';
import { ExitCode, exitCodeHelp, exitCodeOf } from './exit-code.js';
import { reportError } from './report-error.js';
import type { Terminal } from './terminal/terminal.js';
import { safeText } from './terminal/text.js';

/** The order is that of the help. */
const COMMANDS: readonly AddCommand[] = [
  addList,
  addExport,
  addPaths,
  addRun,
  addEnv,
  addDoctor,
  addReport,
  addBuild,
  addCompletion,
];

/** Runs one command. Failures are reported and never thrown. */
export async function run(
  arguments_: readonly string[],
  api: CliApi,
  terminal: Terminal,
): Promise<number> {
  let exitCode: number = ExitCode.OK;
  const program = createProgram({
    api,
    terminal,
    finish: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(toCommandLine(arguments_, program), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    }
    reportError(error, terminal);
    return exitCodeOf(error);
  }
}

/** `help list` is `list --help`. An unknown command is an error with `--help`, too, which would otherwise print all help. */
function toCommandLine(arguments_: readonly string[], { commands }: Command): readonly string[] {
  const [first, second = '--help'] = arguments_;
  const line = first === 'help' ? [second, '--help'] : arguments_;
  const [name = ''] = line;
  if (name === 'help') return ['--help'];
  const isKnown =
    name === '' || name.startsWith('-') || commands.some((one) => one.name() === name);
  return isKnown ? line : [name];
}

export function createProgram(context: CommandContext): Command {
  const { api, terminal } = context;
  const program = new Command('os-truststore')
    .description(
      "Shows and exports the CAs this machine trusts: the operating system's own store.\n" +
        'Explains why a host is not trusted, and what to do about it.',
    )
    .version(api.version, '-V, --version', 'print the version; also -v')
    .addOption(new Option('-v').hideHelp())
    .on('option:v', () => {
      terminal.write(`${api.version}\n`);
      throw new CommanderError(ExitCode.OK, 'commander.version', api.version);
    })
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('Run it with --help for usage.')
    .configureOutput({
      writeOut: (text) => {
        terminal.write(text);
      },
      writeErr: (text) => {
        terminal.note(text.replace(/\n$/, ''));
      },
      outputError: (text, write) => {
        write(text.split('\n').map(safeText).join('\n'));
      },
      getOutHelpWidth: () => Math.min(terminal.width, 100),
      getErrHelpWidth: () => Math.min(terminal.width, 100),
    })
    // Leaves out "[options]", which every command has, to leave room for descriptions in 80 columns.
    .configureHelp({ subcommandTerm })
    .exitOverride()
    // Arguments after the command of `run` belong to that command.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  $ os-truststore list                       what this machine trusts
  $ os-truststore list --skipped             what was left out, and why
  $ os-truststore list --json                whole records, for programs
  $ os-truststore run -- git fetch           run git, curl, Python, … with them
  $ os-truststore export -o ca-bundle.pem    a file for whatever wants one
  $ os-truststore paths                      where it is looked for
  $ os-truststore report --html page.html    all of it, for a browser
  $ os-truststore doctor example.com         why a host is refused, and the cure
  $ os-truststore doctor                     what is wrong with this machine

${exitCodeHelp}`,
    );
  for (const add of COMMANDS) add(program, context);
  return program;
}

function subcommandTerm(command: Command): string {
  const arguments_ = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...arguments_].join(' ');
}
