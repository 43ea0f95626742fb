/**
 * `os-truststore export`: writes a PEM bundle for programs that want a file.
 */
import { Option } from 'commander';
import type { Command } from 'commander';

import { withoutStorePeers } from '../../bundle/environment.js';
import { plainDigits } from '../../certificate/fingerprint.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { writePemFile } from '../../files/pem-file.js';
import type { Purpose, SystemCAOptions, TrustOptions } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { withoutListWarnings } from '../options/bundle-options.js';
import { excludeOption, pemsOfSet, wholeFingerprints } from '../options/exclusions.js';
import { addPolicyOptions } from '../options/policy-options.js';
import { reportStoreErrors } from '../report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { count, displayName, safeText } from '../terminal/text.js';

export const exportSources = ['merged', 'system'] as const;

export interface ExportOptions {
  source: (typeof exportSources)[number];
  output?: string;
  exclude: string[];
  purpose: Purpose;
  /** Off by default, because many programs treat every certificate in a file as an anchor. */
  intermediates: boolean;
  expired: boolean;
}

export const exportDefaults: ExportOptions = {
  source: 'merged',
  purpose: 'server-auth',
  intermediates: false,
  expired: false,
  exclude: [],
};

export function addExport(program: Command, { api, terminal, finish }: CommandContext): void {
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
    .addOption(excludeOption());
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

function exportBundle(api: CliApi, terminal: Terminal, options: ExportOptions): number {
  const pems =
    options.source === 'merged' ? mergedPems(api, terminal, options) : systemPems(api, options);
  writePems(api, terminal, pems, options);
  return ExitCode.OK;
}

/** Writes the trust set as one file for every program, including Deno. */
export function writeTrustSet(
  api: CliApi,
  terminal: Terminal,
  trust: TrustOptions,
  intermediates: boolean,
  output: string,
): void {
  const set = readSet(api, terminal, trust);
  const pems = withoutStorePeers(pemsOf(set, intermediates), set);
  writePems(api, terminal, pems, { source: 'merged', output });
}

function writePems(
  api: CliApi,
  terminal: Terminal,
  pems: readonly string[],
  { source, output }: Pick<ExportOptions, 'source' | 'output'>,
): void {
  if (pems.length === 0) throw nothingToExport(source, output);
  const bundle = pems.map((pem) => withName(api, pem)).join('\n');
  if (output === undefined || output === '-') {
    terminal.write(bundle);
  } else {
    writePemFile(output, bundle);
    terminal.note(`${count(pems.length, 'certificate')} written to ${safeText(output)}`);
  }
}

function systemOptions({ purpose, intermediates, expired }: ExportOptions): SystemCAOptions {
  return { purpose, expired, intermediates };
}

function mergedPems(api: CliApi, terminal: Terminal, options: ExportOptions): readonly string[] {
  const trust = { system: systemOptions(options) };
  const exclude = wholeFingerprints(options.exclude, api, () => pemsOfSet(api, trust));
  return pemsOf(readSet(api, terminal, { ...trust, exclude }), options.intermediates);
}

type ReadSet = ReturnType<CliApi['readTrustSet']>;

function pemsOf({ certificates, anchors }: ReadSet, intermediates: boolean): readonly string[] {
  return intermediates ? certificates : anchors;
}

/** Reads as getTrustedCAs() does, but prints its warnings as lines of this command. */
function readSet(api: CliApi, terminal: Terminal, trust: TrustOptions): ReadSet {
  const set = api.readTrustSet(trust);
  const [userError] = set.userErrors;
  if (userError) throw userError;
  reportStoreErrors(withoutListWarnings([...set.warnings, ...set.errors], trust), terminal);
  return set;
}

function systemPems(api: CliApi, options: ExportOptions): string[] {
  const pems = api.getSystemCAs(systemOptions(options));
  if (options.exclude.length === 0) return pems;
  const excluded = new Set(wholeFingerprints(options.exclude, api, () => pems));
  return pems.filter((pem) => !excluded.has(plainDigits(api.describe(pem).fingerprint256) ?? ''));
}

/**
 * Adds a comment, which PEM readers ignore. A CA chose the name, so the name must not be able to begin a block for readers
 * that look for dashes anywhere in a line.
 */
function withName(api: CliApi, pem: string): string {
  const name = displayName(api.describe(pem).subject).replace(/-{2,}/g, '-');
  return `# ${name}\n${pem}`;
}

function nothingToExport(
  source: ExportOptions['source'],
  output: string | undefined,
): TruststoreError {
  const what = source === 'merged' ? 'merged set' : 'system store';
  return new TruststoreError(
    ErrorCodes.EMPTY_SET,
    `The ${what} holds no certificate to export; an empty bundle would refuse every server`,
    {
      operation: 'export',
      path: output,
      remedy: 'Run `npx os-truststore paths` to see where certificates are looked for.',
    },
  );
}
