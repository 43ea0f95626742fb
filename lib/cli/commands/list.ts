/**
 * `os-truststore list`: lists the certificates of a source, both kept and skipped.
 */
import { basename } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';

import type { CertificateSource, SystemCertificate } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { addPolicyOptions } from '../options/policy-options.js';
import { reportStoreErrors } from '../report-error.js';
import { renderTable } from '../terminal/table.js';
import type { Column } from '../terminal/table.js';
import type { Colors, Terminal } from '../terminal/terminal.js';
import { count, displayName, safeJson, safeText } from '../terminal/text.js';
import { listSources, readRecords } from './records.js';
import type { ListSource, RecordOptions, Records } from './records.js';

interface ListOptions extends RecordOptions {
  source: ListSource;
  json: boolean;
  skipped: boolean;
  wide: boolean;
}

interface Partition {
  /** Used under the given options. */
  kept: SystemCertificate[];
  /** Left out; `skipped` of each says why. */
  skipped: SystemCertificate[];
  /** Usable intermediates that were not asked for. */
  helpers: SystemCertificate[];
}

const listDefaults: ListOptions = {
  source: 'system',
  purpose: 'server-auth',
  intermediates: false,
  expired: false,
  json: false,
  skipped: false,
  wide: false,
};

export function addList(program: Command, { api, terminal, finish }: CommandContext): void {
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

function list(api: CliApi, terminal: Terminal, options: ListOptions): number {
  const records = readRecords(api, options.source, options);
  const parts = partition(records.certificates, options.intermediates);
  const shown = options.skipped ? parts.skipped : parts.kept;
  if (options.json) {
    terminal.write(`${toJson(records, shown)}\n`);
  } else if (shown.length > 0) {
    terminal.write(toTable(shown, terminal, options));
  }
  reportStoreErrors(records.errors, terminal);
  terminal.note(summary(parts, records, options));
  return exitCode(parts, records, options);
}

function partition(certificates: readonly SystemCertificate[], intermediates: boolean): Partition {
  const parts: Partition = { kept: [], skipped: [], helpers: [] };
  for (const certificate of certificates) {
    const aside = certificate.role === 'intermediate' && !intermediates;
    const list = certificate.skipped !== undefined ? 'skipped' : aside ? 'helpers' : 'kept';
    parts[list].push(certificate);
  }
  return parts;
}

function exitCode({ kept }: Partition, { errors }: Records, options: ListOptions): number {
  if (kept.length > 0 || options.skipped) return ExitCode.OK;
  return errors.length > 0 ? ExitCode.CANNOT_READ : ExitCode.NO_CERTIFICATES;
}

function summary(parts: Partition, { errors }: Records, options: ListOptions): string {
  const { kept, skipped, helpers } = parts;
  const source = options.source === 'all' ? 'all sources' : options.source;
  const words = [`${count(kept.length, 'certificate')} kept (${source})`];
  if (helpers.length > 0) {
    words.push(`${count(helpers.length, 'intermediate')} aside (--intermediates)`);
  }
  words.push(`${String(skipped.length)} skipped${hint(skipped, options)}`);
  words.push(count(errors.length, 'error'));
  return words.join(', ');
}

function hint(skipped: readonly SystemCertificate[], options: ListOptions): string {
  return skipped.length > 0 && !options.skipped ? ' (--skipped)' : '';
}

function toJson({ errors, locations }: Records, shown: readonly SystemCertificate[]): string {
  const certificates = shown.map((certificate) => ({
    ...certificate,
    der: certificate.der.toString('base64'),
  }));
  return safeJson({ certificates, errors, locations });
}

const shortRole = { anchor: 'anchor', intermediate: 'interm.', leaf: 'leaf' } as const;

/** The first 32 bits are enough for people to tell certificates apart; `--json` has the rest. */
function shortFingerprint({ fingerprint256 }: SystemCertificate): string {
  return fingerprint256.replaceAll(':', '').slice(0, 8);
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().slice(0, 10);
}

function sourceName({ origin, kind, location, store }: CertificateSource): string {
  if (origin === 'bundled' || origin === 'extra') return origin;
  if (kind === 'windows-store') return `${location}\\${store ?? ''}`;
  return kind === 'macos-trust-domain' ? location : basename(location);
}

function sourceNames({ sources }: SystemCertificate): string {
  const [first, ...others] = new Set(sources.map(sourceName));
  const more = others.length > 0 ? ` +${String(others.length)}` : '';
  return safeText(`${first ?? ''}${more}`);
}

const soonMs = 30 * 24 * 60 * 60 * 1000;

function expiryStyle(colors: Colors): (cell: string, certificate: SystemCertificate) => string {
  const now = Date.now();
  return (cell, { validTo }) => {
    if (validTo.getTime() < now) return colors.red(cell);
    return validTo.getTime() < now + soonMs ? colors.yellow(cell) : cell;
  };
}

function toTable(
  shown: readonly SystemCertificate[],
  { colors, width }: Terminal,
  options: ListOptions,
): string {
  type Cell = Column<SystemCertificate>;
  const subject: Cell = {
    title: 'Subject',
    text: ({ subject: name }) => displayName(name),
    shrinkTo: 24,
  };
  const role: Cell = { title: 'Role', text: (row) => shortRole[row.role], dispensable: 4 };
  const reason: Cell = {
    title: 'Reason',
    text: ({ skipped }) => skipped ?? '',
    style: colors.yellow,
  };
  const validTo: Cell = {
    title: 'Valid to',
    text: (row) => day(row.validTo),
    style: expiryStyle(colors),
    dispensable: 1,
  };
  const source: Cell = { title: 'Source', text: sourceNames, shrinkTo: 12, dispensable: 3 };
  const fingerprint: Cell = {
    title: 'SHA-256',
    text: shortFingerprint,
    style: colors.dim,
    dispensable: 2,
  };
  const columns = options.skipped
    ? [subject, reason, validTo, source, fingerprint]
    : [subject, role, validTo, source, fingerprint];
  return renderTable({
    columns,
    rows: shown,
    width: options.wide ? Infinity : width,
    heading: colors.bold,
  });
}
