/**
 * Texts as the addon hands them over: see native/binding/joined_texts.h.
 */
export interface JoinedTexts {
  texts: string[];
  /** Of the texts that are joined, in characters; none goes across the end of a text. Absent when none is joined. */
  lengths?: Uint32Array;
}

/** V8 makes a part of a text without copying it. */
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
