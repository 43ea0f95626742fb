/**
 * The options of an injection and their defaults. They are separate from the checks of options, because most programs pass
 * none.
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

/** The caller's options, each read once; unknown ones are left out. */
export type CheckedInjectOptions = CheckedTrustOptions &
  VerifyOptions &
  Pick<
    InjectOptions,
    'rootLists' | 'watch' | 'workers' | 'childProcesses' | 'deadlineMs' | 'explainErrors'
  >;

/** {@link InjectOptions} with every default filled in. */
export interface ResolvedInjectOptions {
  trust: ResolvedTrustOptions;
  rootLists: boolean;
  watch: boolean;
  workers: boolean;
  childProcesses: boolean;
  deadlineMs: number;
  explainErrors: boolean;
  verify: ResolvedVerification;
  /** The options without defaults, for worker threads and child processes. */
  given: CheckedInjectOptions;
}

/** What was added and removed at run time. */
export interface RunTimeChanges {
  /** Canonical PEM. */
  added: readonly string[];
  /** Fingerprints as plain digits. */
  removed: readonly string[];
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
    explainErrors: given.explainErrors ?? false,
    verify,
    given,
  };
}

export function defaultOptions(): ResolvedInjectOptions {
  return fillInjectOptions({}, plainVerification());
}
