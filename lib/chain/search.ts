/**
 * The one search for a way from a certificate up to an anchor, within the bounds of budget.ts.
 */
import { MOST_CERTIFICATES, MOST_LOOKS } from './budget.js';
import type { Budget } from './budget.js';

export interface SearchRules<Certificate> {
  /** Tells certificates apart. */
  keyOf: (certificate: Certificate) => string;
  /** Whether a chain may end there. */
  endsChain: (certificate: Certificate) => boolean;
  /** Those that may have issued it by name, the best first. */
  issuersOf: (certificate: Certificate) => readonly Certificate[];
  /** Whether `issuer` may stand above a path, the leaf of which comes first. */
  mayStand: (path: readonly Certificate[], issuer: Certificate) => boolean;
  /** Whether the key of `issuer` made the signature; false as well when `budget` is spent. */
  isSignedBy: (certificate: Certificate, issuer: Certificate) => boolean;
  budget: Budget;
}

/**
 * Breadth first, so the shortest path is found. Each certificate is visited once: any way to an anchor is good. Stops before
 * each signature, so that it can be done in turns.
 *
 * @returns the leaf first, an anchor last; undefined when there is no such path, or none within the bounds
 */
export function* searchUp<Certificate>(
  leaf: Certificate,
  rules: SearchRules<Certificate>,
): Generator<undefined, Certificate[] | undefined> {
  const { keyOf, budget } = rules;
  const visited = new Set([keyOf(leaf)]);
  const paths = [[leaf]];
  let looks = 0;
  for (const path of paths) {
    const current = path[path.length - 1] ?? leaf;
    yield;
    if (rules.endsChain(current)) return path;
    if (path.length >= MOST_CERTIFICATES) {
      budget.exceed();
      continue;
    }
    for (const issuer of rules.issuersOf(current)) {
      if (visited.has(keyOf(issuer))) continue;
      if (++looks > MOST_LOOKS) budget.stop();
      if (budget.isSpent) return undefined;
      // Where it may not stand here, it may on another way up.
      if (!rules.mayStand(path, issuer)) continue;
      yield;
      if (!rules.isSignedBy(current, issuer)) continue;
      visited.add(keyOf(issuer));
      paths.push([...path, issuer]);
    }
  }
  return undefined;
}

/** Work that can be interrupted, done at once. */
export function atOnce<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** As long as one turn takes; a signature is at most as much again. */
const TURN_MS = 8;

/** The same, while the event loop goes on. When `signal` says so, what is left is done without a signature. */
export async function inTurns<Result>(
  work: Generator<unknown, Result>,
  budget?: Budget,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    const end = performance.now() + TURN_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) budget?.stop();
  }
}
