/**
 * Fills, reads and empties the certificate stores of this machine. Started by windows-store.ps1, which always cleans
 * up.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
// Imported after the helper, which loads the polyfill it needs.
// @peculiar/x509 needs this first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import { getTrustedCAs, inject, readSystemStore } from '../../dist/index.js';
import type { SystemStore } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki';
import type { CertificateSpec, TestCertificate } from '../helpers/pki';
import { addToStores, removeFromStores } from '../windows/stores';
import type { RegistryHost } from '../windows/stores';
import { actualSummaries, expectedSummaries, fingerprint, splitByTable } from '../windows/summary';
import { createTable, entriesOf, namePrefix } from '../windows/table';
import type { Place, Row } from '../windows/table';

const execute = promisify(execFile);
const skip =
  process.platform !== 'win32'
    ? 'Windows only'
    : process.env.WINDOWS_TEST_STORES === undefined
      ? 'changes the stores of this machine: run npm run test:windows-store as administrator'
      : false;

/**
 * Windows removes certificates from the user's ROOT that were not added through its own dialog, so the user's group
 * policy replaces it.
 */
function withoutUserRoot(row: Row): Row {
  const places: Place[] = row.places.map((place) =>
    place.location === 'CURRENT_USER' && place.store === 'ROOT'
      ? { ...place, location: 'CURRENT_USER_GROUP_POLICY' }
      : place,
  );
  const key = ({ location, store }: Place) => `${location}/${store}`;
  return { ...row, places: [...new Map(places.map((place) => [key(place), place])).values()] };
}

function byFingerprint(store: SystemStore, { pem }: TestCertificate) {
  return store.certificates.find(({ fingerprint256 }) => fingerprint256 === fingerprint(pem));
}

