/**
 * The options of an injection as they change: what the program has asked for, what of it is in force beside the environment's
 * policy, and what was added and removed at run time.
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
  /** All of it together, once somebody has asked: they ask with each connection. */
  now?: ResolvedInjectOptions | undefined;
}

export class OptionsInForce {
  #state: State;
  /** Of what the environment does not let the program have. */
  #warning: TruststoreError | undefined;

  /** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` */
  constructor(options: InjectOptions | undefined) {
    const said = check(options);
    const { resolved, warning } = resolve(said);
    this.#state = { said, resolved, added: [], removed: [] };
    this.#warning = warning;
  }

  /** With what was added and removed since. */
  get now(): ResolvedInjectOptions {
    return (this.#state.now ??= inForce(this.#state));
  }

  /** What makes them what they are now again, for who cannot keep a change that follows. */
  rollback(): () => void {
    const before = this.#state;
    return () => {
      this.#state = before;
      this.#warning = undefined;
    };
  }

  /** Others in their place; what was added and removed stays so. @throws as the constructor; then nothing has changed */
  replace(options: InjectOptions): void {
    this.#use(check(options));
  }

  /** The same ones, beside what the environment says now. */
  renew(): void {
    this.#use(this.#state.said);
  }

  #use(said: CheckedInjectOptions | undefined): void {
    const { resolved, warning } = resolve(said);
    this.#change({ said, resolved });
    this.#warning = warning;
  }

  /** Says once what the environment does not let the program have. */
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
