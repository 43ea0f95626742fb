/**
 * Makes text from certificates, paths and the system safe for a terminal, and measures its columns.
 */
import { invisible, safeText } from '../../base/safe-text.js';
import { nameAttributes } from '../../certificate/names.js';
import type { AnyDocument } from '../documents.js';

export { safeText };

/** Like {@link safeText}, for JSON, whose own escaping stops at U+001F. Keeps line feeds, which are the layout. */
export function safeJson(value: unknown): string {
  const json = JSON.stringify(value, null, 2);
  return json.replace(invisible, (character) => {
    if (character === '\n') return character;
    return Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join('');
  });
}

/** What `--json` prints. `env json` alone is bare, because it is an environment. */
export type DocumentKind = AnyDocument['kind'];

/** Counts up when a document loses or changes a field; new fields do not count. */
const SCHEMA_VERSION: AnyDocument['schemaVersion'] = 1;

/** A document for programs, which says what it is. */
export function documentJson(kind: DocumentKind, content: object): string {
  return safeJson({ kind, schemaVersion: SCHEMA_VERSION, ...content });
}

const printableAscii = /^[\x20-\x7e]*$/;
const combining = /^[\p{Mn}\p{Me}]/u;
/** East Asian Wide and Fullwidth blocks (UAX #11), and characters that terminals draw as pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function graphemeWidth(grapheme: string): number {
  if (combining.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** The number of terminal columns that safe text takes. */
export function textWidth(text: string): number {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** Cuts to at most `width` columns; an ellipsis shows that something is missing. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = used + graphemeWidth(segment);
    if (next > width - 1) break;
    kept += segment;
    used = next;
  }
  return width > 0 ? `${kept}…` : '';
}

export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Splits at spaces, but not inside backticks: a user copies what stands there from one line. */
function unbreakable(text: string): string[] {
  const words: string[] = [];
  let isOpen = false;
  for (const word of text.split(' ')) {
    if (isOpen) words.push(`${words.pop() ?? ''} ${word}`);
    else words.push(word);
    if (word.split('`').length % 2 === 0) isOpen = !isOpen;
  }
  return words;
}

/** Breaks at spaces into lines of at most `width` columns; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of unbreakable(text)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The name people use for a certificate: its common name, or else its unit and organisation. Safe to print. */
export function displayName(subject: string): string {
  const attributes = nameAttributes(subject);
  const name =
    attributes.get('CN') ??
    [attributes.get('O'), attributes.get('OU')].filter((part) => part !== undefined).join(', ');
  return safeText(name || subject.split('\n').join(', ') || '(no name)');
}
