/**
 * Gathers the facts about this machine and runtime. Reads files and the store, but uses no network.
 */
import { statSync } from 'node:fs';

import { findAddon } from '../../addon/find-addon.js';
import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import { Certificate, tryReadCertificate } from '../../certificate/certificate.js';
import { hasShortKey, keyName } from '../../certificate/names.js';
import { TruststoreError, toStoreError } from '../../errors.js';
import { userConfigDirectory } from '../../files/user-directory.js';
import { findFatal } from '../../runtime/fatal-keys.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import { readPublished } from '../../trust/local/published.js';
import { readSystemStore } from '../../trust/store/system-store.js';
import { readTrustSet } from '../../trust/trusted-cas.js';
import { readUserCAs } from '../../trust/user-cas/user-cas.js';
import type {
  CertificateSource,
  Environment,
  StoreError,
  SystemCertificate,
  SystemStore,
} from '../../types.js';
import { readClock } from '../gather/clock.js';
import { otherStoreFacts } from '../other-stores/machine-words.js';
import { readOtherStores, surroundingsOf } from '../other-stores/other-stores.js';
import { readSurroundings, readVariables } from './environment.js';
import { findUnlinked } from './hash-links.js';
import { SOON_MS, findings } from './machine-findings.js';
import type { AnchorFacts, Examination, MachineFacts, VariableFacts } from './machine-types.js';
import { runtimeFacts } from './runtime-facts.js';

/** What `doctor` may look at besides. */
export interface ExaminationOptions {
  /** Also reads the lists of CAs that browsers and Java have for themselves. @defaultValue `false` */
  otherStores?: boolean;
}

export function examineMachine(
  { otherStores = false }: ExaminationOptions = {},
  env: Environment = process.env,
): Examination {
  const facts = { ...gatherMachine(env), ...(otherStores ? gatherOthers(env) : {}) };
  return { facts, findings: findings(facts) };
}

function gatherOthers(env: Environment): Pick<MachineFacts, 'otherStores'> {
  const known = new Set(readPublished().fingerprints);
  const { certificates } = readSystemStore();
  for (const { fingerprint256 } of certificates) known.add(fingerprint256);
  return { otherStores: otherStoreFacts(readOtherStores(surroundingsOf(env)), known) };
}

const EMPTY_STORE: SystemStore = {
  strategy: 'addon',
  certificates: [],
  errors: [],
  locations: [],
  durationMs: 0,
};

function gatherMachine(env: Environment): MachineFacts {
  const now = Date.now();
  const reader = readerFacts();
  const store = reader.problem && reader.strategy === 'addon' ? EMPTY_STORE : readSystemStore();
  const anchors = new Anchors(store, env);
  const { merged, bundled, userErrors } = anchors;
  const bundledPems = new Set(bundled.map(({ fingerprint256 }) => fingerprint256));
  const inSystem = new Set(usable(store).map(({ fingerprint256 }) => fingerprint256));
  const distrusted = new Set(
    [
      ...store.certificates.filter(({ skipped }) => skipped === 'distrusted'),
      ...anchors.distrusted,
    ].map(({ fingerprint256 }) => fingerprint256),
  );
  const toFacts = (certificates: readonly Certificate[]): AnchorFacts[] =>
    certificates.map((certificate) => anchors.describe(certificate));
  const variables = withCertificates(readVariables(env), userErrors);
  const told = new Set(variables.flatMap(({ value, problem }) => (problem ? [value] : [])));
  const inForce = toFacts(merged.filter(({ selfSigned }) => selfSigned));
  return {
    checkedAt: new Date(now).toISOString(),
    runtime: runtimeFacts(env),
    reader,
    store: storeFacts(store),
    lists: {
      bundled: bundled.length,
      system: usable(store).length,
      extra: anchors.extra,
      user: anchors.user,
      merged: merged.length,
    },
    additions: inForce.filter(({ fingerprint256 }) => !bundledPems.has(fingerprint256)),
    bundledOnly: toFacts(
      bundled.filter(
        ({ fingerprint256 }) => !inSystem.has(fingerprint256) && !distrusted.has(fingerprint256),
      ),
    ),
    distrusted: toFacts(bundled.filter(({ fingerprint256 }) => distrusted.has(fingerprint256))),
    dated: store.certificates.flatMap(({ subject, distrustedAfter }) =>
      distrustedAfter ? [{ subject, after: distrustedAfter.toISOString() }] : [],
    ),
    remarkable: inForce.filter(
      ({ validTo, shortKey, strict }) => shortKey || !strict || Date.parse(validTo) < now + SOON_MS,
    ),
    fatal: toFacts([findFatal(merged) ?? []].flat())[0],
    sameName: namesakes(merged).map(toFacts),
    // A problem that is reported for a variable is not reported again for its file.
    userErrors: userErrors.filter(({ path }) => path === undefined || !told.has(path)),
    variables,
    surroundings: readSurroundings(env),
    userDirectory: userConfigDirectory(env),
    clock: clockFacts(bundled, now),
  };
}

function usable({ certificates }: SystemStore): SystemCertificate[] {
  return certificates.filter(
    ({ skipped, role }) => skipped === undefined && role !== 'intermediate',
  );
}

function readerFacts(): MachineFacts['reader'] {
  let addonPath: string | undefined;
  let problem: StoreError | undefined;
  try {
    addonPath = findAddon();
    loadBinding();
  } catch (error) {
    if (!(error instanceof TruststoreError)) throw error;
    problem = toStoreError(error);
  }
  if (!problem) return { strategy: 'addon', ...(addonPath === undefined ? {} : { addonPath }) };
  try {
    loadBinding();
    return { strategy: 'runtime', problem };
  } catch {
    return { strategy: 'addon', problem };
  }
}

