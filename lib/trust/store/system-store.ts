/**
 * Reads the operating system's store as JavaScript values. The functions for programs are in trust/api.ts.
 */
import { loadBinding, strategyOf } from '../../addon/load-binding.js';
import type { NativeCertificate, NativeLocation, NativeStore } from '../../addon/native-binding.js';
import { fromNativeError } from '../../addon/native-errors.js';
import { wallClock } from '../../base/machine-time.js';
import { part } from '../../base/part.js';
import { TruststoreError } from '../../errors.js';
import type {
  StoreLocation,
  SystemCAOptions,
  SystemCertificate,
  SystemStore,
  VerifyPaths,
} from '../../types.js';
import { resolveSystemOptions } from '../options/options.js';
import { toStoreRead } from '../options/resolved-options.js';
import type { StoreRead } from '../options/resolved-options.js';
import { collectPages, systemStoreCache } from './store-cache.js';

const loadUserDirectory = part(
  () => require('../../files/user-directory.js') as typeof import('../../files/user-directory.js'),
);

/** A whole record takes some 20 µs; see `USABLE_PER_TURN`. */
const RECORDS_PER_TURN = 50;

function toLocation(location: NativeLocation): StoreLocation {
  const { store, ...rest } = location;
  return store === '' ? rest : { ...rest, store };
}

export function toSystemCertificate(certificate: NativeCertificate): SystemCertificate {
  const { der, pem, fingerprint256, subject, issuer, serialNumber, role, trust } = certificate;
  const { skipped, detail, distrustedAfter } = certificate;
  return {
    ...{ der, pem, fingerprint256, subject, issuer, serialNumber },
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    role,
    trust,
    ...(skipped === undefined ? {} : { skipped }),
    ...(detail === undefined ? {} : { detail }),
    ...(distrustedAfter === undefined ? {} : { distrustedAfter: new Date(distrustedAfter) }),
    sources: certificate.sources.map((source) => ({ origin: 'system', ...source })),
  };
}

function toSystemStore(store: NativeStore, certificates: SystemCertificate[]): SystemStore {
  return {
    strategy: strategyOf(loadBinding()),
    certificates,
    errors: store.errors.map(fromNativeError),
    locations: store.locations.map(toLocation),
    durationMs: store.durationMs,
  };
}

/** No certificate and an error is a failure; no certificate and no error is an empty store. */
function toUsable(store: NativeStore, usable: readonly string[], { policy }: StoreRead): string[] {
  if (usable.length === 0) throwFirstError(store);
  return process.versions['deno'] === undefined ? usable.slice() : issuers(store, usable, policy);
}

/** Removes servers' own certificates for Deno, which lets every certificate of a list issue others. */
function issuers(
  store: NativeStore,
  pems: readonly string[],
  policy: StoreRead['policy'],
): string[] {
  const facts = store.facts({ ...policy, now: wallClock() });
  const peers = new Set(facts.filter(({ role }) => role === 'leaf').map(({ pem }) => pem));
  return pems.filter((pem) => !peers.has(pem));
}

function throwFirstError(store: NativeStore): void {
  const errors = store.errors.map(fromNativeError);
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  const where = first.path === undefined ? '' : `${first.path}: `;
  throw new TruststoreError(
    first.code,
    `No certificate of the system store could be read. ${where}${first.message}${more}`,
    {
      operation: first.operation,
      path: first.path,
      osStatus: first.osStatus,
      remedy: 'Run `npx os-truststore paths` to see where certificates are looked for.',
      errors,
    },
  );
}

export function getSystemCAs(options?: SystemCAOptions): string[] {
  const read = toStoreRead(resolveSystemOptions(options));
  const cache = systemStoreCache();
  const store = cache.open(read);
  return toUsable(store, cache.usable(read, store, wallClock()), read);
}

export async function getSystemCAsAsync(options?: SystemCAOptions): Promise<string[]> {
  const read = toStoreRead(resolveSystemOptions(options));
  const cache = systemStoreCache();
  const store = await cache.openAsync(read);
  return toUsable(store, await cache.usableAsync(read, store, wallClock()), read);
}

export function readSystemStore(options?: SystemCAOptions): SystemStore {
  const read = toStoreRead(resolveSystemOptions(options));
  const store = systemStoreCache().open(read);
  const certificates = store.certificates({ ...read.policy, now: wallClock() });
  return toSystemStore(store, certificates.map(toSystemCertificate));
}

export async function readSystemStoreAsync(options?: SystemCAOptions): Promise<SystemStore> {
  return readStoreAsync(toStoreRead(resolveSystemOptions(options)));
}

/** Like `readSystemStoreAsync`, for options that have been checked already. */
export async function readStoreAsync(read: StoreRead): Promise<SystemStore> {
  const store = await systemStoreCache().openAsync(read);
  const policy = { ...read.policy, now: wallClock() };
  const certificates = await collectPages((from) => {
    const { items, ...page } = store.certificatesPage(policy, from, RECORDS_PER_TURN);
    return { ...page, items: items.map(toSystemCertificate) };
  });
  return toSystemStore(store, certificates);
}

export function getDefaultVerifyPaths(options?: Pick<SystemCAOptions, 'env'>): VerifyPaths {
  const resolved = resolveSystemOptions(options);
  const paths = loadBinding().verifyPaths(toStoreRead(resolved).request);
  return {
    ...(paths.opensslFile === ''
      ? {}
      : {
          openssl: {
            file: paths.opensslFile,
            directory: paths.opensslDirectory,
            fileEnv: paths.opensslFileEnv,
            directoryEnv: paths.opensslDirectoryEnv,
          },
        }),
    locations: paths.locations.map(toLocation),
    distrust: paths.distrustPaths,
    userDirectory: loadUserDirectory().userConfigDirectory(resolved.env),
  };
}
