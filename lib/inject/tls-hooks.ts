/**
 * Our replacements of what node:tls exports. They are put in place as soon as it is loaded; what stands behind them is
 * loaded when one of them is called for the first time.
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

  constructor(handler: () => HookHandler) {
    this.#handler = handler;
  }

  /** False when contexts are not hooked, or somebody else has hooked them since. */
  get isOutermost(): boolean {
    return this.#contexts?.isOutermost() === true;
  }

  hookContexts(): void {
    this.#contexts ??= patchTls('createSecureContext', (original) => (options) => {
      if (options?.ca) return original(options);
      return this.#handler().createContext(original, options);
    });
  }

  hookLists(): void {
    const { getCACertificates, setDefaultCACertificates } = tlsExports();
    if (getCACertificates) {
      const patch = patchTls('getCACertificates', (original) => (type) => {
        if (type !== undefined && type !== 'default') return original(type);
        return this.#handler().listCertificates(original, type);
      });
      this.#lists.push(patch);
    }
    if (setDefaultCACertificates) {
      const patch = patchTls('setDefaultCACertificates', (original) => (certificates) => {
        // Node's own first: a call that throws changes nothing.
        original(certificates);
        this.#handler().overruled();
      });
      this.#lists.push(patch);
    }
  }

  unhookContexts(): void {
    this.#contexts?.undo();
    this.#contexts = undefined;
  }

  unhookLists(): void {
    for (const patch of this.#lists) patch.undo();
    this.#lists = [];
  }
}
