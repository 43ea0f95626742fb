/**
 * The trust set: Node's roots, the operating system's store and the user's CAs as one list.
 */
import { CertificateSet } from './certificate-set.js';
import { distrustsAnything } from './distrust.js';
import { ErrorCodes, TruststoreError, invalidArgument, toStoreError } from './errors.js';
import { exactly } from './exact-list.js';
import { parseExclusions, sha256OfPem } from './fingerprint.js';
import { warn } from './log.js';
import { mergeCertificates } from './merge.js';
import type { MergedCertificates } from './merge.js';
import type {
  NativeBinding,
  NativeFacts,
  NativePolicy,
  NativeRead,
  NativeStore,
} from './native-binding.js';
import { loadBinding, wholePolicy } from './native-binding.js';
import { resolveSystemOptions } from './options.js';
import type { ResolvedSystemOptions } from './options.js';
import { pemToDer } from './pem-blocks.js';
import { IS_STRICTER, LeftOut, findRefused } from './refused.js';
import { systemStoreCache } from './system-store.js';
import { listCertificates, tlsExports } from './tls-defaults.js';
import type { StoreError, TrustOptions } from './types.js';
import { checkList, checkUserCAs } from './user-ca-options.js';
import type { ResolvedUserCAs } from './user-ca-options.js';
import { readUserCAs } from './user-cas.js';
import type { UserCAs } from './user-cas.js';
import { judgeDates, validityOf, wallClock } from './validity.js';
import type { Validity } from './validity.js';

export { pemToDer } from './pem-blocks.js';

/** A trust set with everything its consumers need. Texts are canonical PEM with a final newline. */
export interface TrustSet {
  /** What a TLS client should know, in order: anchors, then intermediates that lead to one of them. */
  certificates: string[];
  /** The anchors alone, for Deno and for contexts with `allowPartialTrustChain`. */
  anchors: string[];
  /** Those of them that are no CA: one self-signed peer each, which must not issue anything. */
  peers: string[];
  /** Those of the peers that the user has named, as against the store. */
  namedPeers: string[];
  /** Anchors OpenSSL uses only with `allowPartialTrustChain`: not self-signed, issuer unknown. */
  partialChainAnchors: string[];
  /** All of these with what is known of them, where something is distrusted and chains have to be judged; otherwise empty. */
  facts: readonly NativeFacts[];
  /** The part of `certificates` that Node's bundled list does not hold. */
  additions: string[];
  /** What the operating system distrusts, in every encoding that one of the lists holds. */
  distrusted: string[];
  /** Names it distrusts certificates by, whether or not they are known here; to be compared. */
  distrustedNames: readonly string[];
  /** Who distrusts a DER certificate by one of those names; also for what servers send. */
  distrustedBy: NativeStore['distrustedBy'];
  /** What the caller excluded, of all lists that were merged. */
  excluded: string[];
  /** The SHA-256 fingerprints the caller excluded, known here or not: plain digits, in order. */
  exclusions: readonly string[];
  /** Whether a root Node bundles is left out, by distrust, by exclusion or because bundled roots are not wanted. */
  excludedBundled: boolean;
  /** Whether a certificate of NODE_EXTRA_CA_CERTS is left out, by distrust, by exclusion or as an orphan. */
  excludedExtra: boolean;
  /** The answer of the system store it was made with; undefined: made without. */
  store: NativeStore | undefined;
  /** What could not be read of the system store. */
  errors: StoreError[];
  /** What the user named and cannot be used. The rest of the set stands. */
  userErrors: TruststoreError[];
  /** Worth knowing, nothing lost by default: skipped user CAs, a bad NODE_EXTRA_CA_CERTS. */
  warnings: TruststoreError[];
  /** When what it is made of has to be judged again, by {@link TrustSet.at}. */
  validity: Validity;
  /** The same, judged at another time (milliseconds since the epoch). Reads neither the store nor files. May be empty. */
  at(now: number): TrustSet;
}

interface ResolvedTrustOptions {
  bundled: boolean;
  system: ResolvedSystemOptions | undefined;
  systemOptions: ResolvedSystemOptions;
  intermediates: boolean;
  userCAs: ResolvedUserCAs | undefined;
  exclude: Set<string>;
}

let bundledFacts: NativeFacts[] | undefined;

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function resolveTrustOptions(options?: TrustOptions): ResolvedTrustOptions {
  return options === undefined || isPlainAndEmpty(options)
    ? defaultOptions()
    : checkOptions(options);
}

