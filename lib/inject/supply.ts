/**
 * What the strategies of a runtime see of an injection.
 */
import type { TrustSet } from './source.js';
import type { InjectionStrategy } from './types.js';

export interface TrustSupply {
  /** The set to use now. Waits for the store when it has not been read. Undefined: leave the defaults alone. */
  current(): TrustSet | undefined;
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
