/**
 * What `os-truststore/register` does before anything is asked of it: the store is read, and the rest waits, unloaded, until
 * the program is about to use TLS or workers, or asks for the injection.
 */
import { part } from '../base/part.js';
import { beforeBuiltinIsUsed } from '../runtime/builtin-use.js';
import { isWorker } from '../runtime/loaded.js';
import { startEarlyRead } from '../trust/store/early-read.js';
import { inject } from './inject.js';
import { canRegister, isRegistered, keepEnvironmentPolicy, registerLazily } from './registry.js';

const loadRegisterInjection = part(
  () => require('./register-injection.js') as typeof import('./register-injection.js'),
);

/** Never throws. */
export function startEarly(): void {
  const { env } = process;
  const isBegun = startEarlyRead();
  // What cannot be read is told at once.
  if (!isBegun || isRegistered() || isWorker() || saysAnything(env) || !canRegister()) {
    loadRegisterInjection().registerInjection(env);
    return;
  }
  const stops: (() => void)[] = [];
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    forget();
    injectAsIs();
    // After what the injection itself waits for, so that hooks are not put in place twice.
    stops.forEach((stop) => {
      stop();
    });
  };
  const forget = registerLazily(begin);
  for (const name of ['tls', 'worker_threads'] as const) {
    if (!begun) stops.push(beforeBuiltinIsUsed(name, begin));
  }
}

/** Options, or a wish to be told what is done. Which CAs the user names is read with the store. */
function saysAnything(env: NodeJS.ProcessEnv): boolean {
  if (env['NODE_DEBUG']) return true;
  return Object.keys(env).some((name) => /^OS_TRUSTSTORE_(?!USER_CAS$)/i.test(name));
}

/** What a program has put into its environment since is not what this process was started with. */
function injectAsIs(): void {
  keepEnvironmentPolicy({ options: {}, sources: {} });
  try {
    inject();
  } catch (error) {
    loadRegisterInjection().warnOfFailure(error);
  }
}
