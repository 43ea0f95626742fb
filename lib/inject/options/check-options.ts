/**
 * The checks of what programs pass to an injection; most pass nothing.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import { invalidArgument } from '../../errors.js';
import type { TruststoreError } from '../../errors.js';
import { DEFAULT_DEADLINE_MS, checkDeadline, definedOnly } from '../../trust/options/options.js';
import { checkUserCAs, toBytes } from '../../trust/options/user-ca-options.js';
import { noCertificateIn, parseNamed, partsNotUsed } from '../../trust/user-cas/user-cas.js';
import type { CertificateInput } from '../../types.js';
import { resolveVerifyOptions, takeVerifyOptions } from '../../verify/options.js';
import type { InjectOptions } from '../types.js';
import { defaultOptions } from './resolved-options.js';
import type { ResolvedInjectOptions } from './resolved-options.js';

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveInjectOptions(options?: InjectOptions): ResolvedInjectOptions {
  return options === undefined ? defaultOptions() : checkOptions(options);
}

function checkOptions(options: InjectOptions): ResolvedInjectOptions {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const { verify } = takeVerifyOptions(options);
  // Each by its name: an object with a class of its own inherits what it says.
  const { bundled, system, exclude, rootLists } = options;
  const userCAs = options.userCAs === undefined ? undefined : checkUserCAs(options.userCAs);
  const { watch, workers, childProcesses, deadlineMs } = options;
  return {
    trust: definedOnly({ bundled, system, userCAs, exclude }),
    rootLists: checkFlag('options.rootLists', rootLists, true),
    watch: checkFlag('options.watch', watch, false),
    workers: checkFlag('options.workers', workers, true),
    childProcesses: checkFlag('options.childProcesses', childProcesses, false),
    deadlineMs:
      deadlineMs === undefined
        ? DEFAULT_DEADLINE_MS
        : checkDeadline('options.deadlineMs', deadlineMs),
    verify: resolveVerifyOptions(verify),
    verifyOptions: verify,
  };
}

function checkFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

/** `options` with certificates added by and fingerprints removed at run time. */
export function withChanges(
  options: ResolvedInjectOptions,
  added: readonly CertificateInput[],
  removed: readonly string[],
): ResolvedInjectOptions {
  const { trust } = options;
  const userCAs = checkUserCAs(trust.userCAs);
  return {
    ...options,
    trust: {
      ...trust,
      userCAs: { ...userCAs, certificates: [...userCAs.certificates, ...added] },
      exclude: [...(trust.exclude ?? []), ...removed],
    },
  };
}

/**
 * Canonical PEM of every certificate in `input`.
 *
 * @param warn - called with what else is in it and cannot be used
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function parseCertificates(
  input: CertificateInput,
  warn?: (warning: TruststoreError) => void,
): string[] {
  const bytes = toBytes(input, 'ca');
  const { certificates, problems } = parseNamed(bytes, loadBinding(), wholePolicy());
  if (certificates.length === 0) throw noCertificateIn('ca', bytes, problems);
  if (warn) partsNotUsed('ca', problems).forEach(warn);
  return certificates.map(({ pem }) => pem);
}
