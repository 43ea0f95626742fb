/**
 * Checks of options that all functions share. Each takes the name for messages, returns the value, and lets undefined pass,
 * because defaults are filled in after the checks.
 */
import { invalidArgument } from '../errors.js';

/** Options without those that are undefined. */
export function definedOnly<Options extends object>(options: {
  [Key in keyof Options]: Options[Key] | undefined;
}): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Options;
}

/** False for a list in place of options, because nothing in it would be used. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, as all these checks do */
export function checkObject(name: string, value: unknown): asserts value is object {
  if (!isObject(value)) throw invalidArgument(name, 'an object', value);
}

export function checkFlag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidArgument(name, 'a boolean', value);
}

export function checkOneOf<Value extends string>(
  name: string,
  value: unknown,
  values: readonly Value[],
): Value | undefined {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined || value === undefined) return found;
  throw invalidArgument(name, `one of ${values.join(', ')}`, value);
}

export function checkMilliseconds(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0) return value;
  throw invalidArgument(name, 'a number of milliseconds, 0 or more', value);
}

/** Refuses a text in place of a list: it would be split into characters, and `.` is the current directory. */
export function checkList(name: string, value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return [...(value as unknown[])];
  throw invalidArgument(name, 'an array', value);
}
