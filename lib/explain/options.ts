/**
 * Checks the options of `explain()` once, at the call, and fills in every default.
 */
import { checkNames } from '../base/option-names.js';
import { checkFlag, checkMilliseconds, checkObject, definedOnly } from '../base/options.js';
import { invalidArgument } from '../errors.js';
import { resolveTrustOptions } from '../trust/options/options.js';
import type { ResolvedTrustOptions } from '../trust/options/resolved-options.js';
import { TRUST_OPTIONS } from '../trust/options/trust-option-checks.js';
import { toBytes } from '../trust/options/user-ca-checks.js';
import type { CertificateInput } from '../types.js';
import type { ExplainOptions } from './types.js';

const DEFAULT_TIMEOUT_MS = 20_000;

export interface ResolvedExplainOptions {
  trust: ResolvedTrustOptions;
  /** Undefined when the program passes none. */
  ca: readonly CertificateInput[] | undefined;
  servername: string | undefined;
  /** Undefined when the scheme or port of the target decides. */
  startTls: ExplainOptions['startTls'];
  proxy: string | false | undefined;
  timeoutMs: number;
  fetchIssuers: boolean;
  allowPrivate: boolean;
  onProgress: ExplainOptions['onProgress'];
}

const NAMES = [
  ...TRUST_OPTIONS,
  'ca',
  'servername',
  'startTls',
  'proxy',
  'timeoutMs',
  'fetchIssuers',
  'allowPrivate',
  'onProgress',
];

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
export function resolveExplainOptions(options: ExplainOptions): ResolvedExplainOptions {
  checkObject('options', options);
  checkNames('options', options, NAMES);
  const { bundled, system, userCAs, exclude, ca, servername, startTls, proxy } = options;
  const { timeoutMs, fetchIssuers, allowPrivate, onProgress } = options;
  if (servername !== undefined && typeof servername !== 'string') {
    throw invalidArgument('options.servername', 'a name', servername);
  }
  if (proxy !== undefined && proxy !== false && typeof proxy !== 'string') {
    throw invalidArgument('proxy', 'a URL or false', proxy);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('options.onProgress', 'a function', onProgress);
  }
  return {
    trust: resolveTrustOptions(definedOnly({ bundled, system, userCAs, exclude })),
    ca: ca === undefined ? undefined : checkCertificates(ca),
    servername,
    startTls,
    proxy,
    timeoutMs: checkMilliseconds('options.timeoutMs', timeoutMs) ?? DEFAULT_TIMEOUT_MS,
    fetchIssuers: checkFlag('options.fetchIssuers', fetchIssuers) ?? true,
    allowPrivate: checkFlag('options.allowPrivate', allowPrivate) ?? false,
    onProgress,
  };
}

function checkCertificates(ca: NonNullable<ExplainOptions['ca']>): CertificateInput[] {
  return [ca].flat().map((input) => {
    toBytes(input, 'ca');
    return input as CertificateInput;
  });
}