/** An object with a class of its own may say something without having a single property of its own. */
function isPlainAndEmpty(options: object): boolean {
  return (
    (options as unknown) !== null &&
    Object.getPrototypeOf(options) === Object.prototype &&
    Object.keys(options).length === 0
  );
}

/** By itself, because compiling the checks of what nobody passed takes 0.05 ms of the first call. */
function defaultOptions(): ResolvedTrustOptions {
  const systemOptions = resolveSystemOptions(undefined);
  return {
    bundled: true,
    system: systemOptions,
    systemOptions,
    intermediates: true,
    userCAs: undefined,
    exclude: new Set(),
  };
}

function checkOptions(options: TrustOptions): ResolvedTrustOptions {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalidArgument('options', 'an object', options);
  }
  const { bundled = true, system = true } = options;
  if (typeof bundled !== 'boolean') throw invalidArgument('options.bundled', 'a boolean', bundled);
  if (typeof system !== 'boolean' && (typeof system !== 'object' || (system as unknown) === null)) {
    throw invalidArgument('options.system', 'a boolean or an object', system);
  }
  const given = typeof system === 'object' ? system : undefined;
  const systemOptions = resolveSystemOptions(given);
  return {
    bundled,
    system: system === false ? undefined : systemOptions,
    systemOptions,
    intermediates: given?.intermediates ?? true,
    userCAs: options.userCAs === undefined ? undefined : checkUserCAs(options.userCAs),
    exclude: parseExclusions(checkList('options.exclude', options.exclude)),
  };
}

/** Taken as they are: Node trusts its own lists whatever the date, and leaves that to OpenSSL. */
function parsePems(pems: readonly string[], binding: NativeBinding): NativeFacts[] {
  if (pems.length === 0) return [];
  return binding.parse(Buffer.from(pems.join('\n'), 'latin1'), wholePolicy()).certificates;
}

/** Node's own roots never change within a process. */
function readBundled(binding: NativeBinding): NativeFacts[] {
  return (bundledFacts ??= parsePems(tlsExports().rootCertificates, binding));
}

let startupExtra: NativeFacts[] | undefined;

/**
 * NODE_EXTRA_CA_CERTS as Node read it at start-up, which never changes either; what the variable names now is read by
 * `readUserCAs`.
 */
function readStartupExtra(binding: NativeBinding): NativeFacts[] {
  try {
    return (startupExtra ??= parsePems(listCertificates('extra'), binding));
  } catch (error) {
    warn(
      ErrorCodes.READ_FAILED,
      `The runtime does not tell what it read of NODE_EXTRA_CA_CERTS: ${(error as Error).message}`,
    );
    return [];
  }
}

/**
 * Merges a finished read (undefined: without the system store) with everything else.
 *
 * @param earlier - what the user named, where it has been read before
 */
function buildTrustSet(
  options: ResolvedTrustOptions,
  store: NativeStore | undefined,
  now = wallClock(),
  earlier?: UserCAs,
): TrustSet {
  const binding = loadBinding();
  const { env } = options.systemOptions;
  const policy: NativePolicy = { ...options.systemOptions.policy, now };
  const named = earlier ?? readUserCAs(options.userCAs, env, binding, policy);
  const leftOut = new LeftOut();
  const bundled = leftOut.without(options.bundled ? readBundled(binding) : []);
  const startup =
    env === process.env && options.userCAs?.env !== false ? readStartupExtra(binding) : [];
  const extra = leftOut.without([...startup, ...named.extra]);
  const system = leftOut.without(selectSystem(store?.facts(policy) ?? [], options.intermediates));
  const excluded =
    options.exclude.size === 0
      ? []
      : [...bundled, ...extra, ...system, ...named.user].filter(({ pem }) =>
          options.exclude.has(sha256OfPem(pem)),
        );
  const user = leftOut.without(named.user).map((certificate) => judgeDates(certificate, policy));
  const distrusted = distrustedByName(store, [...bundled, ...extra, ...user]);
  const merged = mergeCertificates({ bundled, extra, system, user, distrusted, excluded });
  const exclusions = [...options.exclude].sort();
  const set = toTrustSet(merged, { bundled, extra }, named, store, { excluded, exclusions });
  return {
    ...set,
    warnings: [...set.warnings, ...leftOut.warnings(store, named.paths)],
    validity: validityOf([...system, ...user], policy),
    at: (then) => buildTrustSet(options, store, then, named),
  };
}

