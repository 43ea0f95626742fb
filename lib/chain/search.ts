/**
 * The one search for a path from a certificate up to an anchor, within the limits of budget.ts.
 */
import { MOST_CERTIFICATES, MOST_LOOKS } from './budget.js';
import type { Budget } from './budget.js';

export interface SearchRules<Certificate> {
  /** Identifies a certificate. */
  keyOf: (certificate: Certificate) => string;
  /** True when a chain may end there. */
  endsChain: (certificate: Certificate) => boolean;
  /** The certificates that may be its issuer by name, best first. */
  issuersOf: (certificate: Certificate) => readonly Certificate[];
  /** True when `issuer` may stand above a path, which begins with the leaf. */
  mayStand: (path: readonly Certificate[], issuer: Certificate) => boolean;
  /** True when the key of `issuer` made the signature; false also when `budget` is spent. */
  isSignedBy: (certificate: Certificate, issuer: Certificate) => boolean;
  budget: Budget;
}

/**
 * Searches breadth first, so the shortest path is found. Visits each certificate once, because any path to an anchor is good.
 * Stops before each signature, so that the work can be done in turns.
 *
 * @returns the leaf first, an anchor last; undefined when there is no such path, or none within the limits
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
      // It may not stand here, but it may on another path.
      if (!rules.mayStand(path, issuer)) continue;
      yield;
      if (!rules.isSignedBy(current, issuer)) continue;
      visited.add(keyOf(issuer));
      paths.push([...path, issuer]);
    }
  }
  return undefined;
}

/** Runs interruptible work at once. */
export function atOnce<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** The length of one turn; a signature can add at most as much again. */
const TURN_MS = 8;

/** Runs interruptible work in turns of the event loop. After `signal` aborts, the rest is done without signatures. */
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
