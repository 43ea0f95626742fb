/**
 * What `os-truststore/register` does.
 */
import { ErrorCodes, TruststoreError } from '../errors.js';
import { plainDigits } from '../fingerprint.js';
import { warn } from '../log.js';
import type { Environment } from '../types.js';
import { REVOCATION_MODES } from '../verify/options.js';
import type { RevocationMode } from '../verify/types.js';
import { CHILD_OPTIONS } from './child-processes.js';
import { inject } from './inject.js';
import { fromText } from './options-transport.js';
import { registered } from './registry.js';
import type { InjectOptions } from './types.js';
import { inheritedOptions } from './workers.js';

/** Never throws. */
export function registerInjection(env: Environment): void {
  if (registered()) return;
  const unusable: string[] = [];
  try {
    const given = inheritedOptions() ?? env[CHILD_OPTIONS];
    inject({ ...fromText(given), ...readEnvironment(env, unusable) });
  } catch (error) {
    const code = error instanceof TruststoreError ? error.code : ErrorCodes.READ_FAILED;
    warn(code, `os-truststore is not in effect: ${(error as Error).message}`);
    return;
  }
  if (unusable.length > 0) {
    warn(
      ErrorCodes.INVALID_ARGUMENT,
      `Ignored, since the value means nothing: ${unusable.join(', ')}`,
    );
  }
}

const SWITCHES = {
  OS_TRUSTSTORE_BUNDLED: 'bundled',
  OS_TRUSTSTORE_SYSTEM: 'system',
  OS_TRUSTSTORE_ROOT_LISTS: 'rootLists',
  OS_TRUSTSTORE_WATCH: 'watch',
  OS_TRUSTSTORE_WORKERS: 'workers',
  OS_TRUSTSTORE_CHILD_PROCESSES: 'childProcesses',
  OS_TRUSTSTORE_FETCH_INTERMEDIATES: 'fetchIntermediates',
} as const;

function readEnvironment(env: Environment, unusable: string[]): InjectOptions {
  const options: InjectOptions = {};
  for (const [name, option] of Object.entries(SWITCHES)) {
    const value = env[name]?.trim().toLowerCase();
    if (!value) continue;
    if (['1', 'true', 'yes', 'on'].includes(value)) options[option] = true;
    else if (['0', 'false', 'no', 'off'].includes(value)) options[option] = false;
    else unusable.push(name);
  }
  const deadline = env['OS_TRUSTSTORE_DEADLINE_MS']?.trim();
  if (deadline) {
    const deadlineMs = Number(deadline);
    if (deadlineMs >= 0) options.deadlineMs = deadlineMs;
    else unusable.push('OS_TRUSTSTORE_DEADLINE_MS');
  }
  const revocation = env['OS_TRUSTSTORE_REVOCATION']?.trim() as RevocationMode | undefined;
  if (revocation) {
    if (REVOCATION_MODES.includes(revocation)) options.revocation = revocation;
    else unusable.push('OS_TRUSTSTORE_REVOCATION');
  }
  const verifier = env['OS_TRUSTSTORE_VERIFIER']?.trim();
  if (verifier === 'system' || verifier === 'openssl') options.verifier = verifier;
  else if (verifier) unusable.push('OS_TRUSTSTORE_VERIFIER');
  const exclude = (env['OS_TRUSTSTORE_EXCLUDE'] ?? '').split(/[\s,;]+/).filter((one) => one !== '');
  if (exclude.every((one) => plainDigits(one) !== undefined)) {
    if (exclude.length > 0) options.exclude = exclude;
  } else {
    unusable.push('OS_TRUSTSTORE_EXCLUDE');
  }
  return options;
}
