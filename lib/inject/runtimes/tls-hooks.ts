/**
 * Our replacements of what node:tls exports. They are put in place before a program can use it, and stay until the injection
 * is taken back, since putting them back is no business of a connection; in between they can be told to stand aside. What
 * stands behind them is loaded when one of them is called for the first time.
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
  /** A connection is about to be made. See `JudgeFor`. */
  judgeFor: JudgeFor;
  /** A client's context is asked for that names no `ca`, or one that may hold all of Node's roots. */
  createContext(original: CreateContext, options: ContextOptions | undefined): SecureContext;
  listCertificates(original: ListCertificates, type: CertificateListType | undefined): string[];
  /** The program has set the defaults itself. */
  overruled(): void;
  /** The same while the list is ours: it may have added to it. */
  listChanged(): void;
}

export class TlsHooks {
  readonly #handler: () => HookHandler;
  #connections: Patch | undefined;
  #contexts: Patch | undefined;
  #servers: Patch | undefined;
  #lists: Patch[] = [];
  /** What is made right now is a server's. */
  #isServers = false;
  /** Whether connections are asked about, contexts, and the lists. */
  asksFor = { connections: true, contexts: true, lists: true };

  constructor(handler: () => HookHandler) {
    this.#handler = handler;
  }

  /** False when contexts are not hooked, or somebody else has hooked them since. */
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
      if (options?.ca && !mayBeRootList(options.ca)) return original(options);
      return this.#handler().createContext(original, options);
    });
    this.#servers ??= this.#hookServerNames();
    if (this.#lists.length === 0) this.#hookLists();
  }

  /**
   * A server's contexts for further names say nothing of being a server's, and its default trust decides which clients it
   * lets in.
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
        // Node's own first: a call that throws changes nothing.
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
