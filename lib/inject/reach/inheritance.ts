/**
 * The names under which worker threads and child processes find their parent's injection options, and how a worker reads
 * them.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { registerPath } from '../../location.js';
import { isWorker, knowsWhatIsLoaded } from '../../runtime/loaded.js';

/** A variable with the options as text, for child processes. Certificates in it are public. */
export const CHILD_OPTIONS = 'OS_TRUSTSTORE_OPTIONS';

/** The name of a worker's options in `getEnvironmentData`, which it has even if it gets no environment. */
export const WORKER_OPTIONS = 'os-truststore.options';

/** The name of the flags a worker would have without us, which are more than it can be given. */
export const WORKER_FLAGS = 'os-truststore.flags';

/** In a worker, the options its parent has injected with. Called once, before the worker's program starts. */
export function inheritedOptions(): unknown {
  const isBun = process.versions['bun'] !== undefined;
  const at = process.execArgv.indexOf(registerPath());
  if (!isBun && (at < 0 || (knowsWhatIsLoaded() && !isWorker()))) return undefined;
  const { getEnvironmentData, isMainThread } = loadBuiltin('node:worker_threads');
  if (isMainThread) return undefined;
  // Lets the program see the flags that it has chosen.
  const flags: unknown = getEnvironmentData(WORKER_FLAGS);
  if (Array.isArray(flags)) process.execArgv.splice(0, Infinity, ...(flags as string[]));
  else if (process.execArgv[at - 1] === '--require') process.execArgv.splice(at - 1, 2);
  return getEnvironmentData(WORKER_OPTIONS);
}
