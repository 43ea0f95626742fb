/**
 * Makes joined code smaller and leaves it readable: lines that are comments go, since lib/ is in the package with all of
 * them, and two blanks of indentation become a tab. Names and lines stay.
 */
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { parse } from 'acorn';

/** Tells which module the code below is from. */
const MODULE = /^\/\/ [\w./-]+\.ts$/;

/** @returns the code and its source map, which counts the lines that are left */
export function compact({ code, map }) {
  const { comments, texts } = lineKinds(code);
  const kept = [];
  const mappings = [];
  const decoded = decode(map.mappings);
  for (const [index, line] of code.split('\n').entries()) {
    if (comments.has(index) && !MODULE.test(line)) continue;
    kept.push(texts.has(index) ? line : line.replace(/^(?: {2})+/, (blanks) => '\t'.repeat(blanks.length / 2)));
    mappings.push(decoded[index] ?? []);
  }
  return { code: kept.join('\n'), map: { ...map, mappings: encode(mappings) } };
}

/** The lines that are nothing but a comment, and those that begin within a text. */
function lineKinds(code) {
  const comments = new Set();
  const texts = new Set();
  const lines = code.split('\n');
  const add = (set, from, to) => {
    for (let line = from; line <= to; line++) set.add(line - 1);
  };
  parse(code, {
    ecmaVersion: 2024,
    sourceType: 'script',
    allowReturnOutsideFunction: true,
    locations: true,
    onComment: (_block, _text, _start, _end, from, to) => {
      const isAlone =
        lines[from.line - 1].slice(0, from.column).trim() === '' &&
        lines[to.line - 1].slice(to.column).trim() === '';
      if (isAlone) add(comments, from.line, to.line);
    },
    onToken: ({ type, loc }) => {
      if (/^(?:template|invalidTemplate|string)$/.test(type.label)) add(texts, loc.start.line + 1, loc.end.line);
    },
  });
  return { comments, texts };
}
