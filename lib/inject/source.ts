/**
 * Where injection gets trust sets from: the only file of this folder that knows how they are made.
 */
import { distrustOf, distrustsAnything } from '../distrust.js';
import { invalidArgument } from '../errors.js';
import type { TruststoreError } from '../errors.js';
import { sha256Of, sha256OfPem, withColons } from '../fingerprint.js';
import { loadBinding, wholePolicy } from '../native-binding.js';
import { DEFAULT_DEADLINE_MS, checkDeadline } from '../options.js';
import type { TrustSet } from '../trusted-cas.js';
import type { CertificateInput, TrustOptions } from '../types.js';
import { checkUserCAs, toBytes } from '../user-ca-options.js';
import { noCertificateIn, parseNamed, partsNotUsed } from '../user-cas.js';
import { plainVerification, resolveVerifyOptions, takeVerifyOptions } from '../verify/options.js';
import type { ResolvedVerification } from '../verify/options.js';
import type { VerifyOptions } from '../verify/types.js';
import type { InjectOptions } from './types.js';

export type { PendingTrustSet, TrustSet } from '../trusted-cas.js';
export {
  emptySetError,
  issuersOf,
  pemToDer,
  readTrustSet,
  startTrustSet,
  storeWarning,
  withoutRefused,
} from '../trusted-cas.js';

/** Options checked and with their defaults; `trust` is what the set is made of. */
export interface ResolvedInjectOptions {
  trust: TrustOptions;
  rootLists: boolean;
  watch: boolean;
  workers: boolean;
  childProcesses: boolean;
  deadlineMs: number;
  verify: ResolvedVerification;
  /** As they were given, for worker threads and child processes. */
  verifyOptions: VerifyOptions;
}

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

/** By itself, because compiling the checks of what nobody passed takes 0.1 ms of the first call. */
function defaultOptions(): ResolvedInjectOptions {
  return {
    trust: {},
    rootLists: true,
    watch: false,
    workers: true,
    childProcesses: false,
    deadlineMs: DEFAULT_DEADLINE_MS,
    verify: plainVerification(),
    verifyOptions: {},
  };
}

function checkFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

/** Options without those that are undefined. */
export function definedOnly(options: {
  [Key in keyof TrustOptions]: TrustOptions[Key] | undefined;
}): TrustOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** `options` with certificates added by and fingerprints removed at run time. */
export function withChanges(
  options: ResolvedInjectOptions,
  added: readonly CertificateInput[],
  removed: readonly string[],
): ResolvedInjectOptions {
  if (added.length === 0 && removed.length === 0) return options;
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

/** Whether the certificate of a PEM text can be part of a set. */
export function isReadable(pem: string): boolean {
  return loadBinding().parse(Buffer.from(pem, 'latin1'), wholePolicy()).certificates.length > 0;
}

/** As `X509Certificate#fingerprint256`. */
export function fingerprint256(pem: string): string {
  return withColons(sha256OfPem(pem));
}

/** Whether the sets are the same list of certificates with the same distrust. */
export function sameTrustSet(a: TrustSet, b: TrustSet): boolean {
  return (
    sameList(a.certificates, b.certificates) &&
    sameList(a.anchors, b.anchors) &&
    sameList(a.partialChainAnchors, b.partialChainAnchors) &&
    sameList(a.distrusted, b.distrusted) &&
    sameList(a.distrustedNames, b.distrustedNames)
  );
}

/** Whether they leave out the same of what they do not know. */
export function sameExclusions(a: TrustSet, b: TrustSet): boolean {
  return sameList(a.exclusions, b.exclusions);
}

/** Whether there is anything {@link refusalBy} could say yes to. */
export function refusesAnything(set: TrustSet): boolean {
  return distrustsAnything(set) || set.exclusions.length > 0;
}

/** Says of a DER certificate that the set may not know whether it would be kept out of it. */
export function refusalBy(set: TrustSet): (der: Buffer) => boolean {
  const isDistrusted = distrustOf(set);
  const excluded = new Set(set.exclusions);
  return (der) => isDistrusted(der) || (excluded.size > 0 && excluded.has(sha256Of(der)));
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((pem, index) => pem === b[index]);
}
