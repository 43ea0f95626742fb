/**
 * What an injection does, with what is done when nothing is asked for. Apart from the checks of what is asked for, since most
 * programs ask for nothing.
 */
import { DEFAULT_DEADLINE_MS } from '../../trust/options/resolved-options.js';
import { fillTrustOptions } from '../../trust/options/resolved-options.js';
import type {
  CheckedTrustOptions,
  ResolvedTrustOptions,
} from '../../trust/options/resolved-options.js';
import { plainVerification } from '../../verify/defaults.js';
import type { ResolvedVerification } from '../../verify/defaults.js';
import type { VerifyOptions } from '../../verify/types.js';
import type { InjectOptions } from '../types.js';

/** What the caller has said: read once, and only what may be passed. */
export type CheckedInjectOptions = CheckedTrustOptions &
  VerifyOptions &
  Pick<InjectOptions, 'rootLists' | 'watch' | 'workers' | 'childProcesses' | 'deadlineMs'>;

/** {@link InjectOptions} with every default filled in. */
export interface ResolvedInjectOptions {
  trust: ResolvedTrustOptions;
  rootLists: boolean;
  watch: boolean;
  workers: boolean;
  childProcesses: boolean;
  deadlineMs: number;
  verify: ResolvedVerification;
  /** Without defaults, for worker threads and child processes. */
  given: CheckedInjectOptions;
}

export function fillInjectOptions(
  given: CheckedInjectOptions,
  verify: ResolvedVerification,
): ResolvedInjectOptions {
  return {
    trust: fillTrustOptions(given),
    rootLists: given.rootLists ?? true,
    watch: given.watch ?? false,
    workers: given.workers ?? true,
    childProcesses: given.childProcesses ?? false,
    deadlineMs: given.deadlineMs ?? DEFAULT_DEADLINE_MS,
    verify,
    given,
  };
}

export function defaultOptions(): ResolvedInjectOptions {
  return fillInjectOptions({}, plainVerification());
}
