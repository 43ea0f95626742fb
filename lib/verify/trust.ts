/**
 * Knows what connections trust, and makes contexts with further intermediates.
 */
import { createHash } from 'node:crypto';
import * as tls from 'node:tls';
import type { ConnectionOptions, SecureContext } from 'node:tls';

import { BoundedMap } from '../base/bounded-map.js';
import { tryReadCertificate } from '../certificate/certificate.js';
import type { Certificate } from '../certificate/certificate.js';
import { exactly } from '../certificate/exact-list.js';
import { CertificateList } from '../chain/path.js';
import type { PeerJudge } from '../chain/peers/peer-judge.js';
import { SHARED_OPTIONS, hasOwnOptions } from '../runtime/context-options.js';
import { mayBeRootList } from '../trust/root-lists/root-list-size.js';
import type { RootList } from '../trust/root-lists/root-lists.js';
import type { TrustSource, TrustedCertificates } from './trusted-certificates.js';

/** Options as `tls.connect` takes them, including those that `@types/node` lacks. */
export type ConnectOptions = ConnectionOptions & {
  allowPartialTrustChain?: boolean | undefined;
  [name: string]: unknown;
};

/** A context with its own list takes about a megabyte. */
const MAX_CONTEXTS = 16;
const CONTEXT_MS = 60 * 60_000;

export class Trust {
  readonly #source: TrustSource;
  readonly #contexts = new BoundedMap<SecureContext>(MAX_CONTEXTS);
  #seen: TrustedCertificates | undefined;
  readonly #lists = new BoundedMap<CertificateList>(MAX_CONTEXTS);
  #generation = 0;

  constructor(source: TrustSource) {
    this.#source = source;
  }

  /** A number that changes when the trusted set changes; earlier verdicts then mean nothing. */
  refresh(): number {
    const now = this.#source.current();
    if (now !== this.#seen) {
      this.#seen = now;
      this.#generation++;
      this.#lists.clear();
      this.#contexts.clear();
    }
    return this.#generation;
  }

  /** The list for chains of connections with these options. */
  list(options: ConnectOptions): CertificateList {
    if (this.isExplicit(options)) return new CertificateList(this.#read(explicitCAs(options)));
    this.refresh();
    const besides = this.besides(options);
    const key = String(besides?.id);
    const known = this.#lists.get(key);
    if (known) return known;
    const { certificates } = this.#current;
    const list = new CertificateList(this.#read([...certificates, ...(besides?.own ?? [])]));
    this.#lists.set(key, list);
    return list;
  }

  /** True when the connection trusts only what it names. */
  isExplicit(options: ConnectOptions): boolean {
    return options.ca !== undefined && this.besides(options) === undefined;
  }

  /** The judge of the peer in addition to OpenSSL; undefined when OpenSSL's verdict is enough. */
  judge(options: ConnectOptions): PeerJudge | undefined {
    if (this.isExplicit(options)) return undefined;
    const { allowPartialTrustChain } = options;
    return this.#current.judges?.for({ besides: this.besides(options), allowPartialTrustChain });
  }

  /** What it names in addition to the defaults. */
  besides({ ca }: ConnectOptions): RootList | undefined {
    return this.#source.besides(ca);
  }

  /**
   * The context of a connection; undefined when `tls.connect` itself makes the right one.
   *
   * @param intermediates - further ones that are known; they end no chain
   */
  context(
    options: ConnectOptions,
    intermediates: readonly Certificate[],
  ): SecureContext | undefined {
    // An injection would treat a list of every root as its own defaults, which are not this client's.
    const isRight =
      this.#source.isDefault || (options.ca !== undefined && !mayBeRootList(options.ca));
    if (isRight && intermediates.length === 0) return undefined;
    const generation = this.refresh();
    if (this.isExplicit(options) || hasOwnOptions(options)) {
      return this.#make(options, intermediates);
    }
    const key = JSON.stringify([
      generation,
      this.besides(options)?.id,
      intermediates.map(({ fingerprint256 }) => fingerprint256),
      SHARED_OPTIONS.map((name) => options[name]),
      [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_MAX_VERSION, tls.DEFAULT_CIPHERS],
      tls.DEFAULT_ECDH_CURVE,
    ]);
    const known = this.#contexts.get(key);
    if (known) return known;
    const context = this.#make(options, intermediates);
    this.#contexts.set(key, context, Date.now() + CONTEXT_MS);
    return context;
  }

  get #current(): TrustedCertificates {
    return (this.#seen ??= this.#source.current());
  }

  #make(options: ConnectOptions, intermediates: readonly Certificate[]): SecureContext {
    const { certificates, anchors } = this.#current;
    const trusted = options.allowPartialTrustChain ? anchors : certificates;
    const base = this.isExplicit(options)
      ? explicitCAs(options)
      : [...trusted, ...(this.besides(options)?.own ?? [])];
    // Node 26 closes a single-use context with its first socket.
    return tls.createSecureContext({
      ...options,
      // Its meaning for this client is settled, so an injection must not treat it as the defaults.
      ca: exactly([...base, ...intermediates.map(({ pem }) => pem)]),
      singleUse: undefined,
    } as tls.SecureContextOptions);
  }

  #read(pems: readonly string[]): Certificate[] {
    return this.#source
      .parse(Buffer.from(pems.join('\n')))
      .flatMap((der) => tryReadCertificate(der) ?? []);
  }
}

function explicitCAs({ ca }: ConnectOptions): string[] {
  // Nested as deep as lists of every root are followed. Node refuses other values.
  return [ca ?? []]
    .flat(4)
    .flatMap((one) => (typeof one === 'string' ? one : ArrayBuffer.isView(one) ? latin1(one) : []));
}

/** Node accepts any view of bytes. */
function latin1({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/** Distinguishes connections whose own options change what is trusted. */
export function scopeOf(options: ConnectOptions): string {
  // An empty list names no CA, which differs from no list.
  const own = options.ca === undefined ? undefined : explicitCAs(options).join('\n');
  const digest = own === undefined ? '' : createHash('sha256').update(own).digest('hex');
  return `${digest}${options.allowPartialTrustChain ? ' partial' : ''}`;
}

/** The name that `tls.connect` checks. */
export function hostOf({ servername, host }: ConnectOptions): string {
  // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- an empty servername means none
  return servername || host || 'localhost';
}
