/**
 * `os-truststore report`: writes everything that `list` knows to one page for a browser.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import type { Command } from 'commander';

import { ErrorCodes, fromFileSystem } from '../../errors.js';
import { writeWhole } from '../../files/pem-file.js';
import { createReportData } from '../../report/data.js';
import { readPageAssets, renderReport } from '../../report/html.js';
import type { Purpose } from '../../types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { reportStoreErrors } from '../report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { count, safeText } from '../terminal/text.js';
import { readRecords } from './records.js';

interface ReportOptions {
  html: string;
  purpose: Purpose;
}

export function addReport(program: Command, { api, terminal, finish }: CommandContext): void {
  program
    .command('report')
    .description('write a page about every certificate, for a browser')
    .requiredOption('--html <file>', 'where to write it; - for stdout')
    .addOption(
      new Option('--purpose <purpose>', 'what the certificates are wanted for')
        .choices(['server-auth', 'client-auth', 'any'])
        .default('server-auth'),
    )
    .addHelpText(
      'after',
      `
The page shows the certificates of all sources with verdict, reason and place,
and which of them a company, user or program installed. It has drawings, search
and filters, and saves what the filters show as PEM or CSV. It is one file,
works offline, loads nothing and sends nothing. It names folders of yours and
holds the certificates: look before you share it.

Examples:
  $ os-truststore report --html certificates.html`,
    )
    .action((options: ReportOptions) => {
      finish(writeReport(api, terminal, options));
    });
}

function writeReport(api: CliApi, terminal: Terminal, { html, purpose }: ReportOptions): number {
  const records = readRecords(api, 'all', { purpose, intermediates: true, expired: false });
  const data = createReportData({
    ...records,
    published: api.readPublished(),
    purpose,
    version: api.version,
    runtime: `${process.release.name} ${process.version}`,
    platform: `${process.platform} ${process.arch}`,
    now: Date.now(),
  });
  const page = renderReport(data, readPageAssets());
  if (html === '-') {
    terminal.write(page);
  } else {
    writePage(html, page);
    const number = count(data.certificates.length, 'certificate');
    terminal.note(`${number} in ${safeText(pathToFileURL(resolve(html)).href)}`);
  }
  reportStoreErrors(records.errors, terminal);
  if (data.certificates.length > 0) return ExitCode.OK;
  return records.errors.length > 0 ? ExitCode.CANNOT_READ : ExitCode.NO_CERTIFICATES;
}

function writePage(path: string, page: string): void {
  try {
    writeWhole(path, page, 0o644);
  } catch (cause) {
    throw fromFileSystem(
      ErrorCodes.WRITE_FAILED,
      `${path} cannot be written: ${(cause as Error).message}`,
      path,
      cause,
      'Name a file in a directory that exists and that you may write to.',
    );
  }
}
