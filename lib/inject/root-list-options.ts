/**
 * Values of `ca` that hold every root of the runtime (see root-lists.ts), in Bun and Deno. Nothing there calls an exported
 * `createSecureContext`, but `https`, `http2` and packages call the `connect` that `node:tls` exports.
 */
import { loadBuiltin } from '../builtins.js';
import { exactly } from '../exact-list.js';
import { readRootList } from '../root-lists.js';
import { besidesOf } from './besides.js';
import { withOption } from './native-options.js';
import { PatchedGlobal } from './patched-global.js';
import type { TrustSet } from './source.js';
import type { TrustSupply } from './supply.js';

export class RootListOptions {
  readonly #supply: TrustSupply;
  readonly #listOf: (set: TrustSet) => readonly string[];
  readonly #isReplaced: () => boolean;

  /**
   * @param listOf - what `node:tls` is given of a set for connections that name nothing
   * @param isReplaced - whether the program has set other defaults, for which no list stands
   */
  constructor(
    supply: TrustSupply,
    listOf: (set: TrustSet) => readonly string[],
    isReplaced: () => boolean,
  ) {
    this.#supply = supply;
    this.#listOf = listOf;
    this.#isReplaced = isReplaced;
  }

  /** For `node:tls` and what goes through it. Neither runtime changes what was imported by name before. */
  makePatches(): PatchedGlobal[] {
    const tls = loadBuiltin('node:tls');
    const change = (args: unknown[]): unknown[] => args.map((arg) => this.change(arg, 'ca'));
    return ['connect', 'createSecureContext'].map((name) => new PatchedGlobal(tls, name, change));
  }

  /** Options in which the list called `name` is what it stands for; the very same when it means what it says. */
  change(options: unknown, name: 'ca' | 'caCerts'): unknown {
    if (typeof options !== 'object' || options === null) return options;
    const list = this.#expand((options as Record<string, unknown>)[name]);
    return list ? withOption(options, name, list) : options;
  }

  #expand(ca: unknown): string[] | undefined {
    const list = this.#supply.takesRootLists ? readRootList(ca) : undefined;
    const set = list && !this.#isReplaced() ? this.#supply.current() : undefined;
    return list && set && exactly([...this.#listOf(set), ...besidesOf(list, set).own]);
  }
}
