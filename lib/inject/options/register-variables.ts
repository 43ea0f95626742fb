/**
 * Reads the options of an injection from the environment, for `os-truststore/register`.
 */
import { part } from '../../base/part.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import type { Environment } from '../../types.js';
import { REVOCATION_MODES } from '../../verify/defaults.js';
import { CHILD_OPTIONS } from '../reach/inheritance.js';
import type { EnvironmentPolicy } from '../registry.js';
import type { InjectOptions } from '../types.js';

const loadOptionNames = part(
  () => require('../../base/option-names.js') as typeof import('../../base/option-names.js'),
);
const loadFingerprint = part(
  () =>
    require('../../certificate/fingerprint.js') as typeof import('../../certificate/fingerprint.js'),
);

const VERIFIERS = ['openssl', 'system'] as const;

/** The variables that keep something from being trusted: a mistake in one ends the process. */
const SECURITY = new Set([
  'OS_TRUSTSTORE_BUNDLED',
  'OS_TRUSTSTORE_SYSTEM',
  'OS_TRUSTSTORE_EXCLUDE',
  'OS_TRUSTSTORE_ROOT_LISTS',
  'OS_TRUSTSTORE_REVOCATION',
  'OS_TRUSTSTORE_VERIFIER',
]);

/** Variables that other rooms read. */
const OTHERS = [
  'OS_TRUSTSTORE_USER_CAS',
  CHILD_OPTIONS,
  'OS_TRUSTSTORE_LOG_LEVEL',
  'OS_TRUSTSTORE_LOG_FILE',
  'OS_TRUSTSTORE_LOG_FILE_LEVEL',
  'OS_TRUSTSTORE_ADDON',
  'OS_TRUSTSTORE_PREBUILD',
];

const SWITCHES = {
  OS_TRUSTSTORE_BUNDLED: 'bundled',
  OS_TRUSTSTORE_SYSTEM: 'system',
  OS_TRUSTSTORE_ROOT_LISTS: 'rootLists',
  OS_TRUSTSTORE_WATCH: 'watch',
  OS_TRUSTSTORE_WORKERS: 'workers',
  OS_TRUSTSTORE_CHILD_PROCESSES: 'childProcesses',
  OS_TRUSTSTORE_FETCH_INTERMEDIATES: 'fetchIntermediates',
  OS_TRUSTSTORE_EXPLAIN_ERRORS: 'explainErrors',
} as const;

export function readEnvironment(env: Environment): EnvironmentPolicy & { unusable: Unusable[] } {
  const options: InjectOptions = {};
  const sources: EnvironmentPolicy['sources'] = {};
  const unusable: Unusable[] = [];
  const known = [...OTHERS];
  const read = <Name extends keyof InjectOptions>(
    variable: string,
    name: Name,
    expected: string,
    parse: (text: string) => InjectOptions[Name] | undefined,
  ): void => {
    known.push(variable);
    const text = env[variable]?.trim();
    if (!text) return;
    const value = parse(text);
    if (value === undefined) {
      unusable.push({ variable, value: text, expected });
      return;
    }
    options[name] = value;
    sources[name] = `${variable}=${text}`;
  };
  for (const [variable, name] of Object.entries(SWITCHES)) {
    read(variable, name, '1 or 0', toSwitch);
  }
  read('OS_TRUSTSTORE_DEADLINE_MS', 'deadlineMs', 'a number of milliseconds', toDeadline);
  const oneIn = <Value extends string>(
    values: readonly Value[],
  ): [string, (text: string) => Value | undefined] => [
    `one of ${values.join(', ')}`,
    (text) => values.find((value) => value === text),
  ];
  read('OS_TRUSTSTORE_REVOCATION', 'revocation', ...oneIn(REVOCATION_MODES));
  read('OS_TRUSTSTORE_VERIFIER', 'verifier', ...oneIn(VERIFIERS));
  read('OS_TRUSTSTORE_EXCLUDE', 'exclude', 'SHA-256 fingerprints', toFingerprints);
  return { options, sources, unusable: [...unusable, ...unknownVariables(env, known)] };
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

/** A name that does not exist may be of a newer version; one that is nearly right is a mistake. */
function unknownVariables(env: Environment, known: readonly string[]): Unusable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('OS_TRUSTSTORE_') && !known.includes(name) && env[name])
    .map((variable) => ({
      variable,
      value: '',
      expected: '',
      meant: loadOptionNames().nearest(variable, known),
    }));
}

function toFingerprints(text: string): string[] | undefined {
  const { plainDigits, splitFingerprints } = loadFingerprint();
  const list = splitFingerprints(text);
  return list.every((one) => plainDigits(one) !== undefined) ? list : undefined;
}

export interface Unusable {
  variable: string;
  value: string;
  /** Empty for a variable that does not exist. */
  expected: string;
  /** The variable that was probably meant. */
  meant?: string | undefined;
}

export function meansNothing({ variable, value, expected, meant }: Unusable): TruststoreError {
  const problem =
    expected === ''
      ? `${variable} is not a variable of os-truststore${meant ? `: did you mean ${meant}?` : ''}`
      : `${variable} must be ${expected}, not ${JSON.stringify(value.slice(0, 200))}`;
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, problem, {
    operation: 'read environment',
    remedy: `Correct ${variable}, or unset it.`,
  });
}

/** True for a mistake that would let the process trust more than its user believes. */
export function endsProcess({ variable, meant = variable }: Unusable): boolean {
  return SECURITY.has(meant);
}
