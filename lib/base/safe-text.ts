/**
 * Makes text from certificates, paths and the system safe to show to people.
 */

/** Controls, format characters, private and unassigned code points, line and paragraph separators. */
export const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Shows controls, escape sequences, direction overrides and other invisible characters as visible escapes. The maker of a
 * certificate chooses its names, and must not be able to control the terminal of a user who lists it.
 */
export function safeText(text: string): string {
  return text.replace(invisible, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    const digits = codePoint.toString(16);
    return codePoint < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}
