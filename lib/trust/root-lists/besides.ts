/**
 * Finds what a list of every root (see root-lists.ts) names in addition to the set in force.
 */
import type { TrustSet } from '../trust-set.js';
import { refusalBy } from '../trust-sets.js';
import { noteRootList, textsWithout } from './root-lists.js';
import type { RootList } from './root-lists.js';

const known = new WeakMap<TrustSet, WeakMap<RootList, RootList>>();

/** The list without certificates that the set refuses. Made and logged once for each pair of list and set. */
export function besidesOf(list: RootList, set: TrustSet): RootList {
  const ofSet = known.get(set) ?? new WeakMap<RootList, RootList>();
  known.set(set, ofSet);
  const before = ofSet.get(list);
  if (before) return before;
  const besides = { id: list.id, own: textsWithout(list.own, refusalBy(set)) };
  ofSet.set(list, besides);
  noteRootList(list);
  return besides;
}
