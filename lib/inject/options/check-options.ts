/**
 * Checks the options that programs pass to an injection; most programs pass none.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import { checkFlag, checkMilliseconds, checkObject, definedOnly } from '../../base/options.js';
import { plainDigits, sha256OfPem } from '../../certificate/fingerprint.js';
import { invalidArgument } from '../../errors.js';
import type { TruststoreError } from '../../errors.js';
import { NONE_NAMED, fillTrustOptions } from '../../trust/options/resolved-options.js';
import { TRUST_OPTIONS, checkTrustOptions } from '../../trust/options/trust-option-checks.js';
import { toBytes } from '../../trust/options/user-ca-checks.js';
import { noCertificateIn, parseNamed, partsNotUsed } from '../../trust/user-cas/user-cas.js';
import type { CertificateInput } from '../../types.js';
import { VERIFY_OPTIONS, checkVerifyOptions } from '../../verify/options.js';
import type { InjectOptions } from '../types.js';
import type {
  CheckedInjectOptions,
  ResolvedInjectOptions,
  RunTimeChanges,
} from './resolved-options.js';

const NAMES = [
  ...TRUST_OPTIONS,
  ...VERIFY_OPTIONS,
  'rootLists',
  'watch',
  'workers',
  'childProcesses',
  'deadlineMs',
  'explainErrors',
];

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function checkInjectOptions(options: InjectOptions): CheckedInjectOptions {
  checkObject('options', options);
  // Each option is read by name, because an object with a class may inherit its options.
  const { rootLists, watch, workers, childProcesses, deadlineMs, explainErrors } = options;
  return {
    ...checkTrustOptions(options, NAMES),
    ...checkVerifyOptions(options),
    ...definedOnly<CheckedInjectOptions>({
      rootLists: checkFlag('options.rootLists', rootLists),
      watch: checkFlag('options.watch', watch),
      workers: checkFlag('options.workers', workers),
      childProcesses: checkFlag('options.childProcesses', childProcesses),
      deadlineMs: checkMilliseconds('options.deadlineMs', deadlineMs),
      explainErrors: checkFlag('options.explainErrors', explainErrors),
    }),
  };
}

/** @throws TruststoreError `ERR_TRUSTSTORE_USER_CA`, `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function adding(
  ca: CertificateInput,
  { added, removed }: RunTimeChanges,
  warn: (warning: TruststoreError) => void,
): RunTimeChanges {
  const pems = parseCertificates(ca, warn);
  const back = new Set(pems.map(sha256OfPem));
  return { added: [...added, ...pems], removed: removed.filter((one) => !back.has(one)) };
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function removing(fingerprint: string, { added, removed }: RunTimeChanges): RunTimeChanges {
  const plain = plainDigits(fingerprint);
  if (plain === undefined) {
    throw invalidArgument('fingerprint256', 'a SHA-256 fingerprint', fingerprint);
  }
  return {
    added: added.filter((pem) => sha256OfPem(pem) !== plain),
    removed: [...removed, plain],
  };
}

/** `options` with what was added and removed at run time. */
export function withChanges(
  options: ResolvedInjectOptions,
  { added, removed }: RunTimeChanges,
): ResolvedInjectOptions {
  const { userCAs = NONE_NAMED, exclude = [] } = options.given;
  const certificates = [...userCAs.certificates, ...added.map((pem) => Buffer.from(pem))];
  const given = {
    ...options.given,
    userCAs: { ...userCAs, certificates },
    exclude: [...exclude, ...removed],
  };
  return { ...options, trust: fillTrustOptions(given), given };
}

/**
 * Canonical PEM of every certificate in `input`.
 *
 * @param warn - called for each part of it that cannot be used
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
