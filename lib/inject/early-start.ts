/**
 * Starts `os-truststore/register`: the store is read at once, but the rest stays unloaded until the program is about to use
 * TLS or workers, or asks for the injection.
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

/** @throws as {@link registerInjection} in register-injection.ts does, where the environment holds options */
export function startEarly(): void {
  const { env } = process;
  const isBegun = startEarlyRead();
  // A store that cannot be read is reported at once.
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
    // Runs after the injection's own hooks are in place, so that hooks are not installed twice.
    stops.forEach((stop) => {
      stop();
    });
  };
  const forget = registerLazily(begin);
  for (const name of ['tls', 'worker_threads'] as const) {
    if (!begun) stops.push(beforeBuiltinIsUsed(name, begin));
  }
}

/** True when the environment holds options or asks for logs. Not OS_TRUSTSTORE_USER_CAS, which is read with the store. */
function saysAnything(env: NodeJS.ProcessEnv): boolean {
  if (env['NODE_DEBUG']) return true;
  return Object.keys(env).some((name) => /^OS_TRUSTSTORE_(?!USER_CAS$)/i.test(name));
}

/** Injects with no options from the environment: what the program has set since is not what this process was started with. */
function injectAsIs(): void {
  keepEnvironmentPolicy({ options: {}, sources: {} });
  try {
    inject();
  } catch (error) {
    loadRegisterInjection().warnOfFailure(error);
  }
}
