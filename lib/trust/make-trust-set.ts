/**
 * Makes a trust set: gathers the lists, has them merged, and reports the result.
 */
import { loadBinding } from '../addon/load-binding.js';
import type {
  NativeBeside,
  ListedCertificate,
  NativePolicy,
  NativeStore,
} from '../addon/native-binding.js';
import { wallClock } from '../base/machine-time.js';
import { part } from '../base/part.js';
import { ALWAYS, judgeDates, shortest, validityOf } from '../base/validity.js';
import { bundledRoots } from './bundled-roots.js';
import { certificateOf } from './certificate-of.js';
import type { MergedCertificates } from './merge.js';
import type { ResolvedTrustOptions } from './options/resolved-options.js';
import { isAnythingRefused } from './runtime-limits/refusals.js';
import { toPems, toTrustSet } from './to-trust-set.js';
import type { Sources } from './to-trust-set.js';
import type { TrustSet } from './trust-set.js';
import { readNamedCAs } from './user-cas/named-cas.js';
import type { UserCAs } from './user-cas/user-cas.js';

const loadMerge = part(() => require('./merge.js') as typeof import('./merge.js'));
const loadMergeLists = part(() => require('./merge-lists.js') as typeof import('./merge-lists.js'));
const loadRefused = part(
  () => require('./runtime-limits/refused.js') as typeof import('./runtime-limits/refused.js'),
);

/**
 * Merges a finished read with everything else; undefined when the system store is not used.
 *
 * @param earlier - what the user named, if it has been read before
 */
export function buildTrustSet(
  options: ResolvedTrustOptions,
  store: NativeStore | undefined,
  now = wallClock(),
  earlier?: UserCAs,
): TrustSet {
  const sources = gather(options, store, now, earlier);
  return addToRoots(sources) ?? loadMergeLists().mergeAll(sources);
}

/** {@link buildTrustSet} for callers that need all of it. */
export function buildWholeTrustSet(
  options: ResolvedTrustOptions,
  store: NativeStore | undefined,
  now = wallClock(),
): TrustSet {
  return loadMergeLists().mergeAll(gather(options, store, now));
}

function gather(
  options: ResolvedTrustOptions,
  store: NativeStore | undefined,
  now: number,
  earlier?: UserCAs,
): Sources {
  const binding = loadBinding();
  const { env, policy: asked } = options.systemOptions;
  const policy: NativePolicy = { ...asked, now };
  const named = earlier ?? readNamedCAs(options.userCAs, env, binding, policy);
  const leftOut = isAnythingRefused() ? new (loadRefused().LeftOut)() : undefined;
  const roots = bundledRoots(binding);
  const startup = env === process.env && options.userCAs?.env !== false ? roots.startupExtra() : [];
  const read = [...startup, ...named.extra];
  const extra = leftOut?.without(read) ?? read;
  const user = (leftOut?.without(named.user) ?? named.user).map((certificate) =>
    judgeDates(certificate, policy),
  );
  const at = (then: number): TrustSet => buildTrustSet(options, store, then, named);
  return { options, store, policy, roots, named, extra, user, leftOut, at };
}

/**
 * The usual case: the addon says what the store adds to the runtime's roots, without making anything of the roots, and what
 * the user adds is independent of both. `mergeAll` makes the rest of the set on demand.
 *
 * @returns undefined when a rule may reach from one list into another
 */
function addToRoots(sources: Sources): TrustSet | undefined {
  const { options, store, policy, roots, extra, user, leftOut } = sources;
  const { native } = roots;
  if (!options.bundled || !options.intermediates || options.exclude.size > 0) return undefined;
  if (!native || !store?.beside || leftOut) return undefined;
  // Otherwise it would matter which of them come before the store's.
  if (extra.length > 0 && user.length > 0) return undefined;
  const own = [...extra, ...user];
  const { distrustedNames } = store;
  const isNamed = (one: ListedCertificate): boolean =>
    store.distrustedBy(certificateOf(one).der) !== undefined;
  if (distrustedNames.length > 0 && own.some(isNamed)) return undefined;
  const others: string[] = [];
  for (const { subjectName, issuerName } of own) others.push(subjectName, issuerName);
  const beside = store.beside(policy, native, others);
  return beside && joinLists(sources, beside, own);
}

function joinLists(
  sources: Sources,
  { roots, anchors, namesakes, intermediates, since, until }: NativeBeside,
  own: readonly ListedCertificate[],
): TrustSet {
  const { extra, user, policy } = sources;
  const merged =
    own.length === 0 ? NOTHING : loadMerge().mergeCertificates({ ...NO_LISTS, extra, user });
  const ownAnchors = toPems(merged.anchors);
  const ownHelpers = toPems(merged.certificates.slice(ownAnchors.length));
  const isBefore = extra.length > 0;
  // The order is that of the lists, but a certificate with the name of a root stands beside that root.
  const place = isBefore ? namesakes : anchors.length;
  const addedAnchors = [...anchors.slice(0, place), ...ownAnchors, ...anchors.slice(place)];
  const helpers = isBefore ? [...ownHelpers, ...intermediates] : [...intermediates, ...ownHelpers];
  const additions = [...addedAnchors, ...helpers];
  let all: TrustSet | undefined;
  const whole = (): TrustSet => (all ??= loadMergeLists().mergeAll(sources));
  return toTrustSet(sources, merged, {
    size: roots + additions.length,
    namesakes,
    whole,
    facts: () => whole().facts,
    additions,
    addedAnchors,
    excluded: [],
    excludedBundled: false,
    validity: policy.expired
      ? ALWAYS
      : user.length > 0
        ? shortest({ since, until }, validityOf(user, policy))
        : { since, until },
  });
}

const NO_LISTS = { bundled: [], system: [], distrusted: [], excluded: [] };

const NOTHING: MergedCertificates = {
  certificates: [],
  anchors: [],
  peers: [],
  partialChainAnchors: [],
  distrusted: [],
  skippedUserCAs: [],
};
