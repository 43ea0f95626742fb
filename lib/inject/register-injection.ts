/**
 * Injects by the options of the environment, for `os-truststore/register`.
 */
import { warn } from '../base/log.js';
import { part } from '../base/part.js';
import { CHECK_OPTIONS, ErrorCodes, TruststoreError, invalidArgument } from '../errors.js';
import type { Environment } from '../types.js';
import { inject } from './inject.js';
import { endsProcess, meansNothing, readEnvironment } from './options/register-variables.js';
import { CHILD_OPTIONS, inheritedOptions } from './reach/inheritance.js';
import { environmentPolicy, keepEnvironmentPolicy, registered } from './registry.js';
import type { EnvironmentPolicy } from './registry.js';
import type { InjectOptions } from './types.js';

const loadEnvironmentPolicy = part(
  () =>
    require('./options/environment-policy.js') as typeof import('./options/environment-policy.js'),
);
const loadOptionsTransport = part(
  () =>
    require('./options/options-transport.js') as typeof import('./options/options-transport.js'),
);

/**
 * What is asked for security's sake and cannot be had ends the process: without it the program would run with less than its
 * user believes. Anything else is one warning, and the program goes on.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for a value or a name that means nothing, and
 * `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME`, `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM` for what is not to be had here
 */
export function registerInjection(env: Environment): void {
  const present = registered();
  const isTold = environmentPolicy() !== undefined;
  if (present && isTold) return;
  const own = readEnvironment(env);
  const fatal = own.unusable.find(endsProcess);
  if (fatal) throw meansNothing(fatal);
  try {
    if (!isTold) keepEnvironmentPolicy(withInherited(own, env));
    if (present) present.policyCame?.();
    else inject();
  } catch (error) {
    if (isRefusal(error)) throw error;
    warnOfFailure(error);
    return;
  }
  for (const unusable of own.unusable) {
    warn(ErrorCodes.INVALID_ARGUMENT, `Ignored: ${meansNothing(unusable).message}`);
  }
}

/** True for options, also inherited ones, that mean nothing or that this runtime or system cannot do. */
function isRefusal(error: unknown): boolean {
  return error instanceof TruststoreError && error.operation === CHECK_OPTIONS;
}

/** @returns the code of the warning */
export function warnOfFailure(error: unknown): string {
  const code = error instanceof TruststoreError ? error.code : ErrorCodes.READ_FAILED;
  warn(code, `os-truststore is not in effect: ${(error as Error).message}`);
  return code;
}

/** Combines this process's or thread's own options with those its parent has injected with; both are a minimum. */
function withInherited(own: EnvironmentPolicy, env: Environment): EnvironmentPolicy {
  const ofThread = inheritedOptions();
  const text = ofThread ?? env[CHILD_OPTIONS];
  if (!text) return own;
  const inherited = loadOptionsTransport().fromText(text);
  if (!inherited) {
    throw invalidArgument(CHILD_OPTIONS, 'options as JSON, as a parent process sets them', text);
  }
  const from = ofThread === undefined ? CHILD_OPTIONS : 'what this thread inherits';
  const { options } = loadEnvironmentPolicy().underPolicy(inherited, own.options);
  // Neither verifier is stricter than the other.
  if (own.options.verifier) options.verifier = own.options.verifier;
  const sources = { ...own.sources };
  for (const name of Object.keys(options) as (keyof InjectOptions)[]) {
    const value = options[name];
    // Certificates are long, and lists never contradict each other.
    if (value === own.options[name] || typeof value === 'object') continue;
    sources[name] = `${from}=${JSON.stringify({ [name]: value })}`;
  }
  return { options, sources };
}
