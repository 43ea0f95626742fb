/**
 * Converts injection options to text and back, for worker threads and child processes.
 */
import { NONE_NAMED } from '../../trust/options/resolved-options.js';
import type { ResolvedUserCAs } from '../../trust/options/user-ca-checks.js';
import type { CertificateInput, UserCAOptions } from '../../types.js';
import type { InjectOptions } from '../types.js';
import { parseCertificates } from './check-options.js';
import type { ResolvedInjectOptions } from './resolved-options.js';

/**
 * Certificates become PEM; `env` of the system options is left out, since the reader has its own. The order is fixed, so that
 * a worker that shares its parent's environment writes the same text.
 */
export function toText(options: ResolvedInjectOptions): string {
  const { given, rootLists, watch, workers, childProcesses, deadlineMs } = options;
  const { system, userCAs } = given;
  const portable: InjectOptions = {
    ...given,
    ...(typeof system === 'object' ? { system: { ...system, env: undefined } } : {}),
    ...(userCAs === undefined ? {} : { userCAs: portableUserCAs(userCAs) }),
    rootLists,
    watch,
    workers,
    childProcesses,
    deadlineMs,
  };
  return JSON.stringify(Object.fromEntries(Object.entries(portable).sort()));
}

/** The options without certificates given as values, for when those are too long to pass on. */
export function withoutCertificates(options: ResolvedInjectOptions): ResolvedInjectOptions {
  const { userCAs = NONE_NAMED } = options.given;
  return {
    ...options,
    given: { ...options.given, userCAs: { ...userCAs, certificates: [] } },
  };
}

function portableUserCAs(userCAs: ResolvedUserCAs): UserCAOptions {
  return { ...userCAs, certificates: userCAs.certificates.flatMap(toPems) };
}

/** An input that does not parse has already been reported where it was named. */
function toPems(input: CertificateInput): string[] {
  try {
    return parseCertificates(input);
  } catch {
    return [];
  }
}

/** Undefined when the text is not ours. `inject()` checks the result like any options. */
export function fromText(text: unknown): InjectOptions | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const options: unknown = JSON.parse(text);
    return typeof options === 'object' && options !== null ? options : undefined;
  } catch {
    return undefined;
  }
}
