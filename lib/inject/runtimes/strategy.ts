/**
 * The interfaces between an injection and the strategies of runtimes.
 */
import type { TrustSet } from '../../trust/trust-set.js';
import type { InjectionStrategy } from '../types.js';

export interface InjectionView {
  /** The set to use now. Waits for the store if it has not been read. Undefined when the defaults must be left alone. */
  current(): TrustSet | undefined;
  /** Like `current`, but without what this runtime refuses; tries each certificate that is not the runtime's own. */
  settled(): TrustSet | undefined;
  /** The rest of the set in use after the runtime has refused some of it; a warning says so. */
  withoutRefused(): TrustSet | undefined;
  /** True when a `ca` that holds all of Node's roots is treated as the defaults. */
  readonly takesRootLists: boolean;
  /** Called when the program has chosen its own defaults; the program is told that ours end there. */
  overruled(): void;
  /** Turns a failure of the runtime into a warning. */
  failed(error: unknown): void;
}

/** Makes the trust set the default of one runtime. */
export interface Defaults {
  readonly strategy: InjectionStrategy;
  /** Arranges that the set is used from the next context on. Cheap. */
  install(): void;
  /** Called when the set has changed. `removed` is true when something that was trusted is no longer. */
  update(set: TrustSet, removed: boolean): void;
  restore(): void;
}
