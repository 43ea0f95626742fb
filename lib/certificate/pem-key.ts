/**
 * Compares PEM texts of certificates, which may differ: Node's bundled roots have 72 columns and no final newline; what Node
 * or this package writes has 64 columns and a final newline. Pure.
 */

/** Equal for equal certificates. */
export function pemKey(pem: string): string {
  return pem.replaceAll('\n', '');
}

/** The certificates of `list` that are not among `others`. */
export function withoutPems(list: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map(pemKey));
  return list.filter((pem) => !known.has(pemKey(pem)));
}

/** Whether the text that should be a path is PEM instead, and must not be shown. */
export function isPem(path: string): boolean {
  return path.includes('-----BEGIN ');
}
