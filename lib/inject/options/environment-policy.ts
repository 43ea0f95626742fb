/**
 * Applies the environment of `os-truststore/register` as a minimum: programs and their dependencies may ask for more, but not
 * for less. Options that are no policy, such as watching, are left to them.
 */
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { fillVerifyOptions } from '../../verify/options.js';
import { environmentPolicy } from '../registry.js';
import type { EnvironmentPolicy } from '../registry.js';
import type { InjectOptions } from '../types.js';
import { checkInjectOptions } from './check-options.js';
import { fillInjectOptions } from './resolved-options.js';
import type { CheckedInjectOptions, ResolvedInjectOptions } from './resolved-options.js';

/** An option the program has passed, and what is in force in its place. */
export interface Contradiction {
  name: keyof InjectOptions;
  said: unknown;
  inForce: unknown;
}

/** Decides what is in force when both the environment and the program set an option. */
type Rule = (told: unknown, said: unknown) => unknown;

// A malformed value is kept for the checks that report it.
const programs: Rule = (_, said) => said;
const united: Rule = (told, said) => (Array.isArray(said) ? [told, said].flat() : said);
const environments =
  (...known: unknown[]): Rule =>
  (told, said) =>
    known.includes(said) ? told : said;
const tighter =
  (...fromLoose: unknown[]): Rule =>
  (told, said) => {
    // Options of the system's store imply that the store is wanted.
    const rank = fromLoose.indexOf(typeof said === 'object' && said !== null ? true : said);
    return rank >= 0 && rank < fromLoose.indexOf(told) ? told : said;
  };

const RULES: Record<keyof InjectOptions, Rule> = {
  exclude: united,
  bundled: tighter(true, false),
  system: tighter(true, false),
  rootLists: tighter(true, false),
  fetchIntermediates: tighter(true, false),
  allowPrivateAddresses: tighter(true, false),
  revocation: tighter('off', 'soft-fail', 'require'),
  // Neither verifier is stricter than the other.
  verifier: environments('openssl', 'system'),
  userCAs: programs,
  watch: programs,
  workers: programs,
  childProcesses: programs,
  deadlineMs: programs,
  explainErrors: programs,
  verifyDeadlineMs: programs,
  cacheDirectory: programs,
};

/** `options` as far as `policy` permits them; where they say nothing, the policy's values are used. */
export function underPolicy<Options extends InjectOptions>(
  policy: Options,
  options: Options,
): { options: Options; contradictions: Contradiction[] } {
  const result: Record<string, unknown> = {};
  const contradictions: Contradiction[] = [];
  for (const name of Object.keys(RULES) as (keyof InjectOptions)[]) {
    const told = policy[name];
    const said = options[name];
    const inForce = decide(RULES[name], told, said);
    if (inForce === undefined) continue;
    result[name] = inForce;
    if (said !== undefined && inForce === told && inForce !== said) {
      contradictions.push({ name, said, inForce });
    }
  }
  return { options: result as Options, contradictions };
}

function decide(rule: Rule, told: unknown, said: unknown): unknown {
  if (told === undefined) return said;
  return said === undefined ? told : rule(told, said);
}

/**
 * The options in force in this thread when a program has passed `said`, and the warning about differences.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME`, and `ERR_TRUSTSTORE_INVALID_ARGUMENT` for the environment,
 * which another copy of the package may have kept unchecked
 */
export function resolveUnderPolicy(said: CheckedInjectOptions): {
  resolved: ResolvedInjectOptions;
  warning?: TruststoreError;
} {
  const policy = environmentPolicy();
  if (!policy) return { resolved: resolve(said) };
  const { options, contradictions } = underPolicy(checkInjectOptions(policy.options), said);
  const resolved = resolve(options);
  if (contradictions.length === 0) return { resolved };
  return { resolved, warning: contradictionWarning(contradictions, policy) };
}

function resolve(options: CheckedInjectOptions): ResolvedInjectOptions {
  return fillInjectOptions(options, fillVerifyOptions(options));
}

function contradictionWarning(
  contradictions: readonly Contradiction[],
  { sources }: EnvironmentPolicy,
): TruststoreError {
  const each = contradictions.map(
    ({ name, said, inForce }) =>
      `${sources[name] ?? `${name}: ${show(inForce)}`} stays in force, not ${name}: ${show(said)}`,
  );
  return new TruststoreError(
    ErrorCodes.POLICY,
    `The options of inject() cannot loosen what the environment says: ${each.join('; ')}`,
    { operation: 'inject' },
  );
}

function show(value: unknown): string {
  return typeof value === 'object' ? '{…}' : JSON.stringify(value);
}
