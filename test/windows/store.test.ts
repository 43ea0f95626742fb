import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { createCertificate, toPem } from '../helpers/pki';
import { reencoded } from '../helpers/reencoded';
import { certificate, commonName, oid, sequence } from '../native/der';
import { ask, readStore } from './client';
import type { ReportedStore } from './client';
import { keyHash, listPlace, makeList, setDisallowedList, signatureHash } from './disallowed-list';
import { addToStores, setProtectedRootsFlags } from './stores';
import type { Location, StoreName } from './stores';
import { actualSummaries, expectedSummaries, fingerprint, splitByTable } from './summary';
import { createTable, entriesOf, unreadEntries, withoutEnterprise } from './table';
import type { Row } from './table';
import { Prefix, setup } from './wine';

const lines = Object.keys(setup.nodes);
/** Wine itself puts this many into LOCAL_MACHINE\ROOT. */
const builtInRoots = 5;

const locationOrder: Location[] = [
  'LOCAL_MACHINE',
  'LOCAL_MACHINE_GROUP_POLICY',
  'LOCAL_MACHINE_ENTERPRISE',
  'CURRENT_USER',
  'CURRENT_USER_GROUP_POLICY',
];

function expectedLocations(rows: Row[], extra: Partial<Record<string, number>>): string[] {
  const stores: StoreName[] = ['ROOT', 'CA', 'TrustedPeople', 'Disallowed'];
  return stores.flatMap((store) => {
    const locations = store === 'TrustedPeople' ? locationOrder.slice(0, 3) : locationOrder;
    const counted = locations.map((location) => {
      const places = rows.flatMap((row) => row.places);
      const found = places.filter((place) => place.location === location && place.store === store);
      const count = found.length + (extra[`${location}/${store}`] ?? 0);
      return `${location}/${store}: ${count > 0 ? 'read' : 'missing'} ${String(count)}`;
    });
    return counted;
  });
}

function actualLocations(store: ReportedStore): string[] {
  return store.locations
    .filter(({ location }) => location !== 'LOGICAL')
    .map(
      ({ location, store: name = '', state, certificates }) =>
        `${location}/${name}: ${state} ${String(certificates)}`,
    );
}

/**
 * Why Node lists what we leave out: it reads ROOT, CA and TrustedPeople alike, and ignores Disallowed, dates, shapes
 * and issuers. Purposes differ where Wine answers Node's single question with the property alone, and where a second
 * copy, in CA, has no purposes.
 */
const knownDifferences = [
  'distrusted',
  'expired',
  'not-a-ca',
  'not-trusted',
  'not-yet-valid',
  'orphan',
  'purpose',
];

describe('the Windows stores under Wine', { concurrency: 2 }, () => {
  let rows: Row[];
  let prefix: Prefix;

  before(async () => {
    rows = await createTable();
    prefix = new Prefix();
    await addToStores(prefix, [...entriesOf(rows), ...(await unreadEntries())]);
  });
  after(() => {
    prefix.remove();
  });

  for (const line of lines) {
    it(`Node ${line} reads every store at every location as the table says`, async () => {
      const visible = rows.flatMap((row) => withoutEnterprise(row) ?? []);
      const store = await ask<ReportedStore>(prefix, line, setup.shipped, readStore);
      const { ours, others } = splitByTable(store.certificates, rows);
      assert.deepEqual(actualSummaries(ours), expectedSummaries(visible));
      assert.equal(others.length, builtInRoots);
      for (const { trust, sources } of others) {
        assert.equal(trust, 'trusted');
        assert.deepEqual(
          sources.map(({ location, store: name }) => [location, name]),
          [['LOCAL_MACHINE', 'ROOT']],
        );
      }
      assert.deepEqual(store.errors, []);
      assert.equal(store.strategy, 'addon');
      assert.deepEqual(
        actualLocations(store),
        expectedLocations(visible, { 'LOCAL_MACHINE/ROOT': builtInRoots }),
      );
    });
  }

  for (const line of lines.filter((candidate) => candidate !== '20')) {
    it(`Node ${line} itself lists the same but for what the rules say`, async () => {
      const { listed, store } = await ask<{ listed: string[]; store: ReportedStore }>(
        prefix,
        line,
        setup.shipped,
        `report({
          listed: require('node:tls').getCACertificates('system'),
          store: library.readSystemStore(),
        });`,
      );
      const byNode = new Set(listed.map(fingerprint));
      const ours = new Map(store.certificates.map((one) => [one.fingerprint256, one]));
      const listedOnlyByNode = [...byNode].filter((one) => ours.get(one)?.skipped !== undefined);
      const reasons = listedOnlyByNode.map((one) => ours.get(one)?.skipped);
      assert.deepEqual([...new Set(reasons)].sort(), knownDifferences);
      const kept = store.certificates.filter(({ skipped }) => skipped === undefined);
      assert.deepEqual(
        kept.filter(({ fingerprint256 }) => !byNode.has(fingerprint256)),
        [],
        'kept by us alone',
      );
      assert.deepEqual(
        [...byNode].filter((one) => !ours.has(one)),
        [],
        'unknown to us',
      );
    });
  }

  it('reads the enterprise location too, where the system has one', async () => {
    const store = await ask<ReportedStore>(prefix, '22', setup.enterprise, readStore);
    const { ours } = splitByTable(store.certificates, rows);
    assert.deepEqual(actualSummaries(ours), expectedSummaries(rows));
    assert.deepEqual(store.errors, []);
    assert.deepEqual(
      actualLocations(store),
      expectedLocations(rows, { 'LOCAL_MACHINE/ROOT': builtInRoots }),
    );
  });
});

