/**
 * Node: waits for node:tls to be loaded, so that a program that never uses TLS pays nothing.
 */
import { isSandboxed, loadAllBuiltins } from '../builtins.js';
import { whenBuiltinLoads } from './builtin-loading.js';
import { loadAllParts, loadPart } from './parts.js';
import type { TrustSet } from './source.js';
import type { Defaults, TrustSupply } from './supply.js';
import { TlsHooks } from './tls-hooks.js';

type NodeTls = import('./node-tls.js').NodeTls;

export class NodeDefaults implements Defaults {
  readonly #supply: TrustSupply;
  readonly #hooks = new TlsHooks(() => this.#get());
  #tls: NodeTls | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(supply: TrustSupply) {
    this.#supply = supply;
  }

  get strategy(): 'set' | 'patch' {
    return this.#get().strategy;
  }

  install(): void {
    if (isSandboxed()) {
      loadAllBuiltins();
      loadAllParts();
    }
    this.#stopWaiting = whenBuiltinLoads('tls', () => {
      this.#hooks.hookContexts();
      this.#hooks.hookLists();
    });
  }

  update(set: TrustSet, removed: boolean): void {
    this.#tls?.update(set, removed);
  }

  restore(): void {
    this.#stopWaiting?.();
    this.#hooks.unhookContexts();
    this.#hooks.unhookLists();
    this.#tls?.restore();
  }

  #get(): NodeTls {
    return (this.#tls ??= new (loadPart('node-tls').NodeTls)(this.#supply, this.#hooks));
  }
}