/** A name without the certificate reaches what other lists hold only here. */
function distrustedByName(
  store: NativeStore | undefined,
  certificates: readonly NativeFacts[],
): NativeFacts[] {
  if (!store || store.distrustedNames.length === 0) return [];
  return certificates.filter(({ pem }) => store.distrustedBy(pemToDer(pem)) !== undefined);
}

function selectSystem(facts: NativeFacts[], intermediates: boolean): NativeFacts[] {
  return intermediates
    ? facts
    : facts.filter(({ role, trust }) => role !== 'intermediate' || trust === 'distrusted');
}

function toTrustSet(
  merged: MergedCertificates,
  { bundled, extra }: Record<'bundled' | 'extra', readonly NativeFacts[]>,
  named: UserCAs,
  store: NativeStore | undefined,
  { excluded, exclusions }: { excluded: readonly NativeFacts[]; exclusions: readonly string[] },
): Omit<TrustSet, 'validity' | 'at'> {
  const toPems = (facts: readonly NativeFacts[]): string[] => facts.map(({ pem }) => pem);
  const own = new CertificateSet(bundled);
  const kept = new CertificateSet(merged.certificates);
  const distrustedNames = store?.distrustedNames ?? [];
  const judgesChains = distrustsAnything({ distrusted: merged.distrusted, distrustedNames });
  return {
    certificates: toPems(merged.certificates),
    anchors: toPems(merged.anchors),
    peers: toPems(merged.peers),
    namedPeers: toPems(peersOf([...named.user, ...named.extra], merged.peers)),
    partialChainAnchors: toPems(merged.partialChainAnchors),
    facts: judgesChains ? [...merged.certificates, ...merged.partialChainAnchors] : [],
    additions: toPems(merged.certificates.filter((certificate) => !own.has(certificate))),
    distrusted: toPems(merged.distrusted),
    distrustedNames,
    distrustedBy: (der) => store?.distrustedBy(der),
    excluded: toPems(excluded),
    exclusions,
    excludedBundled: bundled.length === 0 || bundled.some((root) => !kept.has(root)),
    excludedExtra: extra.some((certificate) => !kept.has(certificate)),
    store,
    errors: store?.errors.map(toStoreError) ?? [],
    userErrors: named.errors,
    warnings: [...named.warnings, ...skippedWarnings(merged.skippedUserCAs)],
  };
}

/** Most sets have no peers, and then nothing is compared. */
function peersOf(named: readonly NativeFacts[], peers: readonly NativeFacts[]): NativeFacts[] {
  if (peers.length === 0) return [];
  const known = new CertificateSet(named);
  return peers.filter((peer) => known.has(peer));
}

/** Of what is said of a certificate the user named, as against a file. */
export const MERGE_OPERATION = 'merge user CAs';

const SHOWN_FINGERPRINTS = 3;

/** One for each reason, however many certificates there are. */
function skippedWarnings(skipped: readonly NativeFacts[]): TruststoreError[] {
  const byReason = new Map<string, NativeFacts[]>();
  for (const certificate of skipped) {
    const reason = certificate.skipped ?? 'unknown';
    const group = byReason.get(reason);
    if (group) group.push(certificate);
    else byReason.set(reason, [certificate]);
  }
  return [...byReason].map(([reason, group]) => {
    const count = group.length;
    const subject =
      count === 1 ? 'A certificate you named is' : `${count} certificates you named are`;
    const shown = group.slice(0, SHOWN_FINGERPRINTS).map(({ pem }) => sha256OfPem(pem));
    const more = count > shown.length ? ` and ${count - shown.length} more` : '';
    return new TruststoreError(
      ErrorCodes.USER_CA,
      `${subject} not used (${reason}): SHA-256 ${shown.join(', ')}${more}`,
      { operation: MERGE_OPERATION },
    );
  });
}

/** @throws TruststoreError of the first thing the user named that cannot be used, or `ERR_TRUSTSTORE_EMPTY_SET` */
function checkTrustSet(made: TrustSet): TrustSet {
  const set = IS_STRICTER ? withoutRefused(made) : made;
  const [error] = set.userErrors;
  if (error) throw error;
  for (const { code, message, path } of set.warnings) warn(code, message, { path });
  const [fault] = set.errors;
  if (fault) warn(fault.code, storeWarning(set.errors), { path: fault.path });
  if (set.anchors.length > 0) return set;
  throw emptySetError(set.errors);
}

