/**
 * Changes the defaults in Bun. `node:tls` and what uses it follow `tls.setDefaultCACertificates`. Bun never calls an exported
 * `createSecureContext`, so the list is set at once and not at the first use. Bun's native clients have their own roots, read
 * at the start of the process; those that can be replaced get the list with each call. Bun keeps their connections by list,
 * so none verified with another list is used; connections made with a check are not kept.
 */
import { runEach } from '../../base/steps.js';
import { exactly } from '../../certificate/exact-list.js';
import { bunPackages, patchBunWs } from '../../runtime/clients/bun-packages.js';
import { webSocketOptions, withOption } from '../../runtime/native-options.js';
import { PatchedGlobal } from '../../runtime/patched-global.js';
import { canSetDefaults } from '../../runtime/tls-defaults.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { listFor } from '../../trust/trust-sets.js';
import { DefaultJudges } from '../connections/default-judges.js';
import { UsedAgents } from '../connections/used-agents.js';
import { RootListOptions } from './root-list-options.js';
import { DefaultList } from './strategy-set.js';
import type { Defaults, InjectionView } from './strategy.js';

interface TlsOptions {
  tls?: unknown;
}
type Change = (args: unknown[]) => unknown[];

export class BunDefaults implements Defaults {
  readonly strategy = 'bun';
  readonly #injection: InjectionView;
  readonly #list: DefaultList;
  readonly #agents = new UsedAgents();
  readonly #rootLists: RootListOptions;
  readonly #judges: DefaultJudges;
  readonly #patches: PatchedGlobal[];
  #unpatchWs: (() => void) | undefined;
  #known: { set: TrustSet; list: readonly string[] } | undefined;

  constructor(injection: InjectionView) {
    this.#injection = injection;
    const listOf = (set: TrustSet): readonly string[] => this.#listOf(set);
    this.#list = new DefaultList(injection, listOf);
    this.#rootLists = new RootListOptions(injection, listOf, () => this.#list.isReplaced());
    this.#judges = new DefaultJudges(injection, this.#rootLists);
    const { Bun } = globalThis as unknown as { Bun: object };
    const fetch: Change = ([input, init, ...rest]) => [input, this.#withList(init), ...rest];
    const webSocket: Change = ([url, options, ...rest]) => [
      url,
      this.#withList(webSocketOptions(options)),
      ...rest,
    ];
    const connect: Change = ([options, ...rest]) => [
      usesTls(options) ? this.#withList(options) : options,
      ...rest,
    ];
    this.#patches = [
      new PatchedGlobal(globalThis, 'fetch', fetch),
      new PatchedGlobal(globalThis, 'WebSocket', webSocket),
      new PatchedGlobal(Bun, 'connect', connect),
      ...bunPackages(fetch, webSocket, (agent) => this.#withAgent(agent)),
      ...this.#judges.makePatches(),
    ];
  }

  install(): void {
    this.#agents.start();
    // Installed before asking for the set, since the store is being read meanwhile.
    for (const patch of this.#patches) patch.install();
    this.#unpatchWs = patchBunWs(([tls]) => [this.#withCa(tls)]);
    const set = this.#injection.current();
    if (set) this.#write(set);
  }

  update(set: TrustSet, removed: boolean): void {
    this.#write(set);
    if (!removed) return;
    this.#judges.removed();
    this.#agents.forget();
  }

  restore(): void {
    runEach([
      () => this.#unpatchWs?.(),
      ...this.#patches.map((patch) => () => {
        patch.restore();
      }),
      () => {
        this.#list.restore();
      },
      () => {
        this.#judges.stop();
        this.#agents.stop();
        this.#agents.forget();
      },
    ]);
  }

  #write(set: TrustSet): void {
    try {
      if (!canSetDefaults()) this.#injection.settled();
      else if (!this.#list.write(set)) this.#injection.overruled();
      this.#judges.prepare();
    } catch (error) {
      this.#injection.failed(error);
    }
  }

  #withList(options: unknown): unknown {
    const { tls } = (options ?? {}) as TlsOptions;
    const changed = this.#withCa(tls);
    return changed === tls ? options : withOption(options, 'tls', changed);
  }

  /** TLS options with our list, unless the caller names its own, and with the judge for it. */
  #withCa(tls: unknown): unknown {
    return this.#judges.guardNative(tls, this.#withTrust(tls));
  }

  #withTrust(tls: unknown): unknown {
    if ((tls as { ca?: unknown } | null | undefined)?.ca !== undefined) {
      return this.#rootLists.change(tls, 'ca');
    }
    const set = this.#injection.current();
    return set ? withOption(tls, 'ca', exactly([...this.#listOf(set)])) : tls;
  }

  #listOf(set: TrustSet): readonly string[] {
    if (this.#known?.set !== set) this.#known = { set, list: listFor(set, 'certificates', 0) };
    return this.#known.list;
  }

  /** Bun reads only the options of an agent. */
  #withAgent(agent: object): object {
    const { options } = agent as { options?: unknown };
    const changed = this.#rootLists.change(options, 'ca');
    return changed === options ? agent : withOption(agent, 'options', changed);
  }
}

/** For `Bun.connect`, an empty object of TLS options means a connection without TLS. */
function usesTls(options: unknown): boolean {
  const { tls } = options as TlsOptions;
  return tls === true || (typeof tls === 'object' && tls !== null && Object.keys(tls).length > 0);
}
