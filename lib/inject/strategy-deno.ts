/**
 * Deno: `node:tls` and what stands on it follow `tls.setDefaultCACertificates`, set at once since Deno calls no exported
 * `createSecureContext`. Native `fetch` and `Deno.connectTls` are given the list with each call. Every certificate of a
 * list ends a chain in Deno, so only anchors that are CAs are given. Deno adds them to its own roots: distrust of one of those
 * reaches `node:tls` only.
 */
import { readFileSync } from 'node:fs';

import { canSetDefaults } from '../tls-defaults.js';
import { denoAnchors } from './deno-anchors.js';
import { PatchedGlobal } from './patched-global.js';
import type { TrustSet } from './source.js';
import { DefaultList } from './strategy-set.js';
import type { Defaults, TrustSupply } from './supply.js';

interface HttpClient {
  close(): void;
}
interface FetchInit {
  client?: HttpClient;
}
interface DenoNamespace {
  createHttpClient(options: { caCerts: string[] }): HttpClient;
  connectTls(options: { caCerts?: string[] }): unknown;
}
type Fetch = (input: unknown, init?: FetchInit) => Promise<unknown>;
type ConnectTls = DenoNamespace['connectTls'];

export class DenoDefaults implements Defaults {
  readonly strategy = 'deno';
  readonly #supply: TrustSupply;
  readonly #list = new DefaultList();
  readonly #deno = (globalThis as unknown as { Deno: DenoNamespace }).Deno;
  readonly #fetch = new PatchedGlobal(globalThis as unknown as { fetch: Fetch }, 'fetch');
  readonly #connectTls = new PatchedGlobal(this.#deno, 'connectTls');
  #client: HttpClient | undefined;
  #known: { set: TrustSet; anchors: readonly string[] } | undefined;

  constructor(supply: TrustSupply) {
    this.#supply = supply;
  }

  install(): void {
    const set = this.#supply.current();
    if (set) this.#write(set);
    this.#fetch.install<Fetch>(
      (original) => (input, init) => original(input, this.#withClient(init)),
    );
    this.#connectTls.install<ConnectTls>(
      (original) => (options) => original.call(this.#deno, this.#withCerts(options)),
    );
  }

  update(set: TrustSet): void {
    this.#write(set);
  }

  restore(): void {
    this.#fetch.restore();
    this.#connectTls.restore();
    this.#list.restore();
    this.#renewClient();
  }

  #write(set: TrustSet): void {
    this.#renewClient();
    const certificates = [...this.#anchorsOf(set), ...readDenoCert()];
    if (canSetDefaults() && !this.#list.write({ ...set, certificates })) this.#supply.overruled();
  }

  #withClient(init: FetchInit | undefined): FetchInit | undefined {
    const set = this.#supply.current();
    if (!set || init?.client) return init;
    this.#client ??= this.#deno.createHttpClient({ caCerts: [...this.#anchorsOf(set)] });
    return { ...init, client: this.#client };
  }

  #withCerts<Options extends { caCerts?: string[] }>(options: Options): Options {
    const set = this.#supply.current();
    return set && !options.caCerts ? { ...options, caCerts: [...this.#anchorsOf(set)] } : options;
  }

  #anchorsOf(set: TrustSet): readonly string[] {
    if (this.#known?.set !== set) this.#known = { set, anchors: denoAnchors(set) };
    return this.#known.anchors;
  }

  /** Requests under way keep the old one; it is freed with the last of them. */
  #renewClient(): void {
    this.#client = undefined;
  }
}

/** Deno's own extra file is part of its defaults but not of the list it tells, so setting that list would lose it. */
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
