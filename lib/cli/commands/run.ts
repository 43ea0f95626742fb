/**
 * `os-truststore run -- <command>`: runs a program that trusts what this machine trusts.
 */
import { utimesSync } from 'node:fs';
import type { Command } from 'commander';

import type { Environment } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import {
  addBundleOptions,
  bundleVariablesFor,
  replacementHelp,
} from '../options/bundle-options.js';
import type { BundleCommandOptions, BundleVariables } from '../options/bundle-options.js';
import { injectHelp } from '../options/inject-option.js';
import { reportError } from '../report-error.js';
import { runProgram } from '../shells/run-program.js';
import type { Terminal } from '../terminal/terminal.js';

const TOUCH_INTERVAL_MS = 12 * 60 * 60 * 1000;

export function addRun(program: Command, { api, terminal, finish }: CommandContext): void {
  const command = program
    .command('run')
    .description('run a command that trusts what the machine trusts')
    .usage('[options] [--] <command> [arguments...]')
    .argument('<command>', 'program to run, found in PATH')
    .argument('[arguments...]', 'handed on as they are; no shell looks at them')
    .passThroughOptions();
  addBundleOptions(command)
    .addHelpText(
      'after',
      `
Writes the CAs to a file in a private cache and names it in the variables that
\`os-truststore env --help\` lists. The command keeps the terminal, its pipes and
signals.
${replacementHelp}
${injectHelp}

Examples:
  $ os-truststore run -- npm install
  $ os-truststore run -- git clone https://git.intranet.example/project.git
  $ os-truststore run -- python3 -m pip install requests
  $ os-truststore run --inject -- npx some-cli

Exit codes: the command's own, 128 + n when signal n ended it, and
  125  the command was not started: no bundle could be made
  126  the command cannot be executed
  127  there is no such command`,
    )
    .action(async (name: string, arguments_: string[], options: BundleCommandOptions) => {
      finish(await runWithBundle(api, terminal, [name, ...arguments_], options));
    });
}

async function runWithBundle(
  api: CliApi,
  terminal: Terminal,
  command: readonly [string, ...string[]],
  options: BundleCommandOptions,
): Promise<number> {
  const { env } = terminal;
  let variables: BundleVariables;
  try {
    variables = bundleVariablesFor(api, terminal, options);
  } catch (error) {
    reportError(error, terminal);
    return ExitCode.RUN_FAILED;
  }
  const { bundle, inject } = variables;
  const stopTouching = keepInUse(Object.values(bundle));
  try {
    return await runProgram(command, withVariables(env, { ...bundle, ...inject }), terminal);
  } finally {
    stopTouching();
  }
}

/** Windows ignores the case of variable names, and the first of two spellings would win. */
function withVariables(env: Environment, variables: Record<string, string>): Environment {
  if (process.platform !== 'win32') return { ...env, ...variables };
  const names = new Set(Object.keys(variables));
  const others = Object.entries(env).filter(([name]) => !names.has(name.toUpperCase()));
  return { ...Object.fromEntries(others), ...variables };
}

/** Marks the bundle as used while the command runs, however rarely it is read. */
function keepInUse(paths: readonly string[]): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    for (const path of new Set(paths)) {
      try {
        utimesSync(path, now, now);
      } catch {
        // There is no file to keep.
      }
    }
  }, TOUCH_INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
