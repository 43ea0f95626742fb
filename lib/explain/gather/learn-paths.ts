/**
 * Checks a chain's signatures in turns, before the diagnoses ask for them all at once. The event loop must not wait for
 * signatures that a server chose; the budget remembers their results.
 */
import { findGoodPath, followPath, withoutThose } from '../../chain/path.js';
import type { Facts } from './facts.js';

export function* learnPaths(facts: Facts): Generator<unknown, undefined> {
  const [leaf] = facts.sent;
  if (!leaf) return undefined;
  for (const { list, distrust } of Object.values(facts.lists)) {
    for (const sent of new Set([facts.sent, withoutThose(facts.sent, distrust?.has)])) {
      const question = { ...facts, leaf, sent, list };
      yield* followPath(question);
      yield* findGoodPath(question, facts.now);
      if (distrust) yield* findGoodPath(question, undefined);
    }
  }
  for (const { selfSigned } of facts.sent) yield selfSigned;
  return undefined;
}
