/**
 * Replaces exports of node:tls. The replacements are installed before a program can use them and stay until the injection is
 * undone, because that is not a connection's task; meanwhile they can be told to stand aside. The code behind them is loaded
 * when one of them is first called.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { patchExport } from '../../runtime/patch-export.js';
import type { Patch } from '../../runtime/patch-export.js';
import { patchTls, tlsExports } from '../../runtime/tls-defaults.js';
import type {
  CertificateListType,
  ContextOptions,
  SecureContext,
} from '../../runtime/tls-defaults.js';
import { mayBeRootList } from '../../trust/root-lists/root-list-size.js';
import { patchConnect } from '../connections/judged-connections.js';
import type { JudgeFor } from '../connections/judged-connections.js';

type CreateContext = (options?: ContextOptions) => SecureContext;
type ListCertificates = (type?: CertificateListType) => string[];

export interface HookHandler {
  /** Called when a connection is about to be made. See `JudgeFor`. */
  judgeFor: JudgeFor;
  /** Makes a client's context that names no `ca`, or one that may hold all of Node's roots. */
  createContext(original: CreateContext, options: ContextOptions | undefined): SecureContext;
  listCertificates(original: ListCertificates, type: CertificateListType | undefined): string[];
  /** Called when the program has set the defaults itself. */
  overruled(): void;
  /** Called for that while the list is ours, since the program may only have added to it. */
  listChanged(): void;
}

export class TlsHooks {
  readonly #handler: () => HookHandler;
  #connections: Patch | undefined;
  #contexts: Patch | undefined;
  #servers: Patch | undefined;
  #lists: Patch[] = [];
  /** True while a server's context is being made. */
  #isServers = false;
  /** Called with the `ca` of each context that names one. */
  seesList: ((ca: unknown) => void) | undefined;
  /** Which calls the handler is asked about: connections, contexts, and the lists. */
  asksFor = { connections: true, contexts: true, lists: true };

  constructor(handler: () => HookHandler) {
    this.#handler = handler;
  }

  /** False when contexts are not hooked, or other code has hooked them since. */
  get isOutermost(): boolean {
    return this.#contexts?.isOutermost() === true;
  }

  install(): void {
    this.asksFor = { connections: true, contexts: true, lists: true };
    this.#connections ??= patchConnect(
      (options) => this.#handler().judgeFor(options),
      () => !this.asksFor.connections,
    );
    this.#contexts ??= patchTls('createSecureContext', (original) => (options) => {
      if (!this.asksFor.contexts || this.#isServers) return original(options);
      if (options?.ca) this.seesList?.(options.ca);
      if (options?.ca && !mayBeRootList(options.ca)) return original(options);
      return this.#handler().createContext(original, options);
    });
    this.#servers ??= this.#hookServerNames();
    if (this.#lists.length === 0) this.#hookLists();
  }

  /**
   * Notes a server's contexts for further names, which do not say that they are a server's. Its default trust decides which
   * clients it lets in.
   */
  #hookServerNames(): Patch {
    const { prototype } = loadBuiltin('node:tls').Server as { prototype: { addContext: unknown } };
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const hooks = this;
    return patchExport(
      prototype,
      'addContext',
      (original) =>
        function (this: unknown, ...args: unknown[]): unknown {
          const before = hooks.#isServers;
          hooks.#isServers = true;
          try {
            return original.apply(this, args);
          } finally {
            hooks.#isServers = before;
          }
        },
    );
  }

  #hookLists(): void {
    const { getCACertificates, setDefaultCACertificates } = tlsExports();
    if (getCACertificates) {
      const patch = patchTls('getCACertificates', (original) => (type) => {
        const isDefault = type === undefined || type === 'default';
        if (!this.asksFor.lists || !isDefault) return original(type);
        return this.#handler().listCertificates(original, type);
      });
      this.#lists.push(patch);
    }
    if (setDefaultCACertificates) {
      const patch = patchTls('setDefaultCACertificates', (original) => (certificates) => {
        // Node's own function comes first: a call that throws changes nothing.
        original(certificates);
        if (this.asksFor.lists) this.#handler().overruled();
        else if (this.asksFor.contexts) this.#handler().listChanged();
      });
      this.#lists.push(patch);
    }
  }

  restore(): void {
    this.#connections?.undo();
    this.#connections = undefined;
    this.#contexts?.undo();
    this.#contexts = undefined;
    this.#servers?.undo();
    this.#servers = undefined;
    for (const patch of this.#lists) patch.undo();
    this.#lists = [];
  }
}