describe('a certificate in Disallowed', () => {
  it('is distrusted in every encoding; a renewed one is not', async () => {
    const prefix = new Prefix();
    try {
      const evil = await createCertificate({ commonName: 'Evil' });
      const der = reencoded(evil.der);
      const twin = { ...evil, der, pem: toPem(der) };
      const renewed = await createCertificate({ commonName: 'Evil', keys: evil.keys });
      const root = { location: 'LOCAL_MACHINE', store: 'ROOT' } as const;
      await addToStores(prefix, [
        { certificate: twin, ...root },
        { certificate: renewed, ...root },
        { certificate: evil, location: 'CURRENT_USER', store: 'Disallowed' },
      ]);
      const store = await ask<ReportedStore>(prefix, '20', setup.shipped, readStore);
      const skipped = [twin, renewed, evil].map(
        ({ pem }) =>
          store.certificates.find(({ fingerprint256 }) => fingerprint256 === fingerprint(pem))
            ?.skipped,
      );
      assert.deepEqual(skipped, ['distrusted', undefined, 'distrusted']);
    } finally {
      prefix.remove();
    }
  });
});

describe("Microsoft's list of distrusted certificates", () => {
  it('takes what it names, by signature or by key, out of every list and says so', async () => {
    const prefix = new Prefix();
    try {
      const root = { location: 'LOCAL_MACHINE', store: 'ROOT' } as const;
      const good = await createCertificate({ commonName: 'Good' });
      const listed = await createCertificate({ commonName: 'Listed' });
      const renewed = await createCertificate({ commonName: 'Listed', keys: listed.keys });
      // Wine can only hash what was signed with RSA.
      const rsaWithSha256 = sequence(oid('1.2.840.113549.1.1.11'));
      const der = certificate({ subject: commonName('RSA'), signatureAlgorithm: rsaWithSha256 });
      const signed = { ...good, der, pem: toPem(der) };
      const user = await createCertificate({ commonName: 'User' });
      await addToStores(
        prefix,
        [good, listed, renewed, signed].map((one) => ({ certificate: one, ...root })),
      );
      const read = `const { rootCertificates } = require('node:tls');
        report({
          store: library.readSystemStore(),
          roots: rootCertificates.slice(0, 3),
          trusted: library.getTrustedCAs({ userCAs: ${JSON.stringify(user.pem)} }),
        });`;
      interface Answer {
        store: ReportedStore;
        roots: string[];
        trusted: string[];
      }
      const { roots } = await ask<Answer>(prefix, '20', setup.shipped, read);
      const [byKey = Buffer.of(), bySignature = Buffer.of()] = roots.map(
        (pem) => new X509Certificate(pem).raw,
      );
      const hashes = [listed.der, user.der, byKey].map(keyHash);
      hashes.push(...[signed.der, bySignature].map(signatureHash));
      await setDisallowedList(prefix, makeList(hashes));

      const { store, trusted } = await ask<Answer>(prefix, '20', setup.shipped, read);
      assert.deepEqual(store.errors, []);
      const skippedOf = (pem: string) =>
        store.certificates.find(({ fingerprint256 }) => fingerprint256 === fingerprint(pem))
          ?.skipped;
      assert.deepEqual(
        [good, listed, renewed, signed].map(({ pem }) => skippedOf(pem)),
        [undefined, 'distrusted', 'distrusted', 'distrusted'],
      );
      const places = store.certificates
        .filter(({ skipped }) => skipped === 'distrusted')
        .map(({ sources }) => sources.at(-1));
      assert.equal(places.length, 3);
      for (const place of places) {
        const { location, store: value } = place ?? {};
        assert.deepEqual({ location, store: value }, listPlace);
      }
      const kept = new Set(trusted.map(fingerprint));
      const isKept = [...roots, user.pem, good.pem].map((pem) => kept.has(fingerprint(pem)));
      assert.deepEqual(isKept, [false, false, true, false, true]);
    } finally {
      prefix.remove();
    }
  });

  it('is an error where it cannot be read, and nothing else', async () => {
    const prefix = new Prefix();
    try {
      await setDisallowedList(prefix, Buffer.from('damaged'));
      const store = await ask<ReportedStore>(prefix, '20', setup.shipped, readStore);
      const paths = store.errors.map(({ path }) => path);
      assert.deepEqual(paths, [`${listPlace.location}\\${listPlace.store}`]);
      assert.equal(store.certificates.length, builtInRoots);
    } finally {
      prefix.remove();
    }
  });
});

describe('the policy on root stores', () => {
  it('takes trust from TrustedPeople when it disables peer trust', async () => {
    const prefix = new Prefix();
    try {
      const rows = (await createTable()).filter(({ name }) => name === 'person of LOCAL_MACHINE');
      await addToStores(prefix, entriesOf(rows));
      await setProtectedRootsFlags(prefix, 0x10000);
      const store = await ask<ReportedStore>(prefix, '20', setup.shipped, readStore);
      const { ours } = splitByTable(store.certificates, rows);
      assert.deepEqual(actualSummaries(ours), [
        {
          name: 'person of LOCAL_MACHINE',
          role: 'leaf',
          trust: 'unspecified',
          skipped: 'not-a-ca',
          sources: ['LOCAL_MACHINE/TrustedPeople/'],
        },
      ]);
    } finally {
      prefix.remove();
    }
  });
});
