/**
 * Checks the caller's options, and that the runtime can do what this module promises.
 */
import { isAbsolute, resolve } from 'node:path';

import { checkNames } from '../base/option-names.js';
import { checkObject } from '../base/options.js';
import { plainDigits, withColons } from '../certificate/fingerprint.js';
import { ErrorCodes, TruststoreError, invalidArgument } from '../errors.js';
import type { TrustOnFirstUseOptions } from './types.js';

export type ResolvedOptions = Required<{
  [Name in keyof TrustOnFirstUseOptions]: NonNullable<TrustOnFirstUseOptions[Name]>;
}>;

const DEFAULT_DECISION_MS = 60_000;
const DEFAULT_MAXIMUM_PENDING = 16;
/** The longest delay a timer supports. */
const MAXIMUM_MS = 2 ** 31 - 1;
const MAXIMUM_LABEL = 200;

const NAMES = ['file', 'decide', 'decisionMs', 'maximumPending'];

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveOptions(options: TrustOnFirstUseOptions): ResolvedOptions {
  checkObject('options', options);
  // `decide` may be a method that uses more of its object.
  checkNames('options', options, NAMES, { others: true });
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called as the method it is, below
  const { file, decide, decisionMs, maximumPending } = options;
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw invalidArgument('options.file', 'a path', file);
  }
  if (typeof decide !== 'function') throw invalidArgument('options.decide', 'a function', decide);
  return {
    // Made absolute, because a program that changes its current directory must not change which clients it trusts.
    file: isAbsolute(file) ? file : resolve(file),
    decide: (peer, context) => decide.call(options, peer, context),
    decisionMs: checkWhole('options.decisionMs', decisionMs, MAXIMUM_MS) ?? DEFAULT_DECISION_MS,
    maximumPending:
      checkWhole('options.maximumPending', maximumPending, Number.MAX_SAFE_INTEGER) ??
      DEFAULT_MAXIMUM_PENDING,
  };
}

function checkWhole(name: string, value: unknown, maximum: number): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maximum) {
    return value as number;
  }
  throw invalidArgument(name, `a whole number from 1 to ${maximum}`, value);
}

export function checkLabel(label: unknown): string | undefined {
  if (label === undefined) return undefined;
  if (typeof label === 'string' && label.length <= MAXIMUM_LABEL) return label;
  throw invalidArgument('label', `a text of at most ${MAXIMUM_LABEL} characters`, label);
}

/** @returns the fingerprint in Node's format; the input may have any case and colons */
export function checkFingerprint(fingerprint: unknown): string {
  const digits = plainDigits(fingerprint);
  if (digits !== undefined) return withColons(digits);
  throw invalidArgument('fingerprint256', 'a SHA-256 fingerprint', fingerprint);
}

/**
 * Refuses Bun and Deno. Bun's https server has no TLS sockets that could be held back, and shows no certificate. Deno's looks
 * right, but it is unknown whether it still makes clients prove that they have the key when it is to accept any certificate.
 */
export function checkRuntime(versions: Readonly<Record<string, string | undefined>>): void {
  const runtime = versions['bun'] ? 'Bun' : versions['deno'] ? 'Deno' : undefined;
  if (runtime === undefined) return;
  throw new TruststoreError(
    ErrorCodes.UNSUPPORTED_RUNTIME,
    `trustOnFirstUse() cannot keep its promises in ${runtime}, so it does nothing there`,
    { operation: 'trustOnFirstUse', remedy: 'Run the server in Node 18 or newer.' },
  );
}
