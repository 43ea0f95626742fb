/**
 * Loads the code that recognises lists of every root only when a value may be one.
 */
import { part } from '../../base/part.js';
import { mayBeRootList } from './root-list-size.js';
import type { RootList } from './root-lists.js';

const loadRootLists = part(() => require('./root-lists.js') as typeof import('./root-lists.js'));

/** See `readRootList`. */
export function findRootList(ca: unknown): RootList | undefined {
  return mayBeRootList(ca) ? loadRootLists().readRootList(ca) : undefined;
}
