/**
 * Splits joined texts as the addon returns them: see native/binding/joined_texts.h.
 */
export interface JoinedTexts {
  texts: string[];
  /** Lengths of the joined texts, in characters; none crosses the end of an entry of `texts`. Absent when none are joined. */
  lengths?: Uint32Array;
}

/** V8 makes a substring without copying it. */
export function splitTexts({ texts, lengths }: JoinedTexts): string[] {
  if (!lengths) return texts;
  const parts: string[] = [];
  let next = 0;
  let text = '';
  let at = 0;
  for (const length of lengths) {
    if (at + length > text.length) {
      text = texts[next++] ?? '';
      at = 0;
    }
    parts.push(text.slice(at, at + length));
    at += length;
  }
  return parts;
}
