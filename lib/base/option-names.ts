/**
 * Refuses options that do not exist: `userCas` or `revokation: 'require'` would otherwise be wishes that nothing fulfils.
 */
import { CHECK_OPTIONS, ErrorCodes, TruststoreError } from '../errors.js';

/**
 * @param name - what messages call the object
 * @param options - only its own properties are names; what it inherits is read by those who know it
 * @param others - true where others read the rest, such as Node or undici: then only what is nearly one of `known` is refused
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for the first property that is not undefined and not in `known`
 */
export function checkNames(
  name: string,
  options: object,
  known: readonly string[],
  { others = false } = {},
): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key) || (options as Record<string, unknown>)[key] === undefined) continue;
    const meant = nearest(key, known);
    if (meant === undefined && others) continue;
    const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
    throw unknownName(`${name}.${key}`, hint);
  }
}

function unknownName(long: string, hint: string): TruststoreError {
  // A program may hand on what a stranger chose.
  const name = long.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, `${name} is not an option: ${hint}`, {
    operation: CHECK_OPTIONS,
  });
}

/** The name that was probably meant: one edit for every four characters, whatever the case. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const near = known.map((one) => ({
    one,
    edits: editsBetween(name.toLowerCase(), one.toLowerCase()),
  }));
  const [best] = near.sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, Math.floor(best.one.length / 4)) ? best.one : undefined;
}

/** Levenshtein's distance, with a swap of neighbours as one edit. */
function editsBetween(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 4) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let edits = Math.min((row[j - 1] ?? 0) + same, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
