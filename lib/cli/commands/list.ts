/**
 * `os-truststore list`: lists the certificates of a source, both kept and skipped.
 */
import { basename } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';

import { skipReasons } from '../../explain/skip-reasons.js';
import { sourceWords } from '../../explain/words.js';
import { isLocal } from '../../trust/local/local-anchors.js';
import type { Published } from '../../trust/local/published.js';
import type { CertificateSource, SystemCertificate } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { addPolicyOptions } from '../options/policy-options.js';
import { reportStoreErrors } from '../report-error.js';
import { renderRows, renderTable } from '../terminal/table.js';
import type { Column } from '../terminal/table.js';
import type { Colors, Terminal } from '../terminal/terminal.js';
import { count, displayName, documentJson, safeText } from '../terminal/text.js';
import { listSources, readRecords } from './records.js';
import type { ListSource, RecordOptions, Records } from './records.js';

interface ListOptions extends RecordOptions {
  source: ListSource;
  json: boolean;
  skipped: boolean;
  wide: boolean;
  /** Only what no public programme ships. */
  local: boolean;
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
  local: false,
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
    .option('--local', 'only what your company or you installed: no public list has it')
    .option('--wide', 'cut nothing, and show whole fingerprints and every source');
  addPolicyOptions(command)
    .addHelpText(
      'after',
      `
On a terminal it is a table that fits. Into a pipe or file go whole rows, with
tabs between the columns and whole fingerprints.

Sources: system (the operating system), bundled (shipped with Node), extra
(NODE_EXTRA_CA_CERTS), user (OS_TRUSTSTORE_USER_CAS and the user's directory).

Purposes: server-auth (CAs for servers, which https needs), client-auth (CAs for
people and programs that show a certificate, as in mTLS), any.

--local compares with Node's roots and with Mozilla's list as the distribution
packages it; on Windows and macOS with what the store says is Microsoft's or
Apple's. (Windows puts a few of Microsoft's roots beside those of companies.)

Examples:
  $ os-truststore list --source all
  $ os-truststore list --local
  $ os-truststore list --skipped
  $ os-truststore list --json | jq -r '.certificates[].subject'`,
    )
    .action((options: Partial<ListOptions>) => {
      finish(list(api, terminal, { ...listDefaults, ...options }));
    });
}

function list(api: CliApi, terminal: Terminal, options: ListOptions): number {
  const all = readRecords(api, options.source, options);
  const published = options.local ? api.readPublished() : undefined;
  const records = published ? onlyLocal(all, published) : all;
  const parts = partition(records.certificates, options.intermediates);
  const shown = options.skipped ? parts.skipped : parts.kept;
  if (options.json) {
    terminal.write(`${toJson(records, shown)}\n`);
  } else if (shown.length > 0) {
    terminal.write(toTable(shown, terminal, options));
  }
  reportStoreErrors(records.errors, terminal);
  if (options.skipped && !options.json) noteReasons(shown, terminal);
  terminal.note(summary(parts, records, options));
  if (published) terminal.note(comparison(published));
  return exitCode(parts, records, options);
}

function onlyLocal(records: Records, { fingerprints }: Published): Records {
  const certificates = records.certificates.filter((one) => isLocal(one, fingerprints));
  return { ...records, certificates };
}

function comparison({ lists }: Published): string {
  return `Compared with ${['the roots of this runtime', ...lists].map(safeText).join(' and ')}.`;
}

/** Says in words what the reasons in the table mean. */
function noteReasons(shown: readonly SystemCertificate[], terminal: Terminal): void {
  for (const reason of new Set(shown.flatMap(({ skipped }) => skipped ?? []))) {
    terminal.note(`${reason}: ${skipReasons[reason].meaning}`);
  }
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
  // A machine on which people installed nothing is no failure.
  if (kept.length > 0 || options.skipped || (options.local && errors.length === 0)) {
    return ExitCode.OK;
  }
  return errors.length > 0 ? ExitCode.CANNOT_READ : ExitCode.NO_CERTIFICATES;
}

function summary(parts: Partition, { errors }: Records, options: ListOptions): string {
  const { kept, skipped, helpers } = parts;
  const source = options.source === 'all' ? 'all sources' : options.source;
  const words = [
    options.local
      ? `${count(kept.length, 'certificate')} that your company or you installed (${source})`
      : `${count(kept.length, 'certificate')} kept (${source})`,
  ];
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
  return documentJson('list', { certificates, errors, locations });
}

const shortRole = { anchor: 'anchor', intermediate: 'interm.', leaf: 'leaf' } as const;

/** The first 32 bits are enough for people to tell certificates apart; `--exclude` takes them. */
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

function allSourceNames({ sources }: SystemCertificate): string {
  return safeText([...new Set(sources.map(sourceWords))].join(', '));
}

function toTable(
  shown: readonly SystemCertificate[],
  { colors, width, isTerminal }: Terminal,
  options: ListOptions,
): string {
  type Cell = Column<SystemCertificate>;
  const whole = options.wide || !isTerminal;
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
  const source: Cell = {
    title: 'Source',
    text: whole ? allSourceNames : sourceNames,
    shrinkTo: 12,
    dispensable: 3,
  };
  const fingerprint: Cell = {
    title: 'SHA-256',
    text: whole ? ({ fingerprint256 }) => fingerprint256 : shortFingerprint,
    style: colors.dim,
    dispensable: 2,
  };
  const columns = options.skipped
    ? [subject, reason, validTo, source, fingerprint]
    : [subject, role, validTo, source, fingerprint];
  if (!isTerminal) return renderRows({ columns, rows: shown });
  return renderTable({
    columns,
    rows: shown,
    width: options.wide ? Infinity : width,
    heading: colors.bold,
  });
}
