/**
 * Formats an explanation as text for people.
 */
import { nameList, plainFingerprint, shortName } from '../../certificate/names.js';
import type {
  Diagnosis,
  ExplainedCertificate,
  Explanation,
  SourceName,
  SourceVerdict,
} from '../../explain/types.js';
import { placesOf } from '../../explain/words.js';
import type { Colors, Terminal } from './terminal.js';
import { pad, safeText, textWidth, wrap } from './text.js';

interface Layout {
  colors: Colors;
  /** Columns for running text, since long lines are hard to read. */
  width: number;
}

const MAX_TEXT_WIDTH = 100;

export function explanationText(
  explanation: Explanation,
  { colors, width }: Terminal,
  { pem }: { pem: boolean },
): string {
  const layout = { colors, width: Math.min(width, MAX_TEXT_WIDTH) };
  const sections = [
    heading(explanation, layout),
    ...explanation.diagnoses.map((diagnosis) => diagnosisText(diagnosis, layout)),
    section('Chain, as the server sends it', chainText(explanation.chain, layout, pem), layout),
    section('Where intermediates were looked for', fetchText(explanation, layout), layout),
    section('Who trusts it', sourceTable(explanation, layout), layout),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function section(title: string, body: string, { colors }: Layout): string {
  return body === '' ? '' : `${colors.bold(title)}\n${body}`;
}

function heading({ ok, diagnoses, target, connection }: Explanation, layout: Layout): string {
  const { colors } = layout;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const failing = diagnoses[0]?.severity === 'error';
  const verdict = !ok
    ? colors.red('not trusted')
    : failing
      ? colors.yellow('trusted, but not by Node alone')
      : colors.green('trusted');
  const verdictShown = connection.protocol === undefined && !ok ? colors.red('no TLS') : verdict;
  const facts = [
    connection.address,
    target.proxy === undefined ? undefined : `through ${target.proxy}`,
    target.startTls && `STARTTLS ${target.startTls}`,
    connection.protocol,
    connection.cipher,
  ].filter((fact) => fact !== undefined);
  const line = `${colors.bold(safeText(`${host}:${target.port}`))}  ${verdictShown}\n`;
  return facts.length === 0 ? line : `${line}${colors.dim(safeText(facts.join(', ')))}\n`;
}

const marks = { error: '✗', warning: '!', info: '✓' } as const;

function diagnosisText({ name, severity, summary, remedy }: Diagnosis, layout: Layout): string {
  const { colors } = layout;
  const style = { error: colors.red, warning: colors.yellow, info: colors.green }[severity];
  const body = paragraph(summary, layout, '  ');
  const cure = name === 'ok' ? '' : paragraph(`Try: ${remedy}`, layout, '  ');
  return `${style(`${marks[severity]} ${name}`)}\n${body}${cure.replace('Try:', colors.cyan('Try:'))}`;
}

function paragraph(text: string, { width }: Layout, indent: string): string {
  return wrap(safeText(text), width - indent.length)
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function chainText(
  chain: readonly ExplainedCertificate[],
  layout: Layout,
  withPem: boolean,
): string {
  return chain
    .map((certificate, index) => {
      const rows = certificateRows(certificate);
      const title = layout.colors.bold(safeText(shortName(certificate.subject)));
      const body = rows.map(([label, value]) => labelled(label, value, layout)).join('');
      const pem = withPem ? certificate.pem : '';
      return `  ${index}  ${title}\n${body}${pem}`;
    })
    .join('');
}

function certificateRows(certificate: ExplainedCertificate): [string, string][] {
  const { issuer, validFrom, validTo, key, signatureAlgorithm, names, selfSigned } = certificate;
  const signed = selfSigned ? 'itself' : shortName(issuer);
  return [
    ['issued by', signed],
    ['valid', `${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`],
    ['key', `${key}, signed with ${signatureAlgorithm}`],
    ...(names === undefined ? [] : [['for', nameList(names)] as [string, string]]),
    ['SHA-256', plainFingerprint(certificate.fingerprint256)],
  ];
}

const labelColumn = 5;
const labelWidth = 10;

function labelled(label: string, value: string, { colors, width }: Layout): string {
  const indent = ' '.repeat(labelColumn + labelWidth);
  return wrap(safeText(value), width - indent.length)
    .map((line, index) => {
      const head = `${' '.repeat(labelColumn)}${colors.dim(label.padEnd(labelWidth))}`;
      return `${index === 0 ? head : indent}${line}\n`;
    })
    .join('');
}

function fetchText({ fetches }: Explanation, layout: Layout): string {
  return fetches
    .map(({ url, outcome, message }) => paragraph(`${url}: ${outcome} (${message})`, layout, '  '))
    .join('');
}

const sourceTitles: Record<SourceName, string> = {
  bundled: 'bundled with Node',
  extra: 'NODE_EXTRA_CA_CERTS',
  system: 'system store',
  user: 'your own CAs',
  default: 'Node alone, as it is here',
  merged: 'all of them, by inject()',
  ca: 'the ca option',
};

function sourceTable({ sources }: Explanation, layout: Layout): string {
  if (sources.every(({ verdict }) => verdict === 'not-tried' || verdict === 'empty')) return '';
  const { colors, width } = layout;
  const styles = {
    trusted: colors.green,
    refused: colors.red,
    empty: colors.dim,
    'not-tried': colors.dim,
  };
  const titleWidth = Math.max(...sources.map(({ source }) => sourceTitles[source].length));
  return sources
    .map((verdict) => {
      const title = pad(sourceTitles[verdict.source], titleWidth);
      const number = pad(String(verdict.certificates), 5, 'right');
      const head = `  ${title} ${number}  ${styles[verdict.verdict](pad(verdict.verdict, 9))}`;
      const because = reason(verdict);
      const column = titleWidth + 19;
      if (textWidth(because) <= width - column) return `${`${head} ${because}`.trimEnd()}\n`;
      return `${head.trimEnd()}\n${paragraph(because, layout, ' '.repeat(8))}`;
    })
    .join('');
}

function reason({ error, anchor }: SourceVerdict): string {
  if (error) return safeText(error.message === '' ? error.code : error.message);
  if (!anchor) return '';
  const places = placesOf(anchor.sources);
  return safeText(`${shortName(anchor.subject)}${places === '' ? '' : ` (${places})`}`);
}
