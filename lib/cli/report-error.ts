/**
 * Prints failures and warnings for people: one line says what is wrong, one says what to do.
 */
import { ErrorCodes } from '../errors.js';
import type { StoreError } from '../types.js';
import type { Terminal } from './terminal/terminal.js';
import { count, safeText } from './terminal/text.js';

interface ReportedError {
  message?: unknown;
  code?: unknown;
  remedy?: unknown;
  stack?: unknown;
}

const usageRemedy = 'Run it with --help for usage.';
const fallbackRemedy = 'Run it again with OS_TRUSTSTORE_LOG_LEVEL=debug to see where it happened.';

export function reportError(error: unknown, terminal: Terminal): void {
  const { message, code, remedy, stack } = (error ?? {}) as ReportedError;
  const { noteColors: colors } = terminal;
  const text = safeText(typeof message === 'string' && message !== '' ? message : String(error));
  const suffix = typeof code === 'string' ? colors.dim(` (${safeText(code)})`) : '';
  terminal.note(`${colors.red('error:')} ${text}${suffix}`);
  const fallback = code === ErrorCodes.INVALID_ARGUMENT ? usageRemedy : fallbackRemedy;
  const advice = typeof remedy === 'string' ? remedy : fallback;
  terminal.note(`${colors.cyan('try:')} ${safeText(advice)}`);
  if (terminal.env['OS_TRUSTSTORE_LOG_LEVEL'] === 'debug' && typeof stack === 'string') {
    for (const line of stack.split('\n').slice(1)) terminal.note(safeText(line));
  }
}

const shownWarnings = 5;

/** Prints what could not be read while the rest went on. */
export function reportStoreErrors(errors: readonly StoreError[], terminal: Terminal): void {
  const { noteColors: colors } = terminal;
  for (const { message, path, code } of errors.slice(0, shownWarnings)) {
    const where = path === undefined || message.includes(path) ? '' : `${path}: `;
    terminal.note(
      `${colors.yellow('warning:')} ${safeText(`${where}${message}`)}${colors.dim(` (${code})`)}`,
    );
  }
  const more = errors.length - shownWarnings;
  if (more > 0) {
    const words = `${count(more, 'more warning')}; all are in \`npx os-truststore list --json\``;
    terminal.note(`${colors.yellow('warning:')} ${words}`);
  }
}
