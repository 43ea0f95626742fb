/**
 * On Node, waits until node:tls is about to be used, so that a program that never uses TLS pays nothing.
 */
import { loadAllBuiltins } from '../../base/builtins.js';
import { loadAllParts, part } from '../../base/part.js';
import { runEach } from '../../base/steps.js';
import { beforeBuiltinIsUsed } from '../../runtime/builtin-use.js';
import { isSandboxed } from '../../runtime/sandbox.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { Defaults, InjectionView } from './strategy.js';
import type { TlsHooks } from './tls-hooks.js';

const loadGrpcRoots = part(() => require('./grpc-roots.js') as typeof import('./grpc-roots.js'));
const loadNodeTls = part(() => require('./node-tls.js') as typeof import('./node-tls.js'));
const loadTlsHooks = part(() => require('./tls-hooks.js') as typeof import('./tls-hooks.js'));

type GrpcRoots = import('./grpc-roots.js').GrpcRoots;
type NodeTls = import('./node-tls.js').NodeTls;

export class NodeDefaults implements Defaults {
  readonly #injection: InjectionView;
  #hooks: TlsHooks | undefined;
  #tls: NodeTls | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(injection: InjectionView) {
    this.#injection = injection;
  }

  get strategy(): 'set' | 'patch' {
    return this.#get().strategy;
  }

  install(): void {
    if (isSandboxed()) {
      loadAllBuiltins();
      loadAllParts();
    }
    this.#stopWaiting = beforeBuiltinIsUsed('tls', () => {
      const hooks = this.#getHooks();
      hooks.install();
      hooks.seesList = this.#watchGrpc();
    });
  }

  #watchGrpc(): ((ca: unknown) => void) | undefined {
    const file = process.env['GRPC_DEFAULT_SSL_ROOTS_FILE_PATH'];
    if (!file) return undefined;
    let roots: GrpcRoots | undefined;
    return (ca) => {
      (roots ??= new (loadGrpcRoots().GrpcRoots)(file, this.#injection)).see(ca);
    };
  }

  update(set: TrustSet, removed: boolean): void {
    this.#tls?.update(set, removed);
  }

  restore(): void {
    runEach([
      () => this.#stopWaiting?.(),
      () => {
        this.#hooks?.restore();
      },
      () => this.#tls?.restore(),
    ]);
  }

  #get(): NodeTls {
    return (this.#tls ??= new (loadNodeTls().NodeTls)(this.#injection, this.#getHooks()));
  }

  #getHooks(): TlsHooks {
    return (this.#hooks ??= new (loadTlsHooks().TlsHooks)(() => this.#get()));
  }
}
