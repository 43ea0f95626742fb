/**
 * Writes `NODE_OPTIONS`. Node splits it at spaces outside double quotes; inside them a backslash escapes.
 */

/** The words that make a Node process load a file first. */
export function requireOption(path: string): string {
  return `--require ${/[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path}`;
}

/** True when `options` hold these words, in this spelling. */
export function holdsWords(options: string, words: string): boolean {
  return ` ${options} `.includes(` ${words} `);
}

/** `options` with `words` behind them. */
export function withWords(options: string | undefined, words: string): string {
  return options ? `${options} ${words}` : words;
}