/** The first, and how many there are. */
export function storeWarning([first, ...others]: readonly StoreError[]): string {
  const where = first?.path === undefined ? '' : `${first.path}: `;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return `The system store could not be read completely: ${where}${first?.message ?? ''}${more}`;
}

export function emptySetError(errors: StoreError[]): TruststoreError {
  return new TruststoreError(
    ErrorCodes.EMPTY_SET,
    'No certificate is left in the set asked for; an empty set would refuse every server',
    {
      operation: 'merge',
      remedy: 'Keep Node’s bundled roots (bundled: true), or name at least one usable CA.',
      errors,
    },
  );
}

/**
 * One complete list for TLS clients: exactly what `inject()` installs. Blocks for a few milliseconds.
 *
 * @returns canonical PEM texts, never empty: anchors, then intermediates that lead to one of them.
 * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` for the first file or certificate the user named that cannot be used
 * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET` when nothing would be left
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_ADDON_…`
 */
export function getTrustedCAs(options?: TrustOptions): string[] {
  return exactly(listOf(readTrustedSet(options)));
}

/** Deno takes every certificate of a list for a CA; see inject/deno-anchors.ts. */
function listOf(set: TrustSet): string[] {
  if (process.versions['deno'] === undefined) return set.certificates;
  const anchors = issuersOf(set);
  if (anchors.length > 0) return anchors;
  throw emptySetError(set.errors);
}

/** The anchors that may issue. */
export function issuersOf({ anchors, peers }: Pick<TrustSet, 'anchors' | 'peers'>): string[] {
  const leftOut = new Set(peers);
  return anchors.filter((pem) => !leftOut.has(pem));
}

/** The whole set, with everything {@link getTrustedCAs} throws and warns about. */
export function readTrustedSet(options?: TrustOptions): TrustSet {
  return checkTrustSet(readTrustSet(options));
}

/**
 * {@link getTrustedCAs} with the store read off the main thread.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_DEADLINE` when the store does not answer in time; otherwise as
 * {@link getTrustedCAs}
 */
export async function getTrustedCAsAsync(options?: TrustOptions): Promise<string[]> {
  const resolved = resolveTrustOptions(options);
  const store = resolved.system && (await systemStoreCache().openAsync(resolved.system));
  return exactly(listOf(checkTrustSet(buildTrustSet(resolved, store))));
}

/** The whole set at once; see {@link TrustSet}. */
export function readTrustSet(options?: TrustOptions): TrustSet {
  const resolved = resolveTrustOptions(options);
  return buildTrustSet(resolved, resolved.system && systemStoreCache().open(resolved.system));
}

/** A set without what this runtime refuses, for one who hands it over: asks about each certificate that is not its own. */
export function withoutRefused(set: TrustSet): TrustSet {
  return findRefused([...set.additions, ...set.partialChainAnchors]) ? set.at(wallClock()) : set;
}

/** A trust set under way: the store is read on its own thread, merging happens where it is asked for. */
export interface PendingTrustSet {
  /** Whether {@link wait} would answer without waiting. */
  isReady(): boolean;
  /** Blocks at most `ms`; undefined when the store has not answered. */
  wait(ms: number): TrustSet | undefined;
  /** The set as long as the system store does not answer: made with a former answer of it, or with none. */
  withStore(former: NativeStore | undefined): TrustSet;
  /** The store read is no longer wanted. */
  cancel(): void;
  /** Keeps the process alive until the store has been read. */
  ref(): void;
}

/**
 * Starts reading at once and returns. `onReady` is called once on the event loop when the store has been read, unless
 * cancelled; it does not keep the process alive.
 */
export function startTrustSet(
  options: TrustOptions | undefined,
  onReady: () => void,
): PendingTrustSet {
  const resolved = resolveTrustOptions(options);
  let store: NativeStore | undefined;
  let read: NativeRead | undefined;
  if (resolved.system) {
    read = systemStoreCache().start(resolved.system, (finished) => {
      store ??= finished;
      onReady();
    });
    read.unref();
  }
  const wait = (ms: number): NativeStore | undefined => (store ??= read?.wait(ms));
  if (!read) queueMicrotask(onReady);
  return {
    isReady: () => !resolved.system || wait(0) !== undefined,
    wait: (ms) => {
      if (resolved.system && !wait(ms)) return undefined;
      return buildTrustSet(resolved, store);
    },
    withStore: (former) => buildTrustSet(resolved, former),
    cancel: () => read?.cancel(),
    ref: () => read?.ref(),
  };
}
