/**
 * Adds verification beyond OpenSSL's to the default clients of the process, while an injection asks for it.
 */
import { part } from '../../base/part.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { GlobalClients } from '../../verify/clients/global-clients.js';
import { isActive } from '../../verify/defaults.js';
import { InjectedTrust } from '../../verify/trust-source.js';
import type { ResolvedInjectOptions } from '../options/resolved-options.js';

const loadVerify = part(
  () => require('../../verify/verify.js') as typeof import('../../verify/verify.js'),
  { forInjection: false },
);

export class VerifiedClients {
  readonly #trust: InjectedTrust;
  readonly #options: () => ResolvedInjectOptions;
  #installed: GlobalClients | undefined;
  #inUse = '';

  constructor(set: () => TrustSet | undefined, options: () => ResolvedInjectOptions) {
    this.#trust = new InjectedTrust(
      set,
      () => options().trust,
      () => options().rootLists,
    );
    this.#options = options;
  }

  /** Also called after the options have changed. */
  apply(): void {
    const { verify } = this.#options();
    const wanted = isActive(verify) ? JSON.stringify(verify) : '';
    if (wanted === this.#inUse) return;
    this.restore();
    if (wanted !== '') {
      this.#installed = loadVerify().installGlobally(verify, this.#trust);
    }
    this.#inUse = wanted;
  }

  /** Called when the trusted set has changed. */
  forget(): void {
    this.#trust.forget();
  }

  restore(): void {
    this.#installed?.restore();
    this.#installed = undefined;
    this.#inUse = '';
  }
}
