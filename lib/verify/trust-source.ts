/**
 * Supplies trust sets in the form that verification needs.
 */
import { loadBinding, wholePolicy } from '../addon/load-binding.js';
import { wallClock } from '../base/machine-time.js';
import { holdsAt } from '../base/validity.js';
import { certificateOf } from '../certificate/certificate.js';
import { PeerJudges } from '../chain/peers/peer-judge.js';
import { canSetDefaults, tlsExports } from '../runtime/tls-defaults.js';
import type { ResolvedTrustOptions } from '../trust/options/resolved-options.js';
import { besidesOf } from '../trust/root-lists/besides.js';
import { readRootList } from '../trust/root-lists/root-lists.js';
import type { RootList } from '../trust/root-lists/root-lists.js';
import { denoAnchors } from '../trust/runtime-limits/deno-anchors.js';
import { emptySetError, issuersOf } from '../trust/trust-set.js';
import type { TrustSet } from '../trust/trust-set.js';
import { sameTrustSet } from '../trust/trust-sets.js';
import { readSetOf, withoutRefused } from '../trust/trusted-cas.js';
import { readDers } from '../trust/user-cas/certificate-bytes.js';
import { readUserCAs } from '../trust/user-cas/user-cas.js';
import type { TrustSource, TrustedCertificates } from './trusted-certificates.js';

/** How long an agent goes on without checking whether the store has changed. */
const FRESH_MS = 60_000;

/** For agents and connectors, which trust a set of their own. */
export function sourceOfOptions(trust: ResolvedTrustOptions): TrustSource {
  let set: TrustSet | undefined;
  let seen: TrustedCertificates | undefined;
  let readAt = 0;
  return {
    isDefault: false,
    parse: readDers,
    besides: () => undefined,
    current: () => {
      const now = wallClock();
      const isFresh = Math.abs(now - readAt) < FRESH_MS;
      if (seen && set && isFresh && holdsAt(set.validity, now)) return seen;
      const read = withoutRefused(readSetOf(trust));
      const [error] = read.userErrors;
      if (error) throw error;
      const certificates = issuesAll() ? denoAnchors(read) : read.certificates;
      if (certificates.length === 0) throw emptySetError(read.errors);
      readAt = now;
      if (!seen || !set || !sameTrustSet(set, read)) {
        seen = toTrusted(read, trust, () => certificates);
      }
      set = read;
      return seen;
    },
  };
}

/** Deno treats every certificate of a list as a CA; see trust/runtime-limits/deno-anchors.ts. */
const issuesAll = (): boolean => process.versions['deno'] !== undefined;

/** For the default clients, which trust what is injected. */
export class InjectedTrust implements TrustSource {
  readonly isDefault = true;
  readonly parse = readDers;
  readonly #set: () => TrustSet | undefined;
  readonly #trust: () => ResolvedTrustOptions;
  readonly #takesRootLists: () => boolean;
  #seen: TrustedCertificates | undefined;

  /**
   * @param set - returns the injected set; undefined while there is none, and then nothing is added to the defaults
   * @param takesRootLists - returns true when a `ca` that holds all of Node's roots is treated as the defaults
   */
  constructor(
    set: () => TrustSet | undefined,
    trust: () => ResolvedTrustOptions,
    takesRootLists: () => boolean,
  ) {
    this.#set = set;
    this.#trust = trust;
    this.#takesRootLists = takesRootLists;
  }

  current(): TrustedCertificates {
    // Asked each time, because certificates expire without notice; `forget` follows if that changes what is trusted.
    const set = this.#set();
    if (this.#seen) return this.#seen;
    // The defaults in force, where they can be set, because a program may have chosen others since.
    const inForce = (): readonly string[] =>
      canSetDefaults() || !set
        ? (tlsExports().getCACertificates?.('default') ?? [])
        : set.certificates;
    const trusted = toTrusted(set, this.#trust(), inForce);
    if (set) this.#seen = trusted;
    return trusted;
  }

  besides(ca: unknown): RootList | undefined {
    const set = this.#set();
    const list = set && this.#takesRootLists() ? readRootList(ca) : undefined;
    return list && set && besidesOf(list, set);
  }

  /** Called when the trusted set has changed. */
  forget(): void {
    this.#seen = undefined;
  }
}

/** Each part is made on demand, because most connections need none. */
function toTrusted(
  set: TrustSet | undefined,
  trust: ResolvedTrustOptions,
  certificates: () => readonly string[],
): TrustedCertificates {
  let own: OwnCertificates | undefined;
  return {
    judges: set && new PeerJudges(set, certificates),
    get certificates() {
      return certificates();
    },
    get anchors() {
      if (!set) return [];
      return [...(issuesAll() ? issuersOf(set) : set.anchors), ...set.partialChainAnchors];
    },
    get userCAs() {
      return (own ??= readOwn(trust)).userCAs;
    },
    get helpers() {
      return (own ??= readOwn(trust)).helpers;
    },
    get excluded() {
      return new Set(set?.excluded.map(({ sha256 }) => sha256));
    },
  };
}

type OwnCertificates = Pick<TrustedCertificates, 'userCAs' | 'helpers'>;

/** On macOS any anchor ends a chain, so only self-signed certificates are passed as anchors. */
function readOwn({ userCAs }: ResolvedTrustOptions): OwnCertificates {
  const { user, extra } = readUserCAs(userCAs, process.env, loadBinding(), wholePolicy());
  const all = [...user, ...extra];
  const toDer = (signedItself: boolean): Buffer[] =>
    all
      .filter(({ looksSelfSigned }) => looksSelfSigned === signedItself)
      .map((one) => certificateOf(one).der);
  return { userCAs: toDer(true), helpers: toDer(false) };
}
