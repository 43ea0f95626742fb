/**
 * What must not fail because of others: a step that throws keeps no other from being taken, and a look is only a look.
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

/** Objects of others may throw at being looked at. */
export function quietly<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
