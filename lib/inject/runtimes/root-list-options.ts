/**
 * Handles values of `ca` that hold every root of the runtime (see trust/root-lists/root-lists.ts) in Bun and Deno. They never
 * call an exported `createSecureContext`, but `https`, `http2` and packages call the `connect` that `node:tls` exports.
 */
import { part } from '../../base/part.js';
import { exactly } from '../../certificate/exact-list.js';
import { withOption } from '../../runtime/native-options.js';
import { findRootList } from '../../trust/root-lists/find-root-list.js';
import type { RootList } from '../../trust/root-lists/root-lists.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { InjectionView } from './strategy.js';

const loadBesides = part(
  () =>
    require('../../trust/root-lists/besides.js') as typeof import('../../trust/root-lists/besides.js'),
);

export class RootListOptions {
  readonly #injection: InjectionView;
  readonly #listOf: (set: TrustSet) => readonly string[];
  readonly isReplaced: () => boolean;

  /**
   * @param listOf - the part of a set that `node:tls` gets for connections that name nothing
   * @param isReplaced - true when the program has set other defaults, for which no list may stand
   */
  constructor(
    injection: InjectionView,
    listOf: (set: TrustSet) => readonly string[],
    isReplaced: () => boolean,
  ) {
    this.#injection = injection;
    this.#listOf = listOf;
    this.isReplaced = isReplaced;
  }

  recognise(ca: unknown): RootList | undefined {
    return this.#injection.takesRootLists ? findRootList(ca) : undefined;
  }

  /** Options in which the list `name` is replaced by what it stands for; the same object if it has its usual meaning. */
  change(options: unknown, name: 'ca' | 'caCerts'): unknown {
    if (typeof options !== 'object' || options === null) return options;
    const list = this.#expand((options as Record<string, unknown>)[name]);
    return list ? withOption(options, name, list) : options;
  }

  #expand(ca: unknown): string[] | undefined {
    const list = this.recognise(ca);
    const set = list && !this.isReplaced() ? this.#injection.current() : undefined;
    if (!list || !set) return undefined;
    const { own } = loadBesides().besidesOf(list, set);
    return exactly([...this.#listOf(set), ...own]);
  }
}
