/**
 * Injects by the options of the environment, for `os-truststore/register`.
 */
import { warn } from '../base/log.js';
import { part } from '../base/part.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { Environment } from '../types.js';
import { REVOCATION_MODES } from '../verify/defaults.js';
import { inject } from './inject.js';
import { CHILD_OPTIONS, inheritedOptions } from './reach/inheritance.js';
import { environmentPolicy, keepEnvironmentPolicy, registered } from './registry.js';
import type { EnvironmentPolicy } from './registry.js';
import type { InjectOptions } from './types.js';

const loadEnvironmentPolicy = part(
  () =>
    require('./options/environment-policy.js') as typeof import('./options/environment-policy.js'),
);
const loadFingerprint = part(
  () => require('../certificate/fingerprint.js') as typeof import('../certificate/fingerprint.js'),
);
const loadOptionsTransport = part(
  () =>
    require('./options/options-transport.js') as typeof import('./options/options-transport.js'),
);

/** Never throws. */
export function registerInjection(env: Environment): void {
  const present = registered();
  const isTold = environmentPolicy() !== undefined;
  if (present && isTold) return;
  const own = readEnvironment(env);
  try {
    if (!isTold) keepEnvironmentPolicy(withInherited(own, env));
    if (present) present.policyCame?.();
    else inject();
  } catch (error) {
    const code = warnOfFailure(error);
    // Only inherited options are unchecked here. Dropping them keeps the program's own calls from failing.
    if (code === ErrorCodes.INVALID_ARGUMENT) keepEnvironmentPolicy(own);
    return;
  }
  if (own.unusable.length > 0) {
    warn(
      ErrorCodes.INVALID_ARGUMENT,
      `Ignored, since the value means nothing: ${own.unusable.join(', ')}`,
    );
  }
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
  const inherited = text === undefined ? undefined : loadOptionsTransport().fromText(text);
  if (!inherited) return own;
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

const VERIFIERS = ['openssl', 'system'] as const;

const SWITCHES = {
  OS_TRUSTSTORE_BUNDLED: 'bundled',
  OS_TRUSTSTORE_SYSTEM: 'system',
  OS_TRUSTSTORE_ROOT_LISTS: 'rootLists',
  OS_TRUSTSTORE_WATCH: 'watch',
  OS_TRUSTSTORE_WORKERS: 'workers',
  OS_TRUSTSTORE_CHILD_PROCESSES: 'childProcesses',
  OS_TRUSTSTORE_FETCH_INTERMEDIATES: 'fetchIntermediates',
} as const;

function readEnvironment(env: Environment): EnvironmentPolicy & { unusable: string[] } {
  const options: InjectOptions = {};
  const sources: EnvironmentPolicy['sources'] = {};
  const unusable: string[] = [];
  const read = <Name extends keyof InjectOptions>(
    variable: string,
    name: Name,
    parse: (text: string) => InjectOptions[Name] | undefined,
  ): void => {
    const text = env[variable]?.trim();
    if (!text) return;
    const value = parse(text);
    if (value === undefined) {
      unusable.push(variable);
      return;
    }
    options[name] = value;
    sources[name] = `${variable}=${text}`;
  };
  for (const [variable, name] of Object.entries(SWITCHES)) read(variable, name, toSwitch);
  read('OS_TRUSTSTORE_DEADLINE_MS', 'deadlineMs', toDeadline);
  read('OS_TRUSTSTORE_REVOCATION', 'revocation', (text) => oneOf(REVOCATION_MODES, text));
  read('OS_TRUSTSTORE_VERIFIER', 'verifier', (text) => oneOf(VERIFIERS, text));
  read('OS_TRUSTSTORE_EXCLUDE', 'exclude', toFingerprints);
  return { options, sources, unusable };
}

function toSwitch(text: string): boolean | undefined {
  const value = text.toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  return ['0', 'false', 'no', 'off'].includes(value) ? false : undefined;
}

function toDeadline(text: string): number | undefined {
  const milliseconds = Number(text);
  return milliseconds >= 0 ? milliseconds : undefined;
}

function oneOf<Value extends string>(values: readonly Value[], text: string): Value | undefined {
  return values.find((value) => value === text);
}

function toFingerprints(text: string): string[] | undefined {
  const list = text.split(/[\s,;]+/).filter((one) => one !== '');
  return list.every((one) => loadFingerprint().plainDigits(one) !== undefined) ? list : undefined;
}
