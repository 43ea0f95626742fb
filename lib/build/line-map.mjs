/**
 * Source maps that say which line of lib/ each line of a joined file is from, and no more: with columns they would be four times
 * as large.
 */
import { decode, encode } from '@jridgewell/sourcemap-codec';

/** Lines that can stand in a stack: something in them is called, looked up or thrown. */
const LOUD = /[.([`]|\b(?:await|new|throw|yield)\b/;

/**
 * @param map - esbuild's, of the code alone
 * @param linesBefore - how many lines are put before the code
 */
export function lineMap({ sources, mappings }, code, linesBefore) {
  const texts = code.split('\n');
  const kept = sources.filter((source) => source.endsWith('.ts'));
  const numbers = sources.map((source) => kept.indexOf(source));
  const lines = decode(mappings).map((segments, index) => {
    if (!LOUD.test(texts[index])) return [];
    // What this build made is from no line; left out, it would seem to be from the line before it.
    const shortened = segments.map(([column, source, line]) =>
      numbers[source] >= 0 ? [column, numbers[source], line, 0] : [column],
    );
    return shortened.filter((segment, at) => !isSameLine(segment, shortened[at - 1]));
  });
  const before = Array.from({ length: linesBefore }, () => []);
  return { version: 3, sources: kept, names: [], mappings: encode([...before, ...lines]) };
}

const isSameLine = (segment, other) =>
  other !== undefined && segment[1] === other[1] && segment[2] === other[2];
