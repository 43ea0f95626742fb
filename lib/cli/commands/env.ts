/**
 * `os-truststore env`: prints, for a shell, the variables that make other programs trust what this machine trusts.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { Argument } from 'commander';
import type { Command } from 'commander';

import {
  bundleEnvironment,
  bundleVariables,
  preferredVariables,
  replaceVariables,
} from '../../bundle/environment.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { TrustOptions } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import {
  addBundleOptions,
  bundleVariablesFor,
  injectVariablesFor,
  replacementHelp,
  toTrustOptions,
} from '../options/bundle-options.js';
import type { BundleCommandOptions, BundleVariables } from '../options/bundle-options.js';
import { injectHelp } from '../options/inject-option.js';
import { assignments, dockerfile, envFormats, formatAliases } from '../shells/shells.js';
import type { EnvFormat, FormatName } from '../shells/shells.js';
import type { Terminal } from '../terminal/terminal.js';
import { safeJson } from '../terminal/text.js';
import { writeTrustSet } from './export.js';

interface EnvOptions extends BundleCommandOptions {
  output?: string;
}

const defaultFormat: EnvFormat = process.platform === 'win32' ? 'powershell' : 'sh';

export function addEnv(program: Command, { api, terminal, finish }: CommandContext): void {
  const command = program
    .command('env')
    .description('print variables that hand the CAs to programs')
    .addArgument(
      new Argument('[format]', 'language to print them in')
        .choices([...envFormats, ...Object.keys(formatAliases)])
        .default(defaultFormat),
    )
    .option('-o, --output <file>', 'use this file, which stays; not one in the cache');
  addBundleOptions(command)
    .addHelpText(
      'after',
      `
Variables, and who reads them (+ beside their own CAs, = in their place):
${variableTable()}
Replaced only where they are set, since their programs read the others, too:
${preferredTable()}
Java reads no PEM file; the output ends with what it needs.
${replacementHelp}
${injectHelp}

Examples:
  $ eval "$(os-truststore env)"
  $ os-truststore env fish | source
  > os-truststore env powershell | Out-String | Invoke-Expression
  > os-truststore env cmd > ca-env.cmd && call ca-env.cmd
  $ os-truststore env github-actions >> "$GITHUB_ENV"
  $ os-truststore env dockerfile -o ca-bundle.pem >> Dockerfile

Bundles in the cache are removed when unused for 30 days. Where the output
is kept (in a profile, say), name a file of your own with -o.`,
    )
    .action((name: FormatName, options: EnvOptions) => {
      printEnvironment(api, terminal, toFormat(name), options);
      finish(ExitCode.OK);
    });
}

function toFormat(name: FormatName): EnvFormat {
  return name in formatAliases
    ? formatAliases[name as keyof typeof formatAliases]
    : (name as EnvFormat);
}

function variableTable(): string {
  return bundleVariables
    .map(
      ({ name, effect, programs }) =>
        `  ${effect === 'adds' ? '+' : '='} ${padded(name)}${programs}\n`,
    )
    .join('');
}

/** The longest names get a line of their own. */
function padded(name: string): string {
  const width = 21;
  return name.length < width ? name.padEnd(width) : `${name}\n${' '.repeat(width + 4)}`;
}

function preferredTable(): string {
  const names = [...preferredVariables];
  const lines: string[] = [];
  while (names.length > 0) lines.push(`  ${names.splice(0, 3).join(', ')}\n`);
  return lines.join('');
}

function printEnvironment(
  api: CliApi,
  terminal: Terminal,
  format: EnvFormat,
  options: EnvOptions,
): void {
  if (options.inject === true) refuseInject(format);
  if (format === 'dockerfile') {
    terminal.write(forImage(api, terminal, options));
    return;
  }
  const { bundle, inject } =
    options.output === undefined
      ? bundleVariablesFor(api, terminal, options)
      : forFile(api, terminal, resolve(options.output), options);
  const variables = { ...bundle, ...inject };
  terminal.write(
    format === 'json'
      ? `${safeJson(variables)}\n`
      : assignments(format, variables, [javaHint(terminal)]),
  );
}

/** Both take the variables elsewhere than into a shell of this machine. */
function refuseInject(format: EnvFormat): void {
  const refusals: Partial<Record<EnvFormat, [why: string, remedy: string]>> = {
    dockerfile: [
      'a path of this machine means nothing in an image',
      'In the image, install os-truststore, and set NODE_OPTIONS to --require with its path there.',
    ],
    'github-actions': [
      'GitHub takes no NODE_OPTIONS from $GITHUB_ENV',
      'Start the step’s command with `npx os-truststore run --inject --`.',
    ],
  };
  const [why, remedy] = refusals[format] ?? [];
  if (why === undefined) return;
  throw new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `--inject cannot be used with ${format}: ${why}`,
    { operation: 'env', remedy },
  );
}

function exportTo(
  api: CliApi,
  terminal: Terminal,
  output: string,
  options: EnvOptions,
): TrustOptions {
  const { intermediates = false } = options;
  const trust = toTrustOptions(options, api, terminal.env, resolve(output));
  writeTrustSet(api, terminal, trust, intermediates, output);
  return trust;
}

/** Names no private directory beside the file, because the file may be meant for other users. */
function forFile(
  api: CliApi,
  terminal: Terminal,
  path: string,
  options: EnvOptions,
): BundleVariables {
  const trust = exportTo(api, terminal, path, options);
  const paths = { path, forNode: path, forDeno: path, emptyDirectory: path };
  const all = bundleEnvironment(paths, terminal.env);
  Reflect.deleteProperty(all, 'SSL_CERT_DIR');
  return {
    bundle: replaceVariables(all, terminal.env, options.keep === true),
    inject: injectVariablesFor(terminal, options, trust),
  };
}

function forImage(api: CliApi, terminal: Terminal, options: EnvOptions): string {
  const { output = 'ca-bundle.pem' } = options;
  const comments = ['The CAs of the machine this was made on, for programs in the image.'];
  if (options.output === undefined) comments.push('Make it: os-truststore export -o ca-bundle.pem');
  else exportTo(api, terminal, output, options);
  if (isAbsolute(output)) terminal.note('COPY wants a path below the build context.');
  const names = bundleVariables.map(({ name }) => name).filter((name) => name !== 'SSL_CERT_DIR');
  return dockerfile(output, names, comments);
}

/** Distributions that maintain a list for Java keep it in one of these files. */
const javaStores = [
  '/etc/pki/java/cacerts',
  '/etc/ssl/certs/java/cacerts',
  '/var/lib/ca-certificates/java-cacerts',
];

function javaHint({ env }: Terminal): string {
  const set = (property: string): string =>
    `Java: set JAVA_TOOL_OPTIONS to -Djavax.net.ssl.${property}`;
  if (process.platform === 'win32') return set('trustStoreType=Windows-ROOT');
  if (process.platform === 'darwin') return set('trustStoreType=KeychainStore');
  const store = javaStores.find((path) => existsSync(path));
  if (store !== undefined) return set(`trustStore=${store}`);
  const home = env['JAVA_HOME'];
  const list = home ? `${home}/lib/security/cacerts` : 'cacerts';
  return `Java: keytool -importcert -keystore ${JSON.stringify(list)} -file YOUR-CA.pem`;
}
