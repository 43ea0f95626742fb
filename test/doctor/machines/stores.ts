/**
 * System stores that are damaged, missing or old, and CAs in them.
 */
import { X509Certificate } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { EKU, createCertificate } from '../../helpers/pki.js';
import { trustedPem } from '../../helpers/roots.js';
import { moveClock } from '../hosts/certificates.js';
import { crashingNode, packageRoot, tool, withoutCrashingNode } from '../bench.js';
import type { Bench } from '../bench.js';
import type { MachineSetup } from '../machines.js';
import { makeChain } from '../pki-set.js';
import { identity, nginx } from '../servers.js';

const DAY_MS = 86_400_000;

async function rootPem(name: string): Promise<string> {
  return (await createCertificate({ commonName: name })).pem;
}

/** A root of the system whose owner renews it. */
function renewedByOwner(
  kind: Pick<MachineSetup, 'name' | 'expected'> & Partial<MachineSetup>,
  bad: (bench: Bench) => Promise<string> | string,
): MachineSetup {
  return {
    cures: ['other-person'],
    who: 'ca',
    ...kind,
    build: async (bench) => {
      bench.system(await bad(bench));
      return {
        byPeople: async () => {
          bench.system(await rootPem('Renewed Root'));
        },
      };
    },
  };
}

/** A root that OpenSSL makes with another key than the usual one. */
function opensslRoot(bench: Bench, ...key: string[]): string {
  tool('openssl', [
    ...['req', '-x509', '-nodes', '-days', '30000', '-subj', '/CN=Odd Root', ...key],
    ...['-keyout', bench.path('odd.key'), '-out', bench.path('odd.pem')],
  ]);
  return readFileSync(bench.path('odd.pem'), 'utf8');
}

/** A CA directory, and the system has nothing else. */
function caDirectory(bench: Bench, files: Record<string, string>): string {
  const directory = bench.path('home/cas');
  mkdirSync(directory);
  for (const [name, pem] of Object.entries(files)) writeFileSync(join(directory, name), pem);
  bench.env['SSL_CERT_DIR'] = directory;
  return directory;
}

export const storeSetups: readonly MachineSetup[] = [
  {
    name: 'a package without its addon',
    expected: 'addon-missing',
    cures: ['by-hand'],
    build: (bench) => {
      const copy = bench.path('copy');
      for (const part of ['dist', 'package.json']) {
        cpSync(join(packageRoot, part), join(copy, part), { recursive: true });
      }
      symlinkSync(join(packageRoot, 'node_modules'), join(copy, 'node_modules'));
      bench.mainScript = join(copy, 'dist/cli/main.js');
      return {
        // test/packaging builds it.
        forOthers: /os-truststore build/,
        byPeople: () => {
          cpSync(join(packageRoot, 'build/Release'), join(copy, 'build/Release'), {
            recursive: true,
          });
        },
      };
    },
  },
  {
    name: 'a machine without a store',
    expected: 'no-system-store',
    cures: ['variable', 'by-hand'],
    build: async (bench) => {
      const pem = await rootPem('Bundle Root');
      bench.file('mine.pem', pem);
      return {
        fill: { 'BUNDLE.pem': bench.path('mine.pem') },
        byPeople: () => {
          bench.system(pem);
        },
      };
    },
  },
  {
    name: 'a damaged certificate in the store',
    expected: 'store-error',
    cures: ['command', 'file'],
    build: async (bench) => {
      const pem = await rootPem('Whole Root');
      bench.system(pem, pem.slice(0, 300));
      return {
        byPeople: () => {
          bench.system(pem);
        },
      };
    },
  },
  {
    name: 'a CA directory without hash links',
    expected: 'not-hashed',
    cures: ['command'],
    build: async (bench) => {
      caDirectory(bench, { 'corp.pem': await rootPem('Corp Root') });
      return {};
    },
  },
  {
    name: 'a CA added to a directory whose hash links are older',
    expected: 'not-hashed',
    cures: ['command'],
    says: /does not find 1 anchor/,
    build: async (bench) => {
      const directory = caDirectory(bench, { 'old.pem': await rootPem('Old Root') });
      tool('openssl', ['rehash', directory]);
      writeFileSync(join(directory, 'new.pem'), await rootPem('New Root'));
      return {};
    },
  },
  {
    name: 'a request where a CA is expected',
    expected: 'user-ca',
    cures: ['file'],
    build: async (bench) => {
      bench.user(
        'corp.pem',
        '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n',
      );
      const pem = await rootPem('Corp Root');
      return {
        byPeople: () => {
          bench.user('corp.pem', pem);
        },
      };
    },
  },
  {
    name: 'a store of three years ago',
    expected: 'stale-store',
    cures: ['by-hand'],
    build: async (bench) => {
      const pem = await rootPem('Stale Root');
      bench.system(pem);
      const then = new Date(Date.now() - 3 * 365 * DAY_MS);
      for (const path of [bench.storeFile, bench.path('empty')]) utimesSync(path, then, then);
      return {
        byPeople: () => {
          bench.system(pem);
        },
      };
    },
  },
  {
    name: 'a clock that is ten years behind',
    expected: 'clock',
    cures: ['by-hand'],
    build: (bench) => ({ byPeople: moveClock(bench, -3650 * 86_400) }),
  },
  {
    name: 'a clock that is forty years ahead',
    expected: 'clock',
    cures: ['by-hand'],
    build: (bench) => ({ byPeople: moveClock(bench, 40 * 365 * 86_400) }),
  },
  {
    name: 'a root that only the system has',
    expected: 'system-only',
    cures: ['code', 'command'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Company');
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { client: { port } };
    },
  },
  renewedByOwner(
    { name: 'a root that expires within a month', expected: 'expires-soon' },
    async () => {
      const validTo = new Date(Date.now() + 20 * DAY_MS);
      return (await createCertificate({ commonName: 'Ending Root', validTo })).pem;
    },
  ),
  renewedByOwner(
    { name: 'a root with a short key', expected: 'weak-anchor', says: /Odd Root/ },
    (bench) => opensslRoot(bench, '-newkey', 'rsa:1024'),
  ),
  renewedByOwner(
    {
      name: 'a root at which this Node ends',
      expected: 'runtime-crash',
      ...withoutCrashingNode,
    },
    (bench) => {
      bench.useNode(crashingNode);
      return opensslRoot(bench, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1');
    },
  ),
  {
    name: 'two roots of one name',
    expected: 'same-name',
    cures: ['file'],
    build: async (bench) => {
      const [old, present] = [await rootPem('Corp Root'), await rootPem('Corp Root')];
      bench.system(old, present);
      return {
        byPeople: () => {
          bench.system(present);
        },
      };
    },
  },
  {
    name: 'a root of Node that the system distrusts',
    expected: 'bundled-distrusted',
    cures: [],
    build: (bench) => {
      const [first = ''] = rootCertificates;
      bench.system(trustedPem(new X509Certificate(first).raw, { reject: [EKU.serverAuth] }));
      return {};
    },
  },
  {
    name: 'roots of Node that the system does not have',
    expected: 'bundled-only',
    cures: [],
    build: async (bench) => {
      bench.system(await rootPem('Only Root'));
      return {};
    },
  },
];
