/**
 * Changes the defaults in Deno. `node:tls` and what uses it follow `tls.setDefaultCACertificates`, which is called at once,
 * since Deno never calls an exported `createSecureContext`. Native `fetch`, `WebSocket`, `Deno.connectTls` and
 * `Deno.startTls` get the list with each call. In Deno every certificate of a list ends a chain, so only anchors that are CAs
 * are given; what a program's own list names in addition is given as it is. Native clients add the list to Deno's own roots,
 * so distrust of one of those reaches only `node:tls`.
 */
import { readFileSync } from 'node:fs';

import { part } from '../../base/part.js';
import { runEach } from '../../base/steps.js';
import { exactly } from '../../certificate/exact-list.js';
import { hasClient } from '../../runtime/clients/deno-request.js';
import { webSocketOptions, withOption } from '../../runtime/native-options.js';
import { PatchedGlobal } from '../../runtime/patched-global.js';
import { canSetDefaults } from '../../runtime/tls-defaults.js';
import { denoAnchors } from '../../trust/runtime-limits/deno-anchors.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { refusalBy } from '../../trust/trust-sets.js';
import { DefaultJudges } from '../connections/default-judges.js';
import { UsedAgents } from '../connections/used-agents.js';
import { RootListOptions } from './root-list-options.js';
import { DefaultList, giveSet } from './strategy-set.js';
import type { Defaults, InjectionView } from './strategy.js';

const loadFetchDispatcher = part(
  () =>
    require('../connections/fetch-dispatcher.js') as typeof import('../connections/fetch-dispatcher.js'),
);

interface DenoNamespace {
  createHttpClient(options: { caCerts: string[] }): object;
}
/** The options of `fetch` and `WebSocket` that a program uses to choose its own client. */
type ClientOptions = { client?: unknown; dispatcher?: unknown } | null | undefined;

interface Lists {
  anchors: readonly string[];
  list: readonly string[];
}

export class DenoDefaults implements Defaults {
  readonly strategy = 'deno';
  readonly #injection: InjectionView;
  readonly #list: DefaultList;
  readonly #agents = new UsedAgents();
  readonly #rootLists: RootListOptions;
  readonly #judges: DefaultJudges;
  readonly #deno = (globalThis as unknown as { Deno: DenoNamespace }).Deno;
  readonly #patches = [
    new PatchedGlobal(globalThis, 'fetch', ([input, init, ...rest]) => [
      input,
      hasClient(input) ? init : this.#withClient(init),
      ...rest,
    ]),
    new PatchedGlobal(globalThis, 'WebSocket', ([url, options, ...rest]) => [
      url,
      this.#withClient(webSocketOptions(options)),
      ...rest,
    ]),
    new PatchedGlobal(this.#deno, 'connectTls', ([options, ...rest]) => [
      this.#withCerts(options),
      ...rest,
    ]),
    new PatchedGlobal(this.#deno, 'startTls', ([connection, options, ...rest]) => [
      connection,
      this.#withCerts(options),
      ...rest,
    ]),
    new PatchedGlobal(this.#deno, 'createHttpClient', ([options, ...rest]) => [
      this.#rootLists.change(options, 'caCerts'),
      ...rest,
    ]),
  ];
  #client: object | undefined;
  #known: (Lists & { set: TrustSet }) | undefined;

  constructor(injection: InjectionView) {
    this.#injection = injection;
    this.#list = new DefaultList(injection, (set) => this.#listsOf(set).list);
    this.#rootLists = new RootListOptions(
      injection,
      (set) => this.#listsOf(set).list,
      () => this.#list.isReplaced(),
    );
    this.#judges = new DefaultJudges(injection, this.#rootLists);
    this.#patches.push(...this.#judges.makePatches());
  }

  install(): void {
    this.#agents.start();
    // Installed before asking for the set, since the store is being read meanwhile.
    for (const patch of this.#patches) patch.install();
    const set = this.#injection.current();
    if (set) this.#write(set);
  }

  update(set: TrustSet, removed: boolean): void {
    this.#write(set);
    if (removed) this.#forget();
  }

  restore(): void {
    runEach([
      ...this.#patches.map((patch) => () => {
        patch.restore();
      }),
      () => {
        this.#list.restore();
      },
      () => {
        this.#client = undefined;
        this.#judges.stop();
        this.#agents.stop();
        this.#forget();
      },
    ]);
  }

  /** Makes clients forget what was verified; npm's undici and similar packages are built on `node:tls` here. */
  #forget(): void {
    this.#agents.forget();
    loadFetchDispatcher().forgetFetchConnections();
  }

  #write(set: TrustSet): void {
    try {
      // Native clients refuse more than node:tls does, and one such certificate makes them refuse the whole list.
      const taken = giveSet(
        set,
        this.#injection,
        (one) => this.#listsOf(one).anchors,
        (list) => {
          this.#makeClient(list);
        },
      );
      if (canSetDefaults() && !this.#list.write(taken)) this.#injection.overruled();
      this.#judges.prepare();
    } catch (error) {
      this.#client = undefined;
      this.#injection.failed(error);
    }
  }

  /** Requests under way keep the old client, which is freed with the last of them. */
  #makeClient(anchors: readonly string[]): void {
    this.#client = this.#deno.createHttpClient({ caCerts: exactly([...anchors]) });
  }

  #withClient(options: unknown): unknown {
    const given = options as ClientOptions;
    const set = this.#injection.current();
    if (!set || given?.client || given?.dispatcher) return options;
    if (!this.#client) this.#makeClient(this.#listsOf(set).anchors);
    return withOption(options, 'client', this.#client);
  }

  #withCerts(options: unknown): unknown {
    if ((options as { caCerts?: unknown } | undefined)?.caCerts) {
      return this.#rootLists.change(options, 'caCerts');
    }
    const set = this.#injection.current();
    if (!set) return options;
    return withOption(options, 'caCerts', [...this.#listsOf(set).anchors]);
  }

  /** The anchors for native clients, and for `node:tls` a list that includes Deno's own extra file. */
  #listsOf(set: TrustSet): Lists {
    if (this.#known?.set !== set) {
      const anchors = denoAnchors(set);
      const isRefused = refusalBy(set);
      const extra = readDenoCert().filter((pem) => !isRefused(pem));
      this.#known = { set, anchors, list: [...anchors, ...extra] };
    }
    return this.#known;
  }
}

/** Deno's own extra file is part of its defaults but not of the list it reports, so setting that list would lose it. */
function readDenoCert(): string[] {
  const path = process.env['DENO_CERT'];
  if (!path) return [];
  try {
    const blocks = readFileSync(path, 'latin1').match(
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
    );
    return (blocks ?? []).map((pem) => `${pem}\n`);
  } catch {
    return [];
  }
}
