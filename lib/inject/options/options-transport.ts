/**
 * Injection options as text, for worker threads and child processes.
 */
import { checkUserCAs } from '../../trust/options/user-ca-options.js';
import type { ResolvedUserCAs } from '../../trust/options/user-ca-options.js';
import type { CertificateInput } from '../../types.js';
import type { InjectOptions } from '../types.js';
import { parseCertificates } from './check-options.js';
import type { ResolvedInjectOptions } from './resolved-options.js';

/** Certificates become PEM; `env` of the system options is the reader's own. */
export function toText(options: ResolvedInjectOptions): string {
  const { trust, rootLists, watch, workers, childProcesses, deadlineMs } = options;
  const portable: InjectOptions = {
    ...trust,
    ...(typeof trust.system === 'object' ? { system: { ...trust.system, env: undefined } } : {}),
    ...(trust.userCAs === undefined
      ? {}
      : { userCAs: portableUserCAs(checkUserCAs(trust.userCAs)) }),
    rootLists,
    watch,
    workers,
    childProcesses,
    deadlineMs,
    ...options.verifyOptions,
  };
  return JSON.stringify(portable);
}

/** What is left when certificates given as values are too much to hand on. */
export function withoutCertificates(options: ResolvedInjectOptions): ResolvedInjectOptions {
  const userCAs = { ...checkUserCAs(options.trust.userCAs), certificates: [] };
  return { ...options, trust: { ...options.trust, userCAs } };
}

function portableUserCAs(userCAs: ResolvedUserCAs): ResolvedUserCAs {
  return { ...userCAs, certificates: userCAs.certificates.flatMap(toPems) };
}

/** One that does not parse has been reported where it was named. */
function toPems(input: CertificateInput): string[] {
  try {
    return parseCertificates(input);
  } catch {
    return [];
  }
}

/** Undefined when the text is not ours. Checked by `inject()` like anybody's options. */
export function fromText(text: unknown): InjectOptions | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const options: unknown = JSON.parse(text);
    return typeof options === 'object' && options !== null ? options : undefined;
  } catch {
    return undefined;
  }
}
