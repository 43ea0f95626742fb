/**
 * Gives the command the real library.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { loadBinding, wholePolicy } from '../addon/load-binding.js';
import type { ListedCertificate, NativePolicy } from '../addon/native-binding.js';
import { part } from '../base/part.js';
import type { BundleFile, BundleOptions } from '../bundle/types.js';
import { Certificate } from '../certificate/certificate.js';
import { toStoreError } from '../errors.js';
import type { TruststoreError } from '../errors.js';
import { PACKAGE_ROOT } from '../location.js';
import { readPublished } from '../trust/local/published.js';
import { fillSystemOptions, toStoreRead } from '../trust/options/resolved-options.js';
import { systemStoreCache } from '../trust/store/store-cache.js';
import {
  getDefaultVerifyPaths,
  getSystemCAs,
  readSystemStore,
  toSystemCertificate,
} from '../trust/store/system-store.js';
import { emptySetError } from '../trust/trust-set.js';
import { readSetOf, readTrustSet } from '../trust/trusted-cas.js';
import { noCertificateIn, parseNamed, readUserCAs } from '../trust/user-cas/user-cas.js';
import type { CertificateSource, StoreError, SystemCertificate } from '../types.js';
import type { CliApi, JudgeOptions, OtherCertificates, OtherOrigin } from './api.js';

const loadExplain = part(
  () => require('../explain/explain.js') as typeof import('../explain/explain.js'),
  { forInjection: false },
);
const loadFix = part(() => require('../explain/fix.js') as typeof import('../explain/fix.js'), {
  forInjection: false,
});
const loadMachineFacts = part(
  () =>
    require('../explain/machine/machine-facts.js') as typeof import('../explain/machine/machine-facts.js'),
  { forInjection: false },
);
const loadWriteBundle = part(
  () => require('../bundle/write-bundle.js') as typeof import('../bundle/write-bundle.js'),
  { forInjection: false },
);

function toPolicy({ purpose, expired }: JudgeOptions): NativePolicy {
  return { purpose, expired, intermediates: true, now: Date.now() };
}

/** The places where the system distrusts a certificate, in this encoding or another; undefined when it does not. */
type DistrustedBy = (certificate: Certificate) => CertificateSource[] | undefined;

function readDistrust(policy: NativePolicy): DistrustedBy {
  const store = systemStoreCache().open(toStoreRead(fillSystemOptions({})));
  const held = new Map(
    store
      .certificates(policy)
      .filter(({ trust }) => trust === 'distrusted')
      .map(({ der, sources }) => [new Certificate(der).identity, sources]),
  );
  return ({ der, identity }) => {
    const named = store.distrustedBy(der);
    const sources = held.get(identity) ?? (named && [named]);
    return sources?.map((source) => ({ origin: 'system', ...source }));
  };
}

function toRecord(
  pem: string,
  policy: NativePolicy,
  distrustedBy: DistrustedBy,
  source: CertificateSource,
): SystemCertificate {
  const certificate = new Certificate(pem);
  const { skipped, ...rest } = toSystemCertificate(loadBinding().describe(certificate.der, policy));
  const distrust = distrustedBy(certificate);
  if (distrust) {
    return {
      ...rest,
      trust: 'distrusted',
      skipped: 'distrusted',
      sources: [source, ...distrust],
    };
  }
  // Whether an issuer is missing depends on the whole set, so the merge decides it.
  const reason = skipped === 'orphan' ? undefined : skipped;
  return { ...rest, ...(reason === undefined ? {} : { skipped: reason }), sources: [source] };
}

function readBundled(options: JudgeOptions): OtherCertificates {
  const location = `${process.release.name} ${process.version}`;
  const source: CertificateSource = { origin: 'bundled', kind: 'runtime', location };
  const policy = toPolicy(options);
  const distrustedBy = readDistrust(policy);
  return {
    certificates: rootCertificates.map((pem) => toRecord(pem, policy, distrustedBy, source)),
    errors: [],
  };
}

function readNamed(origin: 'user' | 'extra', options: JudgeOptions): OtherCertificates {
  const policy = toPolicy(options);
  const distrustedBy = readDistrust(policy);
  const named = readUserCAs(undefined, process.env, loadBinding(), policy);
  const source = (facts: ListedCertificate): CertificateSource => ({
    origin,
    kind: 'file',
    location: named.paths.get(facts) ?? '',
  });
  const isExtra = ({ path }: TruststoreError): boolean =>
    path === process.env['NODE_EXTRA_CA_CERTS'];
  return {
    certificates: named[origin]
      .filter(({ skipped }) => skipped !== 'unparsable')
      .map((facts) => toRecord(facts.pem, policy, distrustedBy, source(facts))),
    errors: [...named.errors, ...named.warnings]
      .filter((error) => isExtra(error) === (origin === 'extra'))
      .map(toStoreError),
  };
}

function readOther(origin: OtherOrigin, options: JudgeOptions): OtherCertificates {
  return origin === 'bundled' ? readBundled(options) : readNamed(origin, options);
}

function writeBundle(
  options: BundleOptions,
  onWarnings: (warnings: readonly StoreError[]) => void,
): BundleFile {
  return loadWriteBundle().makeBundle(options, (trust) => {
    const set = readSetOf(trust);
    const [userError] = set.userErrors;
    if (userError) throw userError;
    onWarnings([...set.warnings, ...set.errors]);
    if (set.anchors.length === 0) throw emptySetError(set.errors);
    return set;
  });
}

function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export function createLibraryApi(): CliApi {
  const policy = toPolicy({ purpose: 'any', expired: true });
  return {
    version: packageVersion(),
    readSystemStore,
    getSystemCAs,
    getDefaultVerifyPaths,
    readTrustSet,
    writeBundle,
    readOther,
    readPublished: () => readPublished(),
    // Loaded late, because the other commands do not need it.
    explain: (target, options) => loadExplain().explain(target, options),
    saveFix: (fix) => loadFix().saveFix(fix, process.env),
    examineMachine: (options) => loadMachineFacts().examineMachine(options),
    checkCertificates: (bytes, path) => {
      const { certificates, problems } = parseNamed(bytes, loadBinding(), wholePolicy());
      if (certificates.length === 0) throw noCertificateIn(path, bytes, problems);
    },
    describe: (pem) => loadBinding().describe(new Certificate(pem).der, policy),
  };
}
