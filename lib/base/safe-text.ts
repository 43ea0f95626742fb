/**
 * Text that comes from certificates, paths and the system, made safe to show to people.
 */

/** Controls, format characters, private and unassigned code points, line and paragraph separators. */
export const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Controls, escape sequences, direction overrides and other invisible characters as visible escapes: whoever makes a
 * certificate chooses its names, and must not be able to steer the terminal of whoever lists it.
 */
export function safeText(text: string): string {
  return text.replace(invisible, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    const digits = codePoint.toString(16);
    return codePoint < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}