/** The lists as certificates, and the sources of each. */
class Anchors {
  readonly bundled: Certificate[];
  readonly merged: Certificate[];
  /** Includes what the store distrusts by name without holding it. */
  readonly distrusted: readonly Certificate[] = [];
  readonly userErrors: StoreError[];
  readonly extra: number = 0;
  readonly user: number = 0;
  readonly #sources = new Map<string, CertificateSource[]>();
  readonly #bundled: Set<string>;
  /** Servers' own certificates, which issue nothing. */
  #peers = new Set<string>();

  constructor(store: SystemStore, env: Environment) {
    this.bundled = parse(tlsExports().rootCertificates);
    this.#bundled = new Set(this.bundled.map(({ fingerprint256 }) => fingerprint256));
    for (const { fingerprint256, sources } of store.certificates) {
      this.#sources.set(fingerprint256, sources);
    }
    if (store === EMPTY_STORE) {
      this.merged = this.bundled;
      this.userErrors = [];
      return;
    }
    const set = readTrustSet();
    this.merged = parse(set.certificates);
    this.#peers = new Set(set.peers.map((pem) => new Certificate(pem).fingerprint256));
    this.distrusted = set.distrusted;
    this.userErrors = [...set.userErrors, ...set.warnings].map(toStoreError);
    const policy = { ...wholePolicy(), purpose: 'server-auth', expired: false } as const;
    const named = readUserCAs(undefined, env, loadBinding(), policy);
    this.extra = named.extra.length;
    this.user = named.user.length;
    for (const [{ pem }, location] of named.paths) {
      const [certificate] = parse([pem]);
      const origin = location === env['NODE_EXTRA_CA_CERTS'] ? 'extra' : 'user';
      if (certificate) this.#add(certificate.fingerprint256, { origin, kind: 'file', location });
    }
  }

  #add(fingerprint: string, source: CertificateSource): void {
    this.#sources.set(fingerprint, [...(this.#sources.get(fingerprint) ?? []), source]);
  }

  describe(certificate: Certificate): AnchorFacts {
    const { subject, fingerprint256, validTo } = certificate;
    return {
      subject,
      fingerprint256,
      validTo: new Date(validTo).toISOString(),
      key: keyName(certificate),
      shortKey: hasShortKey(certificate),
      strict: this.#peers.has(fingerprint256) || hasCriticalBasicConstraints(certificate),
      bundled: this.#bundled.has(fingerprint256),
      sources: this.#sources.get(fingerprint256) ?? [],
    };
  }
}

function parse(pems: readonly string[]): Certificate[] {
  return pems.flatMap((pem) => tryReadCertificate(pem) ?? []);
}

/** Looks for the encoding of id-ce-basicConstraints (2.5.29.19) followed by critical TRUE. */
function hasCriticalBasicConstraints({ der }: Certificate): boolean {
  return der.includes(Buffer.from('0603551d130101ff', 'hex'));
}

/** Groups of self-signed certificates that share a name and have several keys. */
function namesakes(certificates: readonly Certificate[]): Certificate[][] {
  const groups = new Map<string, Certificate[]>();
  for (const certificate of certificates.filter(({ selfSigned }) => selfSigned)) {
    const group = groups.get(certificate.subject);
    if (group) group.push(certificate);
    else groups.set(certificate.subject, [certificate]);
  }
  const keyOf = ({ x509 }: Certificate): string =>
    x509.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return [...groups.values()].filter(
    (group) => group.length > 1 && new Set(group.map(keyOf)).size > 1,
  );
}

function storeFacts(store: SystemStore): MachineFacts['store'] {
  const skipped: MachineFacts['store']['skipped'] = {};
  for (const { skipped: reason } of store.certificates) {
    if (reason !== undefined) skipped[reason] = (skipped[reason] ?? 0) + 1;
  }
  const newestFile = newestFileOf(store);
  return {
    locations: store.locations.filter(({ state }) => state !== 'not-needed'),
    errors: store.errors,
    kept: usable(store).length,
    skipped,
    durationMs: store.durationMs,
    unlinked: findUnlinked(store.certificates, store.locations),
    ...(newestFile === undefined ? {} : { newestFile }),
  };
}

function newestFileOf({ locations }: SystemStore): string | undefined {
  const times = locations
    .filter(({ state, kind }) => state === 'read' && (kind === 'file' || kind === 'directory'))
    .flatMap(({ location }) => modified(location) ?? []);
  return times.length === 0 ? undefined : new Date(Math.max(...times)).toISOString();
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** A file without a certificate helps as little as a missing file. */
function withCertificates(
  variables: readonly VariableFacts[],
  userErrors: readonly StoreError[],
): VariableFacts[] {
  return variables.map((variable) => {
    const { name, value = '', problem } = variable;
    if (name !== 'NODE_EXTRA_CA_CERTS' || problem !== undefined) return variable;
    const begin = `The CA file ${value} `;
    const fault = userErrors.find(({ message }) => message.startsWith(begin));
    return fault ? { ...variable, problem: fault.message.slice(begin.length) } : variable;
  });
}

function clockFacts(bundled: readonly Certificate[], now: number): MachineFacts['clock'] {
  const { expiredRoots, programTime: time } = readClock(bundled, now);
  return {
    expiredRoots,
    ...(time === undefined ? {} : { programTime: new Date(time).toISOString() }),
  };
}