describe('the certificate stores of this Windows', { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'os-truststore-stores-'));
  const requests: string[] = [];
  const web = createWebServer((request, response) => {
    requests.push(request.url ?? '');
    response.statusCode = 404;
    response.end();
  });
  const undo: (() => Promise<unknown>)[] = [];
  const host: RegistryHost = {
    async importRegistry(content) {
      const file = path.join(folder, 'change.reg');
      writeFileSync(file, content);
      await execute('reg', ['import', file]);
    },
  };
  let rows: Row[];

  async function listen(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  before(async () => {
    await listen(web);
    rows = (await createTable()).map(withoutUserRoot);
    undo.push(() => removeFromStores(host, entriesOf(rows)));
    await addToStores(host, entriesOf(rows));
  });
  after(async () => {
    for (const step of undo.reverse()) await step();
    web.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Makes a certificate that names its issuer, its OCSP responder and its CRL. */
  async function create(name: string, spec: Partial<CertificateSpec> = {}) {
    const base = `http://127.0.0.1:${String((web.address() as AddressInfo).port)}`;
    const extensions = [
      new x509.AuthorityInfoAccessExtension({ ocsp: `${base}/ocsp`, caIssuers: `${base}/issuer` }),
      new x509.CRLDistributionPointsExtension([`${base}/crl`]),
    ];
    return createCertificate({ commonName: namePrefix + name, extensions, ...spec });
  }

  /** Uses Windows' own tool. `where` is certutil's name for the location: nothing, -enterprise, -grouppolicy, -user. */
  async function addWithCertutil(
    certificate: TestCertificate,
    store: string,
    where: string[] = [],
  ) {
    const file = path.join(folder, `${certificate.certificate.serialNumber}.cer`);
    writeFileSync(file, certificate.der);
    const { serialNumber } = certificate.certificate;
    undo.push(() => execute('certutil', [...where, '-delstore', store, serialNumber]));
    await execute('certutil', [...where, '-f', '-addstore', store, file]);
  }

  it('are read as the table says', () => {
    const store = readSystemStore();
    const { ours } = splitByTable(store.certificates, rows);
    assert.deepEqual(actualSummaries(ours), expectedSummaries(rows));
    assert.deepEqual(store.errors, []);
    assert.equal(store.strategy, 'addon');
  });

  it('show what certutil added, where it added it', async () => {
    const places: [string, string[], string][] = [
      ['ROOT', [], 'LOCAL_MACHINE'],
      ['ROOT', ['-enterprise'], 'LOCAL_MACHINE_ENTERPRISE'],
      ['ROOT', ['-grouppolicy'], 'LOCAL_MACHINE_GROUP_POLICY'],
      ['CA', [], 'LOCAL_MACHINE'],
      ['CA', ['-user'], 'CURRENT_USER'],
      ['Disallowed', [], 'LOCAL_MACHINE'],
      ['Disallowed', ['-user'], 'CURRENT_USER'],
      ['TrustedPeople', [], 'LOCAL_MACHINE'],
    ];
    const added = [];
    for (const [store, where, location] of places) {
      const certificate = await create(`certutil ${store} ${location}`);
      await addWithCertutil(certificate, store, where);
      added.push({ certificate, source: `${location}/${store}` });
    }
    const store = readSystemStore();
    for (const { certificate, source } of added) {
      const found = byFingerprint(store, certificate);
      const sources = found?.sources.map(({ location, store: name = '' }) => `${location}/${name}`);
      assert.deepEqual(sources, [source]);
    }
    assert.deepEqual(requests, []);
  });

  it('hold the programme roots of Microsoft as well', () => {
    const { others } = splitByTable(readSystemStore().certificates, rows);
    const anchors = others.filter(
      ({ role, skipped }) => role === 'anchor' && skipped === undefined,
    );
    assert.ok(anchors.length >= 5, `${String(anchors.length)} anchors`);
  });

  it('are listed by Node itself with differences the rules explain', (t) => {
    if (!('getCACertificates' in tls)) {
      t.skip('this Node does not list system certificates');
      return;
    }
    const byNode = new Set(tls.getCACertificates('system').map(fingerprint));
    const store = readSystemStore();
    for (const { fingerprint256, skipped, subject } of store.certificates) {
      // Node ignores Disallowed, dates, shapes and issuers; what we leave out has a reason.
      if (byNode.has(fingerprint256)) continue;
      const reason = skipped === 'purpose' || skipped === 'distrusted' ? skipped : undefined;
      assert.ok(reason !== undefined, `only listed by us: ${subject}`);
    }
    const ours = new Set(store.certificates.map(({ fingerprint256 }) => fingerprint256));
    assert.deepEqual(
      [...byNode].filter((one) => !ours.has(one)),
      [],
    );
  });

  it('take distrusted roots out of the whole set', () => {
    const trusted = new Set(getTrustedCAs().map(fingerprint));
    const disallowed = rows.filter(({ expected }) => expected.trust === 'distrusted');
    assert.ok(disallowed.length > 0);
    for (const { certificate } of disallowed) {
      assert.equal(trusted.has(fingerprint(certificate.pem)), false);
    }
  });

  it('decide about connections, and are followed when they change', async () => {
    const root = await create('company root');
    const leaf = await create('intranet', { issuer: root, ca: false, ip: ['127.0.0.1'] });
    const server = createServer({ key: leaf.keyPem, cert: leaf.pem }, (_, response) =>
      response.end('hello'),
    );
    const target = `https://${await listen(server)}/`;
    const attempt = () =>
      fetch(target).then(
        (response) => response.text(),
        (error: unknown) => (error as { cause?: { code?: string } }).cause?.code,
      );
    const injection = inject({ watch: true });
    const changed = () =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error('no change was noticed'));
        }, 20_000);
        injection.on('change', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    try {
      await injection.ready;
      assert.notEqual(await attempt(), 'hello');
      const added = changed();
      await addWithCertutil(root, 'ROOT');
      await added;
      assert.equal(await attempt(), 'hello');
      const disallowed = changed();
      await addWithCertutil(root, 'Disallowed');
      await disallowed;
      assert.notEqual(await attempt(), 'hello');
    } finally {
      injection.restore();
      server.close();
      server.closeAllConnections();
    }
    assert.deepEqual(requests, [], 'reading asked the network');
  });
});
