/**
 * The library of a made-up store, so that a test can put anything into a name.
 */
import type { CliApi } from '../../dist/cli/api.js';
import { TruststoreError } from '../../dist/errors.js';
import type { ErrorCode, StoreError, StoreLocation, SystemCertificate } from '../../dist/types.js';

type Json<T> = Omit<T, 'der' | 'validFrom' | 'validTo'> & {
  der: string;
  validFrom: string;
  validTo: string;
};

export interface FakeStore {
  certificates: Json<SystemCertificate>[];
  /** How often the certificates are repeated, each with a serial number in its common name. */
  repeat?: number;
  errors?: StoreError[];
  locations?: StoreLocation[];
  /** Certificates that only the merged set has. */
  merged?: Json<SystemCertificate>[];
  userDirectory?: string;
  /** Fingerprints of what public programmes ship. */
  published?: string[];
  /** Thrown by every call of the library. */
  failure?: { code: ErrorCode | ''; message: string; remedy?: string };
}

function revive(certificate: Json<SystemCertificate>): SystemCertificate {
  return {
    ...certificate,
    der: Buffer.from(certificate.der, 'base64'),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
  };
}

function repeated({ certificates, repeat = 1 }: FakeStore): SystemCertificate[] {
  return Array.from({ length: repeat }, (_, copy) =>
    certificates
      .map(revive)
      .map((certificate) =>
        repeat === 1
          ? certificate
          : { ...certificate, subject: `${certificate.subject} ${String(copy)}` },
      ),
  ).flat();
}

export function createFakeApi(store: FakeStore): CliApi {
  const { failure } = store;
  const fail = (): void => {
    if (!failure) return;
    if (failure.code === '') throw new Error(failure.message);
    throw new TruststoreError(failure.code, failure.message, {
      operation: 'test',
      remedy: failure.remedy,
    });
  };
  const system = repeated(store);
  const merged = [...system, ...(store.merged ?? []).map(revive)];
  const usable = (certificates: SystemCertificate[]): string[] =>
    certificates.filter(({ skipped }) => skipped === undefined).map(({ pem }) => pem);
  const paths = { locations: store.locations ?? [], distrust: [], userDirectory: '/home/me/certs' };
  return {
    version: '0.0.0-test',
    readSystemStore: () => {
      fail();
      const { errors = [], locations = [] } = store;
      return { strategy: 'addon', certificates: system, errors, locations, durationMs: 1 };
    },
    getSystemCAs: () => {
      fail();
      return usable(system);
    },
    readTrustSet: ({ exclude = [] } = {}) => {
      fail();
      const { errors = [] } = store;
      const left = merged.filter(
        ({ fingerprint256 }) => !exclude.includes(fingerprint256.replaceAll(':', '')),
      );
      const anchors = usable(left.filter(({ role }) => role === 'anchor'));
      const none = { peers: [], namedPeers: [], userErrors: [], warnings: [] };
      return { certificates: usable(left), anchors, errors, ...none };
    },
    writeBundle: () => {
      throw new Error('the made-up store writes no bundle');
    },
    readOther: (origin) => ({
      certificates: origin === 'bundled' ? (store.merged ?? []).map(revive) : [],
      errors: [],
    }),
    readPublished: () => ({
      fingerprints: new Set(store.published),
      lists: ['/usr/share/ca-certificates/mozilla'],
    }),
    getDefaultVerifyPaths: () => {
      fail();
      return paths;
    },
    explain: () => Promise.reject(new Error('the made-up store explains nothing')),
    saveFix: () => [],
    examineMachine: () => {
      throw new Error('the made-up store is on no machine');
    },
    checkCertificates: () => undefined,
    describe: (pem) => {
      const found = merged.find((certificate) => certificate.pem === pem);
      if (!found) throw new Error('describe() was given a certificate nobody listed');
      return found;
    },
  };
}
