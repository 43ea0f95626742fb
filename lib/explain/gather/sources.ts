/**
 * Reads the lists of CAs that a program may rely on, each alone and all merged, and where each certificate comes from.
 */
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import type { ListedCertificate } from '../../addon/native-binding.js';
import { tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { CertificateList } from '../../chain/path.js';
import { PeerJudges } from '../../chain/peers/peer-judge.js';
import type { PeerJudge } from '../../chain/peers/peer-judge.js';
import { toStoreError } from '../../errors.js';
import { registered } from '../../inject/registry.js';
import { listCertificates, tlsExports } from '../../runtime/tls-defaults.js';
import { toStoreRead } from '../../trust/options/resolved-options.js';
import type { ResolvedTrustOptions } from '../../trust/options/resolved-options.js';
import { toBytes } from '../../trust/options/user-ca-checks.js';
import {
  countCertificates,
  readRootList,
  textsWithout,
} from '../../trust/root-lists/root-lists.js';
import { readStoreAsync } from '../../trust/store/system-store.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { refusalBy } from '../../trust/trust-sets.js';
import { readSetOf } from '../../trust/trusted-cas.js';
import { readDers } from '../../trust/user-cas/certificate-bytes.js';
import { noCertificateIn, readUserCAs } from '../../trust/user-cas/user-cas.js';
import type { CertificateInput, CertificateSource, StoreError, SystemStore } from '../../types.js';
import type { ResolvedExplainOptions } from '../options.js';
import type { SourceName } from '../types.js';
import { readDistrust } from './distrust-facts.js';
import type { RootListFacts, SkippedCertificate } from './facts.js';

/** A list, and the options that make a handshake use it. */
export interface Source {
  list: CertificateList;
  /** Undefined for the runtime's default. */
  ca: string[] | undefined;
  /** Refuses a chain that OpenSSL accepts through a certificate the machine distrusts, as `inject()` does. */
  judge?: PeerJudge | undefined;
}

export interface Sources {
  lists: Partial<Record<SourceName, Source>>;
  origins: Map<string, CertificateSource[]>;
  skipped: SkippedCertificate[];
  /** Certificates the user named as anchors that cannot be anchors, because their issuer is in no list. */
  orphans: Certificate[];
  errors: StoreError[];
  rootList?: RootListFacts;
  /** The distrust that applies to lists with a judge. */
  distrust?: ReturnType<typeof readDistrust>;
}

/** Parses each certificate once, however many lists hold it. */
class Parser {
  readonly #known = new Map<string, Certificate | undefined>();

  list(pems: readonly string[]): CertificateList {
    return new CertificateList(pems.flatMap((pem) => this.one(pem) ?? []));
  }

  one(pem: string): Certificate | undefined {
    if (!this.#known.has(pem)) this.#known.set(pem, tryReadCertificate(pem));
    return this.#known.get(pem);
  }
}

export async function readSources({ trust, ca }: ResolvedExplainOptions): Promise<Sources> {
  const parser = new Parser();
  const { env } = trust.systemOptions;
  const named = readUserCAs(trust.userCAs, env, loadBinding(), {
    ...wholePolicy(),
    purpose: 'server-auth',
    expired: false,
  });
  const system = await readSystem(trust);
  const set = readSetOf(trust);
  const sources: Sources = {
    lists: {},
    origins: new Map(),
    skipped: [...toSkipped(system), ...namedDistrust(set, system)],
    orphans: [],
    errors: [...set.errors, ...[...set.userErrors, ...set.warnings].map(toStoreError)],
  };
  const { rootCertificates } = tlsExports();
  const toPems = (facts: readonly ListedCertificate[]): string[] => facts.map(({ pem }) => pem);
  const judges = new PeerJudges(set);
  const add = (
    name: SourceName,
    pems: readonly string[],
    handed?: string[],
    judge?: PeerJudge,
  ): void => {
    sources.lists[name] = { list: parser.list(pems), ca: handed, judge };
  };
  const extra = toPems(named.extra);
  const systemPems = usable(system);
  const userPems = toPems(named.user.filter(({ skipped }) => isUsable(skipped)));
  add('bundled', rootCertificates, [...rootCertificates]);
  add('extra', extra, extra);
  add('system', systemPems, systemPems);
  add('user', userPems, userPems);
  add('default', defaultList([...rootCertificates, ...extra]));
  const judge = judges.for({});
  add('merged', set.certificates, set.certificates, judge);
  sources.distrust = readDistrust(set, sources.skipped, judge, system);
  const merged = new Set(set.certificates);
  sources.orphans = [...extra, ...systemOrphans(system), ...userPems]
    .filter((pem) => !merged.has(pem))
    .flatMap((pem) => parser.one(pem) ?? []);
  if (ca !== undefined) {
    sources.errors.push(...uselessEntries(ca));
    const list = readRootList(ca);
    const takes = registered()?.takesRootLists;
    const taken = takes === true ? 'here' : takes === false ? 'never' : 'by-inject';
    if (list) sources.rootList = { besides: countCertificates(list.own), taken };
    if (list && takes) {
      const own = explicitList(textsWithout(list.own, refusalBy(set)));
      const both = [...set.certificates, ...own];
      add('ca', both, both, judges.for({ besides: { id: list.id, own } }));
    } else {
      const pems = explicitList(ca);
      add('ca', pems, pems);
    }
  }
  addOrigins(sources, parser, system, named.paths, env['NODE_EXTRA_CA_CERTS']);
  return sources;
}

async function readSystem({ system }: ResolvedTrustOptions): Promise<SystemStore | undefined> {
  if (!system) return undefined;
  const policy = { ...system.policy, intermediates: true };
  return await readStoreAsync(toStoreRead({ ...system, policy }));
}

function usable(store: SystemStore | undefined): string[] {
  return (store?.certificates ?? [])
    .filter(({ skipped, pem }) => skipped === undefined && pem !== '')
    .map(({ pem }) => pem);
}

function systemOrphans(store: SystemStore | undefined): string[] {
  return (store?.certificates ?? [])
    .filter(({ skipped }) => skipped === 'orphan')
    .map(({ pem }) => pem);
}

/** An intermediate whose issuer is missing from its own list may lead to one in another list. */
function isUsable(skipped: ListedCertificate['skipped']): boolean {
  return skipped === undefined || skipped === 'orphan';
}

function toSkipped(store: SystemStore | undefined): SkippedCertificate[] {
  return (store?.certificates ?? []).flatMap(({ skipped, der, sources }) => {
    const certificate = skipped === undefined ? undefined : tryReadCertificate(der);
    return certificate && skipped ? [{ certificate, reason: skipped, sources }] : [];
  });
}

/** Certificates of other lists that the system distrusts although its store does not hold them. */
function namedDistrust(set: TrustSet, system: SystemStore | undefined): SkippedCertificate[] {
  const held = new Set((system?.certificates ?? []).map(({ pem }) => pem));
  return set.distrusted.flatMap(({ pem, der }) => {
    const certificate = held.has(pem) ? undefined : tryReadCertificate(der);
    const source = certificate && set.distrustedBy(certificate.der);
    if (!certificate || !source) return [];
    return [{ certificate, reason: 'distrusted', sources: [{ origin: 'system', ...source }] }];
  });
}

/** The list the runtime says it uses; where it says nothing, the list it is known to use. */
function defaultList(otherwise: string[]): string[] {
  const list = listCertificates('default');
  return list.length > 0 ? list : otherwise;
}

function explicitList(ca: readonly CertificateInput[]): string[] {
  return ca
    .flatMap((input) => readDers(toBytes(input, 'ca')))
    .flatMap((der) => tryReadCertificate(der)?.pem ?? []);
}

/** Entries without a certificate. TLS clients ignore them silently if another entry holds one. */
function uselessEntries(ca: readonly CertificateInput[]): StoreError[] {
  return ca.flatMap((input) => {
    const bytes = toBytes(input, 'ca');
    const { certificates, errors } = loadBinding().parse(bytes, wholePolicy());
    if (certificates.length > 0) return [];
    const problems = errors.map(({ message }) => message);
    return [toStoreError(noCertificateIn('An entry of ca', bytes, problems))];
  });
}

function addOrigins(
  { origins }: Sources,
  parser: Parser,
  system: SystemStore | undefined,
  paths: ReadonlyMap<ListedCertificate, string>,
  extraFile: string | undefined,
): void {
  const add = (fingerprint: string | undefined, source: CertificateSource): void => {
    if (fingerprint === undefined) return;
    const known = origins.get(fingerprint);
    if (known) known.push(source);
    else origins.set(fingerprint, [source]);
  };
  const bundled: CertificateSource = {
    origin: 'bundled',
    kind: 'runtime',
    location: `${process.release.name} ${process.version}`,
  };
  for (const pem of tlsExports().rootCertificates) add(parser.one(pem)?.fingerprint256, bundled);
  for (const { fingerprint256, sources } of system?.certificates ?? []) {
    for (const source of sources) add(fingerprint256, source);
  }
  for (const [{ pem }, location] of paths) {
    const origin = location === extraFile ? 'extra' : 'user';
    add(parser.one(pem)?.fingerprint256, { origin, kind: 'file', location });
  }
}
