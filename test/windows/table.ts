/**
 * Lists every kind of certificate in every kind of place, and the expected result.
 */
// Imported after the helper, which loads the polyfill it needs.
// @peculiar/x509 needs this first.
import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';

import { createCertificate, EKU } from '../helpers/pki';
import type { CertificateSpec, TestCertificate } from '../helpers/pki';
import { encodeEku } from './stores';
import type { Location, StoreEntry, StoreName } from './stores';

export interface Place {
  location: Location;
  store: StoreName;
  friendlyName?: string;
  ekuProperty?: Buffer;
}

export interface Expectation {
  role: 'anchor' | 'intermediate' | 'leaf';
  trust: 'trusted' | 'distrusted' | 'unspecified';
  skipped?: string;
}

export interface Row {
  name: string;
  certificate: TestCertificate;
  places: Place[];
  expected: Expectation;
}

/** Starts the name of each certificate, in case one is left behind in a machine's stores. */
export const namePrefix = 'os-truststore test: ';

const anchor: Expectation = { role: 'anchor', trust: 'trusted' };
const intermediate: Expectation = { role: 'intermediate', trust: 'unspecified' };
const distrusted: Expectation = { role: 'anchor', trust: 'distrusted', skipped: 'distrusted' };
const wrongPurpose: Expectation = { ...anchor, skipped: 'purpose' };

const allLocations: Location[] = [
  'LOCAL_MACHINE',
  'LOCAL_MACHINE_GROUP_POLICY',
  'LOCAL_MACHINE_ENTERPRISE',
  'CURRENT_USER',
  'CURRENT_USER_GROUP_POLICY',
];

function at(location: Location, store: StoreName, extra: Partial<Place> = {}): Place {
  return { location, store, ...extra };
}

const machineRoot = at('LOCAL_MACHINE', 'ROOT');

function withProperty(ekuProperty: Buffer): Place {
  return { ...machineRoot, ekuProperty };
}

async function row(
  name: string,
  spec: Omit<CertificateSpec, 'commonName'>,
  places: Place[],
  expected: Expectation,
): Promise<Row> {
  return {
    name,
    certificate: await createCertificate({ commonName: namePrefix + name, ...spec }),
    places,
    expected,
  };
}

function rootRows(): Promise<Row>[] {
  return [
    ...allLocations.map((location) =>
      row(
        `root of ${location}`,
        {},
        [at(location, 'ROOT', { friendlyName: `Nïce ${location} ☂` })],
        anchor,
      ),
    ),
    row(
      'in many places',
      {},
      [...allLocations.map((location) => at(location, 'ROOT')), at('LOCAL_MACHINE', 'CA')],
      anchor,
    ),
    row('expired', { validTo: new Date('2021-01-01') }, [machineRoot], {
      ...anchor,
      skipped: 'expired',
    }),
    row('not yet valid', { validFrom: new Date('2110-01-01') }, [machineRoot], {
      ...anchor,
      skipped: 'not-yet-valid',
    }),
    row('development server', { ca: false, dns: ['localhost'] }, [at('CURRENT_USER', 'ROOT')], {
      role: 'leaf',
      trust: 'trusted',
    }),
  ];
}

function purposeRows(): Promise<Row>[] {
  const client = encodeEku([EKU.clientAuth]);
  const server = encodeEku([EKU.serverAuth, EKU.emailProtection]);
  const rows: [string, string[] | undefined, Place[], Expectation][] = [
    ['property: server', undefined, [withProperty(server)], anchor],
    ['property: any', undefined, [withProperty(encodeEku([EKU.any]))], anchor],
    ['property: client', undefined, [withProperty(client)], wrongPurpose],
    ['property: empty', undefined, [withProperty(encodeEku([]))], wrongPurpose],
    ['property: damaged', undefined, [withProperty(Buffer.from('damaged'))], wrongPurpose],
    ['extension: server', [EKU.serverAuth], [machineRoot], anchor],
    ['extension: any', [EKU.any], [machineRoot], anchor],
    ['extension: e-mail', [EKU.emailProtection], [machineRoot], wrongPurpose],
    [
      'extension server with property client',
      [EKU.serverAuth],
      [withProperty(client)],
      wrongPurpose,
    ],
    [
      'extension client with property server',
      [EKU.clientAuth],
      [withProperty(server)],
      wrongPurpose,
    ],
    [
      'extension server and client with property server',
      [EKU.serverAuth, EKU.clientAuth],
      [withProperty(server)],
      anchor,
    ],
    ['one good instance', undefined, [withProperty(client), at('CURRENT_USER', 'ROOT')], anchor],
    [
      'unrestricted only where intermediates are kept',
      undefined,
      [withProperty(client), at('CURRENT_USER', 'CA')],
      wrongPurpose,
    ],
  ];
  return rows.map(([name, eku, places, expected]) =>
    row(name, eku === undefined ? {} : { eku }, places, expected),
  );
}

