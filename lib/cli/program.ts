/**
 * The command line: arguments in, exit code out.
 */
import { Command, CommanderError, Option } from 'commander';

import type { CliApi } from './api.js';
import { build } from './commands/build.js';
import type { BuildOptions } from './commands/build.js';
import { addCompletion } from './commands/completion.js';
import { addDoctor } from './commands/doctor.js';
import { addEnv } from './commands/env.js';
import { ExitCode, exitCodeHelp, exitCodeOf } from './exit-code.js';
import { exportBundle, exportDefaults, exportSources } from './commands/export.js';
import type { ExportOptions } from './commands/export.js';
import { list } from './commands/list.js';
import type { ListOptions } from './commands/list.js';
import { showPaths } from './commands/paths.js';
import type { PathsOptions } from './commands/paths.js';
import { listSources } from './commands/records.js';
import { addReport } from './commands/report.js';
import { reportError } from './report-error.js';
import { addRun } from './commands/run.js';
import type { Terminal } from './terminal/terminal.js';
import { safeText } from './terminal/text.js';

const listDefaults: ListOptions = {
  source: 'system',
  purpose: 'server-auth',
  intermediates: false,
  expired: false,
  json: false,
  skipped: false,
  wide: false,
};

/** Runs one command. Failures are reported, never thrown. */
export async function run(
  arguments_: readonly string[],
  api: CliApi,
  terminal: Terminal,
): Promise<number> {
  let exitCode: number = ExitCode.OK;
  const program = createProgram(api, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(arguments_, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    }
    reportError(error, terminal);
    return exitCodeOf(error);
  }
}

export type Finish = (exitCode: number) => void;

function createProgram(api: CliApi, terminal: Terminal, finish: Finish): Command {
  const program = new Command('os-truststore')
    .description(
      "Shows and exports the CAs this machine trusts: the operating system's own store.\n" +
        'Explains why a host is not trusted, and what to do about it.',
    )
    .version(api.version, '-V, --version', 'print the version')
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
    // Options, which all of them have, would leave no room for descriptions in 80 columns.
    .configureHelp({ subcommandTerm })
    .exitOverride()
    // What stands behind the command of `run` is that command's.
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
  addList(program, api, terminal, finish);
  addExport(program, api, terminal, finish);
  addPaths(program, api, terminal, finish);
  addRun(program, api, terminal, finish);
  addEnv(program, api, terminal, finish);
  addDoctor(program, api, terminal, finish);
  addReport(program, api, terminal, finish);
  addBuild(program, terminal, finish);
  addCompletion(program, terminal, finish);
  return program;
}

function subcommandTerm(command: Command): string {
  const arguments_ = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...arguments_].join(' ');
}

function addPolicyOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--purpose <purpose>', 'what the certificates are wanted for')
        .choices(['server-auth', 'client-auth', 'any'])
        .default(listDefaults.purpose),
    )
    .option('--expired', 'include certificates outside their validity period');
}

function addList(program: Command, api: CliApi, terminal: Terminal, finish: Finish): void {
  const command = program
    .command('list')
    .description('list certificates')
    .addOption(
      new Option('-s, --source <source>', 'whose certificates')
        .choices(listSources)
        .default(listDefaults.source),
    )
    .option('--intermediates', 'include intermediates that help to build chains')
    .option('--skipped', 'list what was left out, with the reason, instead')
    .option('--json', 'print whole records, with sources, errors and locations')
    .option('--wide', 'cut nothing to fit the terminal');
  addPolicyOptions(command)
    .addHelpText(
      'after',
      `
Sources: system (the operating system), bundled (shipped with Node), extra
(NODE_EXTRA_CA_CERTS), user (OS_TRUSTSTORE_USER_CAS and the user's directory).

Examples:
  $ os-truststore list --source all
  $ os-truststore list --skipped
  $ os-truststore list --json | jq -r '.certificates[].subject'`,
    )
    .action((options: Partial<ListOptions>) => {
      finish(list(api, terminal, { ...listDefaults, ...options }));
    });
}

function addExport(program: Command, api: CliApi, terminal: Terminal, finish: Finish): void {
  const command = program
    .command('export')
    .description('write a PEM bundle')
    .option('-o, --output <file>', 'write to a file, whole or not at all, instead of stdout')
    .addOption(
      new Option(
        '-s, --source <source>',
        'system: the store alone; merged: with bundled and user CAs',
      )
        .choices(exportSources)
        .default(exportDefaults.source),
    )
    .option('--intermediates', 'include intermediates: many programs trust them then')
    .option('--exclude <fingerprints...>', 'leave out certificates, by SHA-256 fingerprint');
  addPolicyOptions(command)
    .addHelpText(
      'after',
      `
A bundle without certificates is never written. It holds anchors: many programs
(curl, Go, Python 3.13) take every certificate of a file for one. \`os-truststore
run\` and \`env\` write one by themselves and name it to programs.

Examples:
  $ os-truststore export -o ca-bundle.pem
  $ os-truststore export > ca-bundle.pem
  $ CURL_CA_BUNDLE=ca-bundle.pem curl https://intranet.example`,
    )
    .action((options: Partial<ExportOptions>) => {
      finish(exportBundle(api, terminal, { ...exportDefaults, ...options }));
    });
}

function addPaths(program: Command, api: CliApi, terminal: Terminal, finish: Finish): void {
  program
    .command('paths')
    .description('show where certificates are looked for')
    .option('--all', 'also show the places of other systems')
    .option('--json', 'print JSON')
    .action(({ json = false, all = false }: Partial<PathsOptions>) => {
      finish(showPaths(api, terminal, { json, all }));
    });
}

function addBuild(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('build')
    .description('compile the native addon from the sources in this package')
    .option('-o, --output <file>', 'put it somewhere else, for OS_TRUSTSTORE_ADDON')
    .option('--verbose', 'show what the compiler says')
    .addHelpText(
      'after',
      `
For systems without a prebuilt addon, or to use your own. Needs Python 3, make
and a C++17 compiler; node-gyp and node-addon-api are fetched with npm when
missing.`,
    )
    .action((options: Partial<BuildOptions>) => {
      build(terminal, { verbose: false, ...options });
      finish(ExitCode.OK);
    });
}
