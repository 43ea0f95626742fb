/**
 * `os-truststore export`: a PEM bundle for programs that want a file.
 */
import { writePemFile } from '../bundle-file.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { Purpose, SystemCAOptions } from '../types.js';
import type { CliApi } from './api.js';
import { ExitCode } from './exit-code.js';
import { reportStoreErrors } from './report-error.js';
import type { Terminal } from './terminal.js';
import { count, displayName, safeText } from './text.js';

export const exportSources = ['merged', 'system'] as const;

export interface ExportOptions {
  source: (typeof exportSources)[number];
  output?: string;
  exclude: string[];
  purpose: Purpose;
  /** Undefined: as the source has it; the merged set has them, the system's list has not. */
  intermediates?: boolean;
  expired: boolean;
}

export function exportBundle(api: CliApi, terminal: Terminal, options: ExportOptions): number {
  const pems =
    options.source === 'merged' ? mergedPems(api, terminal, options) : systemPems(api, options);
  if (pems.length === 0) throw nothingToExport(options);
  const bundle = pems.map((pem) => withName(api, pem)).join('\n');
  if (options.output === undefined || options.output === '-') {
    terminal.write(bundle);
  } else {
    writePemFile(options.output, bundle);
    terminal.note(`${count(pems.length, 'certificate')} written to ${safeText(options.output)}`);
  }
  return ExitCode.OK;
}

function systemOptions({ purpose, intermediates, expired }: ExportOptions): SystemCAOptions {
  return { purpose, expired, ...(intermediates === undefined ? {} : { intermediates }) };
}

/** As getTrustedCAs(), but what it warns about becomes lines of this command. */
function mergedPems(api: CliApi, terminal: Terminal, options: ExportOptions): string[] {
  const set = api.readTrustSet({ system: systemOptions(options), exclude: options.exclude });
  const [userError] = set.userErrors;
  if (userError) throw userError;
  reportStoreErrors([...set.warnings, ...set.errors], terminal);
  return set.certificates;
}

function systemPems(api: CliApi, options: ExportOptions): string[] {
  const excluded = new Set(options.exclude.map(normalizeFingerprint));
  const pems = api.getSystemCAs(systemOptions(options));
  if (excluded.size === 0) return pems;
  return pems.filter(
    (pem) => !excluded.has(normalizeFingerprint(api.describe(pem).fingerprint256)),
  );
}

function normalizeFingerprint(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}

/**
 * A comment a reader of PEM passes over. The name is somebody else's text, so it must not begin a block for readers that
 * look for the dashes anywhere in a line.
 */
function withName(api: CliApi, pem: string): string {
  const name = displayName(api.describe(pem).subject).replace(/-{2,}/g, '-');
  return `# ${name}\n${pem}`;
}

function nothingToExport({ source, output }: ExportOptions): TruststoreError {
  const what = source === 'merged' ? 'merged set' : 'system store';
  return new TruststoreError(
    ErrorCodes.EMPTY_SET,
    `The ${what} holds no certificate to export; an empty bundle would refuse every server`,
    {
      operation: 'export',
      path: output,
      remedy: 'Run `os-truststore paths` to see where certificates are looked for.',
    },
  );
}
