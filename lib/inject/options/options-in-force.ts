/**
 * Keeps the options of an injection as they change: what the program asked for, what the environment's policy leaves of it, and
 * what was added and removed at run time.
 */
import { part } from '../../base/part.js';
import type { TruststoreError } from '../../errors.js';
import type { CertificateInput } from '../../types.js';
import { environmentPolicy } from '../registry.js';
import type { InjectOptions } from '../types.js';
import { defaultOptions } from './resolved-options.js';
import type {
  CheckedInjectOptions,
  ResolvedInjectOptions,
  RunTimeChanges,
} from './resolved-options.js';

const loadCheckOptions = part(
  () => require('./check-options.js') as typeof import('./check-options.js'),
);
const loadEnvironmentPolicy = part(
  () => require('./environment-policy.js') as typeof import('./environment-policy.js'),
);
type Warn = (warning: TruststoreError) => void;

interface State extends RunTimeChanges {
  said: CheckedInjectOptions | undefined;
  resolved: ResolvedInjectOptions;
  /** All of these together, made once, because each connection asks for them. */
  now?: ResolvedInjectOptions | undefined;
}

export class OptionsInForce {
  #state: State;
  /** Names what the environment's policy refuses the program. */
  #warning: TruststoreError | undefined;

  /** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` */
  constructor(options: InjectOptions | undefined) {
    const said = check(options);
    const { resolved, warning } = resolve(said);
    this.#state = { said, resolved, added: [], removed: [] };
    this.#warning = warning;
  }

  /** The options with what was added and removed since. */
  get now(): ResolvedInjectOptions {
    return (this.#state.now ??= inForce(this.#state));
  }

  /** Returns a function that restores the options as they are now, for a caller that may have to undo a change. */
  rollback(): () => void {
    const before = this.#state;
    return () => {
      this.#state = before;
      this.#warning = undefined;
    };
  }

  /** Replaces the options; what was added and removed stays. @throws as the constructor does; then nothing has changed */
  replace(options: InjectOptions): void {
    this.#use(check(options));
  }

  /** Resolves the same options again under the environment's present policy. */
  renew(): void {
    this.#use(this.#state.said);
  }

  #use(said: CheckedInjectOptions | undefined): void {
    const { resolved, warning } = resolve(said);
    this.#change({ said, resolved });
    this.#warning = warning;
  }

  /** Warns once of what the environment's policy refuses the program. */
  tell(warn: Warn): void {
    if (this.#warning) warn(this.#warning);
    this.#warning = undefined;
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_USER_CA`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`; then nothing has changed */
  add(ca: CertificateInput, warn: Warn): void {
    this.#change(loadCheckOptions().adding(ca, this.#state, warn));
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`; then nothing has changed */
  remove(fingerprint: string): void {
    this.#change(loadCheckOptions().removing(fingerprint, this.#state));
  }

  #change(changes: Partial<State>): void {
    this.#state = { ...this.#state, now: undefined, ...changes };
  }
}

function inForce({ resolved, ...changes }: State): ResolvedInjectOptions {
  if (changes.added.length + changes.removed.length === 0) return resolved;
  return loadCheckOptions().withChanges(resolved, changes);
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function check(options: InjectOptions | undefined): CheckedInjectOptions | undefined {
  return options === undefined ? undefined : loadCheckOptions().checkInjectOptions(options);
}

function resolve(said: CheckedInjectOptions | undefined): {
  resolved: ResolvedInjectOptions;
  warning?: TruststoreError;
} {
  const told = environmentPolicy();
  const isSilent = said === undefined && Object.keys(told?.options ?? {}).length === 0;
  if (isSilent) return { resolved: defaultOptions() };
  return loadEnvironmentPolicy().resolveUnderPolicy(said ?? {});
}
