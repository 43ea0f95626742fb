/**
 * What the strategies of a runtime see of an injection.
 */
import type { TrustSet } from '../../trust/trust-set.js';
import type { InjectionStrategy } from '../types.js';

export interface InjectionView {
  /** The set to use now. Waits for the store when it has not been read. Undefined: leave the defaults alone. */
  current(): TrustSet | undefined;
  /** The same, and what this runtime refuses is known of it. Asks about each certificate that is not the runtime's own. */
  settled(): TrustSet | undefined;
  /** What is left of the set in use, now that the runtime has refused some of it. Says so in a warning. */
  withoutRefused(): TrustSet | undefined;
  /** Whether a `ca` that holds all of Node's roots is taken for the defaults. */
  readonly takesRootLists: boolean;
  /** The program has chosen its own defaults; it is told that ours end there. */
  overruled(): void;
  /** Something of the runtime's did not do what was asked of it: becomes a warning. */
  failed(error: unknown): void;
}

/** Makes the trust set the default of one runtime. */
export interface Defaults {
  readonly strategy: InjectionStrategy;
  /** Arranges that the set is used from the next context on. Cheap. */
  install(): void;
  /** The set has changed. `removed`: something that was trusted is not any more. */
  update(set: TrustSet, removed: boolean): void;
  restore(): void;
}
