/**
 * Formats an examination of the machine as text for people.
 */
import type { Examination, Finding, MachineFacts } from '../../explain/machine/machine-types.js';
import type { Colors, Terminal } from './terminal.js';
import { count, safeText, wrap } from './text.js';

interface Layout {
  colors: Colors;
  width: number;
}

const MAX_TEXT_WIDTH = 100;
const LABEL_WIDTH = 13;

export function machineText({ facts, findings }: Examination, terminal: Terminal): string {
  const layout = { colors: terminal.colors, width: Math.min(terminal.width, MAX_TEXT_WIDTH) };
  const sections = [
    section('Runtime', rows(runtimeRows(facts), layout), layout),
    section('System store', rows(storeRows(facts), layout), layout),
    section('Other programs', rows(otherRows(facts), layout), layout),
    section('Environment', rows(variableRows(facts), layout), layout),
    section('Findings', findingsText(findings, layout), layout),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function section(title: string, body: string, { colors }: Layout): string {
  return body === '' ? '' : `${colors.bold(title)}\n${body}`;
}

type Row = [label: string, value: string];

/** Long values continue below themselves; long labels get a line of their own. */
function rows(all: readonly Row[], { colors, width }: Layout): string {
  const indent = ' '.repeat(2 + LABEL_WIDTH);
  return all
    .map(([label, value]) => {
      const lines = wrap(safeText(value), width - indent.length);
      const fits = label.length < LABEL_WIDTH;
      const head = fits
        ? `  ${colors.dim(label.padEnd(LABEL_WIDTH))}${lines.shift() ?? ''}\n`
        : `  ${colors.dim(label)}\n`;
      return head + lines.map((line) => `${indent}${line}\n`).join('');
    })
    .join('');
}

function runtimeRows({ runtime, reader }: MachineFacts): Row[] {
  const { name, version, openssl, platform, arch, executable, flags } = runtime;
  return [
    ['runtime', `${name} ${version}, OpenSSL ${openssl}, ${platform}-${arch}`],
    ['executable', executable],
    ...(flags.length === 0 ? [] : [['options', flags.join(' ')] as Row]),
    ['addon', reader.addonPath ?? 'none'],
  ];
}

function storeRows({ store, lists, additions, bundledOnly, userDirectory }: MachineFacts): Row[] {
  const skipped = Object.entries(store.skipped).map(([reason, number]) => `${number} ${reason}`);
  const locations = store.locations
    .filter(({ state }) => state === 'read')
    .map(({ location, store: name, certificates }): Row => {
      const place = name === undefined || name === '' ? location : `${location}\\${name}`;
      return [String(certificates).padStart(7), place];
    });
  const aside = skipped.length === 0 ? '' : `, left out: ${skipped.join(', ')}`;
  return [
    ['usable', `${count(store.kept, 'certificate')} in ${store.durationMs.toFixed(1)} ms${aside}`],
    ...locations,
    ['other lists', `${lists.bundled} bundled, ${lists.extra} extra, ${lists.user} of yours`],
    ['merged', `${count(lists.merged, 'certificate')}, as inject() installs them`],
    ['difference', `${additions.length} not in Node’s list, ${bundledOnly.length} only there`],
    ['your CAs', userDirectory],
  ];
}

function otherRows({ otherStores }: MachineFacts): Row[] {
  if (otherStores?.length === 0) return [['none', 'no browser or Java with CAs of its own']];
  return (otherStores ?? []).map(({ program, path, certificates, problem }) => [
    program,
    problem === undefined ? `${certificates} in ${path}` : `${path} (not read)`,
  ]);
}

function variableRows({ variables }: MachineFacts): Row[] {
  return variables.map(({ name, value, late }) => [
    name,
    `${value ?? '(set; not shown)'}${late === true ? ' (set after the start)' : ''}`,
  ]);
}

const marks = { error: '✗', warning: '!', info: '·' } as const;

function findingsText(findings: readonly Finding[], { colors, width }: Layout): string {
  if (findings.length === 0) return colors.green('  ✓ nothing is wrong\n');
  const styles = { error: colors.red, warning: colors.yellow, info: colors.dim };
  return findings
    .map(({ name, severity, summary, remedy }) => {
      const indent = '    ';
      const body = [summary, ...(remedy === undefined ? [] : [`Try: ${remedy}`])]
        .flatMap((text) => wrap(safeText(text), width - indent.length))
        .map((line) => `${indent}${line}\n`.replace(/^ {4}Try:/, `${indent}${colors.cyan('Try:')}`))
        .join('');
      return `  ${styles[severity](`${marks[severity]} ${name}`)}\n${body}`;
    })
    .join('');
}
