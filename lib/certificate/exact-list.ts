/**
 * Marks a list of CAs as meant exactly as it stands, whatever it holds; see trust/root-lists/root-lists.ts. Other copies of
 * this package recognise the mark too.
 */
const EXACT = Symbol.for('os-truststore.exactList');

export function exactly<List extends object>(list: List): List {
  return Object.defineProperty(list, EXACT, { value: true });
}

export function isExact(list: unknown): boolean {
  return typeof list === 'object' && list !== null && EXACT in list;
}
