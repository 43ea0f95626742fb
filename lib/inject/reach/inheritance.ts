/**
 * Under which names worker threads and child processes find what their parent has injected with,
 * and what a worker finds there.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { registerPath } from '../../location.js';
import { isWorker, knowsWhatIsLoaded } from '../../runtime/loaded.js';

/** A variable of child processes: options as text. Certificates in it are public. */
export const CHILD_OPTIONS = 'OS_TRUSTSTORE_OPTIONS';

/** Under this name a worker finds its options in `getEnvironmentData`, also when it is given no environment. */
export const WORKER_OPTIONS = 'os-truststore.options';

/** And under this one the flags it would have without us, which are more than it can be given. */
export const WORKER_FLAGS = 'os-truststore.flags';

/** In a worker: what its parent has injected with. Called once, before the program of the worker starts. */
export function inheritedOptions(): unknown {
  const isBun = process.versions['bun'] !== undefined;
  const at = process.execArgv.indexOf(registerPath());
  if (!isBun && (at < 0 || (knowsWhatIsLoaded() && !isWorker()))) return undefined;
  const { getEnvironmentData, isMainThread } = loadBuiltin('node:worker_threads');
  if (isMainThread) return undefined;
  // The program sees the flags it has chosen.
  const flags: unknown = getEnvironmentData(WORKER_FLAGS);
  if (Array.isArray(flags)) process.execArgv.splice(0, Infinity, ...(flags as string[]));
  else if (process.execArgv[at - 1] === '--require') process.execArgv.splice(at - 1, 2);
  return getEnvironmentData(WORKER_OPTIONS);
}
