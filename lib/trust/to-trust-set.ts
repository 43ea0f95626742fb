/**
 * Makes a trust set from merged lists, whichever way they were merged.
 */
import type { ListedCertificate, NativePolicy, NativeStore } from '../addon/native-binding.js';
import { fromNativeError } from '../addon/native-errors.js';
import { part } from '../base/part.js';
import { CertificateSet } from '../certificate/certificate-set.js';
import type { BundledRoots } from './bundled-roots.js';
import { certificateOf } from './certificate-of.js';
import type { MergedCertificates } from './merge.js';
import type { ResolvedTrustOptions } from './options/resolved-options.js';
import type { LeftOut } from './runtime-limits/refused.js';
import { distrustsAnything } from './trust-set.js';
import type { TrustSet } from './trust-set.js';
import type { UserCAs } from './user-cas/user-cas.js';

const loadSkippedWarnings = part(
  () => require('./skipped-warnings.js') as typeof import('./skipped-warnings.js'),
);

/** The sources of one set, as they were when it was asked for. */
export interface Sources {
  options: ResolvedTrustOptions;
  store: NativeStore | undefined;
  policy: NativePolicy;
  roots: BundledRoots;
  named: UserCAs;
  extra: ListedCertificate[];
  user: ListedCertificate[];
  /** Undefined while nothing has been refused, which is so in almost every process. */
  leftOut: LeftOut | undefined;
  /** Makes the set from the same sources, judged at another time. */
  at: (now: number) => TrustSet;
}

/** The parts that the two ways to make a set give differently. */
type Parts = Pick<
  TrustSet,
  'size' | 'namesakes' | 'additions' | 'addedAnchors' | 'excluded' | 'excludedBundled' | 'validity'
> & {
  whole: () => Pick<TrustSet, 'certificates' | 'anchors'>;
  /** Needed when `merged` is not everything. */
  facts?: () => readonly ListedCertificate[];
};

export function toTrustSet(
  { options, store, policy, named, extra, leftOut, at }: Sources,
  merged: MergedCertificates,
  { whole, facts, ...parts }: Parts,
): TrustSet {
  // Dates concern servers, not clients. A program that trusts for any purpose trusts servers as well.
  const dated = policy.purpose === 'client-auth' ? [] : (store?.dated ?? []);
  const distrustedNames = [
    ...(store?.distrustedNames ?? []),
    ...dated.map(({ pem, after }) => `${after} ${pem}`),
  ];
  const judgesChains = distrustsAnything({ distrusted: merged.distrusted, distrustedNames });
  const known =
    judgesChains && !facts ? [...merged.certificates, ...merged.partialChainAnchors] : [];
  return {
    ...parts,
    get certificates() {
      return whole().certificates;
    },
    get anchors() {
      return whole().anchors;
    },
    peers: toPems(merged.peers),
    namedPeers: merged.peers.length > 0 ? toPems(peersOf(named, merged.peers)) : [],
    partialChainAnchors: toPems(merged.partialChainAnchors),
    get facts() {
      return judgesChains && facts ? facts() : known;
    },
    distrusted: merged.distrusted.map(certificateOf),
    distrustedNames,
    dated,
    distrustedBy: (der) => store?.distrustedBy(der),
    exclusions: [...options.exclude].sort(),
    excludedExtra: extra.length > 0 && leavesOut(merged.certificates, extra),
    store,
    errors: store?.errors.map(fromNativeError) ?? [],
    userErrors: named.errors,
    warnings: [
      ...named.warnings,
      ...(merged.skippedUserCAs.length > 0
        ? loadSkippedWarnings().skippedWarnings(merged.skippedUserCAs)
        : []),
      ...(leftOut?.warnings(store, named.paths) ?? []),
    ],
    at,
  };
}

export function toPems(listed: readonly ListedCertificate[]): string[] {
  return listed.map(({ pem }) => pem);
}

export function leavesOut(
  kept: readonly ListedCertificate[],
  certificates: readonly ListedCertificate[],
): boolean {
  const known = new CertificateSet(kept);
  return certificates.some((certificate) => !known.has(certificate));
}

/** The peers that the user has named. */
function peersOf(
  { user, extra }: UserCAs,
  peers: readonly ListedCertificate[],
): ListedCertificate[] {
  const known = new CertificateSet([...user, ...extra]);
  return peers.filter((peer) => known.has(peer));
}
