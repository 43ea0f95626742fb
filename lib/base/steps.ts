/**
 * Runs code that must not fail because of other code: every step runs even if one throws, and a look at a value never throws.
 */

/** @throws the first failure, once every step has been run */
export function runEach(steps: readonly (() => void)[]): void {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Reads from objects of other libraries, which may throw when they are looked at; then the result is undefined. */
export function quietly<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