function disallowedRows(): Promise<Row>[] {
  return [
    ...allLocations.map((location) =>
      row(
        `disallowed in ${location}`,
        {},
        [machineRoot, at('CURRENT_USER', 'ROOT'), at(location, 'Disallowed')],
        distrusted,
      ),
    ),
    row(
      'disallowed for e-mail',
      {},
      [
        machineRoot,
        at('CURRENT_USER', 'Disallowed', { ekuProperty: encodeEku([EKU.emailProtection]) }),
      ],
      distrusted,
    ),
    row('disallowed only', {}, [at('LOCAL_MACHINE', 'Disallowed')], distrusted),
  ];
}

async function issuedRows(): Promise<Row[]> {
  const issuer = await row('issuer', {}, [machineRoot], anchor);
  const elsewhere = await createCertificate({ commonName: `${namePrefix}issuer elsewhere` });
  const issued = { issuer: issuer.certificate };
  return [
    issuer,
    ...(await Promise.all([
      ...allLocations.map((location) =>
        row(`intermediate of ${location}`, issued, [at(location, 'CA')], intermediate),
      ),
      row('orphan', { issuer: elsewhere }, [at('LOCAL_MACHINE', 'CA')], {
        ...intermediate,
        skipped: 'orphan',
      }),
      row('issued among roots', issued, [machineRoot], anchor),
      row('orphan among roots', { issuer: elsewhere }, [machineRoot], {
        ...anchor,
        skipped: 'orphan',
      }),
      row('self-signed among intermediates', {}, [at('CURRENT_USER', 'CA')], {
        ...intermediate,
        skipped: 'not-trusted',
      }),
      row('issued server among roots', { ...issued, ca: false }, [machineRoot], {
        role: 'leaf',
        trust: 'trusted',
        skipped: 'not-a-ca',
      }),
    ])),
  ];
}

async function peopleRows(): Promise<Row[]> {
  const machineLocations = allLocations.slice(0, 3);
  const issuer = await createCertificate({ commonName: `${namePrefix}issuer of people` });
  const untrusted = { role: 'leaf', trust: 'unspecified' } as const;
  return Promise.all([
    ...machineLocations.map((location) =>
      row(`person of ${location}`, { ca: false }, [at(location, 'TrustedPeople')], {
        role: 'leaf',
        trust: 'trusted',
      }),
    ),
    row('person who is a CA', {}, [at('LOCAL_MACHINE', 'TrustedPeople')], {
      ...untrusted,
      skipped: 'not-trusted',
    }),
    row(
      'person who may issue',
      { omitBasicConstraints: true, keyUsage: KeyUsageFlags.keyCertSign },
      [at('LOCAL_MACHINE', 'TrustedPeople')],
      { ...untrusted, skipped: 'not-trusted' },
    ),
    row('issued person', { ca: false, issuer }, [at('LOCAL_MACHINE', 'TrustedPeople')], {
      ...untrusted,
      skipped: 'not-a-ca',
    }),
  ]);
}

/** Entries in stores that are never read. */
export async function unreadEntries(): Promise<StoreEntry[]> {
  const person = await createCertificate({
    commonName: `${namePrefix}person of the user`,
    ca: false,
  });
  return (['CURRENT_USER', 'CURRENT_USER_GROUP_POLICY'] as const).map((location) => ({
    certificate: person,
    location,
    store: 'TrustedPeople',
  }));
}

export async function createTable(): Promise<Row[]> {
  return [
    ...(await Promise.all([...rootRows(), ...purposeRows(), ...disallowedRows()])),
    ...(await issuedRows()),
    ...(await peopleRows()),
  ];
}

export function entriesOf(rows: Row[]): StoreEntry[] {
  return rows.flatMap(({ certificate, places }) =>
    places.map((place) => ({ certificate, ...place })),
  );
}

/** Returns the row for a reader without the enterprise location; undefined when nothing is left of it. */
export function withoutEnterprise(original: Row): Row | undefined {
  const places = original.places.filter(({ location }) => location !== 'LOCAL_MACHINE_ENTERPRISE');
  if (places.length === 0) return undefined;
  const lostDistrust =
    original.expected.trust === 'distrusted' && !places.some(({ store }) => store === 'Disallowed');
  return { ...original, places, expected: lostDistrust ? anchor : original.expected };
}
