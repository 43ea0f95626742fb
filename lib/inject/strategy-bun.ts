/**
 * Bun: `node:tls` and what stands on it follow `tls.setDefaultCACertificates`, but nothing of Bun calls an exported
 * `createSecureContext`, so the list is set at once instead of at the first use. Bun's native `fetch` and `WebSocket`
 * have roots of their own and are given the list with each call; `Bun.connect` cannot be reached.
 */
import { canSetDefaults } from '../tls-defaults.js';
import { PatchedGlobal } from './patched-global.js';
import type { TrustSet } from './source.js';
import { DefaultList } from './strategy-set.js';
import type { Defaults, TrustSupply } from './supply.js';

interface TlsInit {
  tls?: { ca?: unknown; rejectUnauthorized?: boolean };
}
type Fetch = (input: unknown, init?: TlsInit) => Promise<unknown>;
type WebSocketClass = new (url: unknown, options?: unknown) => object;

export class BunDefaults implements Defaults {
  readonly strategy = 'bun';
  readonly #supply: TrustSupply;
  readonly #list = new DefaultList();
  readonly #globals = globalThis as unknown as { fetch: Fetch; WebSocket: WebSocketClass };
  readonly #fetch = new PatchedGlobal(this.#globals, 'fetch');
  readonly #webSocket = new PatchedGlobal(this.#globals, 'WebSocket');

  constructor(supply: TrustSupply) {
    this.#supply = supply;
  }

  install(): void {
    const set = this.#supply.current();
    if (set) this.#write(set);
    this.#fetch.install<Fetch>((original) => this.#wrapFetch(original));
    this.#webSocket.install<WebSocketClass>((original) => this.#wrapWebSocket(original));
  }

  update(set: TrustSet): void {
    this.#write(set);
  }

  restore(): void {
    this.#fetch.restore();
    this.#webSocket.restore();
    this.#list.restore();
  }

  #write(set: TrustSet): void {
    if (canSetDefaults() && !this.#list.write(set)) this.#supply.overruled();
  }

  /** `init` with our list, unless the caller says something about it. */
  #withList<Init extends TlsInit>(init: Init | undefined): Init | undefined {
    const set = this.#supply.current();
    if (!set || init?.tls?.ca !== undefined) return init;
    return { ...init, tls: { ...init?.tls, ca: [...set.certificates] } } as unknown as Init;
  }

  #wrapFetch(original: Fetch): Fetch {
    const fetch = (input: unknown, init?: TlsInit): Promise<unknown> =>
      original(input, this.#withList(init));
    // `fetch.preconnect` and whatever comes later.
    return Object.assign(fetch, original);
  }

  #wrapWebSocket(original: WebSocketClass): WebSocketClass {
    return new Proxy(original, {
      construct: (target, [url, options]: unknown[], newTarget) => {
        const protocols =
          typeof options === 'string' || Array.isArray(options) ? { protocols: options } : options;
        const given = protocols as TlsInit | undefined;
        return Reflect.construct(target, [url, this.#withList(given)], newTarget) as object;
      },
    });
  }
}
