/**
 * Taking things back: a step that fails must not keep the others from being taken.
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
