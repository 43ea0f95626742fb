/**
 * What an injection does when nothing is asked for. Apart from the checks of what is asked for, since most programs ask for
 * nothing.
 */
import { DEFAULT_DEADLINE_MS } from '../../trust/options/options.js';
import type { TrustOptions } from '../../types.js';
import { plainVerification } from '../../verify/defaults.js';
import type { ResolvedVerification } from '../../verify/defaults.js';
import type { VerifyOptions } from '../../verify/types.js';

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

export function defaultOptions(): ResolvedInjectOptions {
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
