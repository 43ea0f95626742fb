/**
 * `os-truststore paths`: shows where this process looks for CAs, and what it finds there.
 */
import type { Command } from 'commander';

import type { Environment, StoreLocation, SystemStore, VerifyPaths } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { reportStoreErrors } from '../report-error.js';
import { renderTable } from '../terminal/table.js';
import type { Colors, Terminal } from '../terminal/terminal.js';
import { count, documentJson, pad, safeText } from '../terminal/text.js';

interface PathsOptions {
  json: boolean;
  /** Also shows the places of other systems, which were not looked at. */
  all: boolean;
}

/** Variables that change what is trusted. Their values are paths. */
const variables = [
  'NIX_SSL_CERT_FILE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'OS_TRUSTSTORE_USER_CAS',
] as const;

interface Facts {
  paths: VerifyPaths;
  store: SystemStore;
  environment: Record<string, string | null>;
}

export function addPaths(program: Command, { api, terminal, finish }: CommandContext): void {
  program
    .command('paths')
    .description('show where certificates are looked for')
    .option('--all', 'also show the places of other systems')
    .option('--json', 'print JSON')
    .action(({ json = false, all = false }: Partial<PathsOptions>) => {
      finish(showPaths(api, terminal, { json, all }));
    });
}

function showPaths(api: CliApi, terminal: Terminal, options: PathsOptions): number {
  const facts: Facts = {
    paths: api.getDefaultVerifyPaths(),
    store: api.readSystemStore(),
    environment: readVariables(terminal.env),
  };
  terminal.write(options.json ? `${toJson(facts)}\n` : toText(facts, terminal, options));
  reportStoreErrors(facts.store.errors, terminal);
  return ExitCode.OK;
}

function readVariables(env: Environment): Record<string, string | null> {
  return Object.fromEntries(variables.map((name) => [name, env[name] ?? null]));
}

function toJson({ paths, store, environment }: Facts): string {
  const { openssl, distrust, userDirectory } = paths;
  const { strategy, locations, errors } = store;
  return documentJson('paths', {
    strategy,
    openssl: openssl ?? null,
    locations,
    distrust,
    userDirectory,
    environment,
    errors,
  });
}

function toText(
  { paths, store, environment }: Facts,
  { colors, width }: Terminal,
  { all }: PathsOptions,
): string {
  const { openssl } = paths;
  const sections = [
    section(
      'OpenSSL in this process',
      openssl
        ? pairs({ file: openssl.file, directory: openssl.directory }, colors)
        : colors.dim('  none\n'),
      colors,
    ),
    section(
      'Locations, in the order they are looked at',
      locationTable(store.locations, colors, width, all),
      colors,
    ),
    section('Distrust', lines(paths.distrust, colors), colors),
    section('Environment', pairs(environment, colors), colors),
    section('Your own CAs', lines([paths.userDirectory], colors), colors),
  ];
  return sections.join('\n');
}

function section(title: string, body: string, colors: Colors): string {
  return `${colors.bold(title)}\n${body}`;
}

function lines(texts: readonly string[], colors: Colors): string {
  if (texts.length === 0) return colors.dim('  none\n');
  return texts.map((text) => `  ${safeText(text)}\n`).join('');
}

function pairs(values: Record<string, string | null>, colors: Colors): string {
  const width = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values)
    .map(([name, value]) => {
      const shown = value === null ? colors.dim('not set') : safeText(value);
      return `  ${pad(name, width)}  ${shown}\n`;
    })
    .join('');
}

const indent = 2;

function locationTable(
  locations: readonly StoreLocation[],
  colors: Colors,
  width: number,
  all: boolean,
): string {
  const rows = all ? locations : locations.filter(({ state }) => state !== 'not-needed');
  const hidden = locations.length - rows.length;
  const table = rows.length === 0 ? colors.dim('none\n') : renderLocations(rows, colors, width);
  const rest =
    hidden === 0 ? '' : colors.dim(`${count(hidden, 'more place')} not needed here (--all)\n`);
  return `${table}${rest}`.replace(/^(?=.)/gm, ' '.repeat(indent));
}

function renderLocations(rows: readonly StoreLocation[], colors: Colors, width: number): string {
  const styles: Partial<Record<StoreLocation['state'], Colors['green']>> = {
    read: colors.green,
    failed: colors.red,
  };
  return renderTable({
    rows,
    width: width - indent,
    heading: colors.dim,
    columns: [
      {
        title: 'State',
        text: ({ state }) => state,
        style: (cell, { state }) => (styles[state] ?? colors.dim)(cell),
      },
      {
        title: 'Certs',
        text: ({ state, certificates }) => (state === 'read' ? String(certificates) : ''),
        align: 'right',
      },
      // Never cut, because users copy paths.
      {
        title: 'Location',
        text: ({ location, store, kind }) =>
          safeText(kind === 'windows-store' ? `${location}\\${store ?? ''}` : location),
      },
      {
        title: 'Named by',
        text: ({ origin }) => safeText(origin),
        shrinkTo: 8,
        dispensable: 1,
      },
    ],
  });
}
