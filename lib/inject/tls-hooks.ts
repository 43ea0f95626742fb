/**
 * Our replacements of what node:tls exports. They are put in place before a program can use it, and stay until the injection
 * is taken back, since putting them back is no business of a connection; in between they can be told to stand aside. What
 * stands behind them is loaded when one of them is called for the first time.
 */
import { patchTls, tlsExports } from '../tls-defaults.js';
import type { CertificateListType, ContextOptions, Patch, SecureContext } from '../tls-defaults.js';

type CreateContext = (options?: ContextOptions) => SecureContext;
type ListCertificates = (type?: CertificateListType) => string[];

export interface HookHandler {
  /** A context that names no `ca` is asked for. */
  createContext(original: CreateContext, options: ContextOptions | undefined): SecureContext;
  listCertificates(original: ListCertificates, type: CertificateListType | undefined): string[];
  /** The program has set the defaults itself. */
  overruled(): void;
}

export class TlsHooks {
  readonly #handler: () => HookHandler;
  #contexts: Patch | undefined;
  #lists: Patch[] = [];
  /** Whether contexts are asked about, and the lists. */
  asksFor = { contexts: true, lists: true };

  constructor(handler: () => HookHandler) {
    this.#handler = handler;
  }

  /** False when contexts are not hooked, or somebody else has hooked them since. */
  get isOutermost(): boolean {
    return this.#contexts?.isOutermost() === true;
  }

  install(): void {
    this.asksFor = { contexts: true, lists: true };
    this.#contexts ??= patchTls('createSecureContext', (original) => (options) => {
      if (!this.asksFor.contexts || options?.ca) return original(options);
      return this.#handler().createContext(original, options);
    });
    if (this.#lists.length === 0) this.#hookLists();
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
      });
      this.#lists.push(patch);
    }
  }

  restore(): void {
    this.#contexts?.undo();
    this.#contexts = undefined;
    for (const patch of this.#lists) patch.undo();
    this.#lists = [];
  }
}
