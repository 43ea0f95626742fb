import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';

import {
  createSecureContext,
  getDefaultVerifyPaths,
  getSystemCAs,
  getSystemCAsAsync,
  getTrustedCAs,
  inject,
  readSystemStore,
  readSystemStoreAsync,
} from '../../dist/index.js';
import type { Purpose } from '../../dist/index.js';
import { createCertificate, EKU, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { reencoded } from '../helpers/reencoded.js';
import { DENY, TRUST_AS_ROOT, TRUST_ROOT, assertClean, mac } from './fake-mac.js';
import type { MacCertificate } from './fake-mac.js';

const nodeMajor = Number(process.versions.node.split('.')[0]);

/** Changes the serial number of a certificate. Its signature is then wrong, which reading does not check. */
function withSerial(certificate: TestCertificate, serial: number): Buffer {
  const der = Buffer.from(certificate.der);
  const known = Buffer.from(certificate.certificate.serialNumber, 'hex');
  const at = der.indexOf(known);
  der.writeUInt16BE(serial, at + known.length - 2);
  return der;
}

const find = (der: Uint8Array) =>
  readSystemStore().certificates.find((certificate) => certificate.der.equals(der));

/** Connects to a server with `chain` and returns why it is refused, if it is. */
async function connect(
  leaf: TestCertificate,
  chain: TestCertificate[],
  options: tls.ConnectionOptions,
): Promise<string> {
  const cert = [leaf, ...chain].map(({ pem }) => pem).join('');
  const server = https.createServer({ key: leaf.keyPem, cert }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
  try {
    await once(socket, 'secureConnect');
    return 'trusted';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no code';
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('what macOS trusts', () => {
  test('anchors of all three domains come back as PEM, without what is denied or limited', async () => {
    const [apple, company, own, denied, limited] = await Promise.all(
      ['Apple', 'Company', 'Own', 'Denied', 'One host'].map((commonName) =>
        createCertificate({ commonName }),
      ),
    );
    assert.ok(apple && company && own && denied && limited);
    mac.reset([
      { der: apple.der, system: true },
      { der: company.der, admin: [] },
      { der: own.der, user: [{ policy: 'ssl', result: TRUST_ROOT }] },
      { der: denied.der, system: true, user: [{ result: DENY }] },
      { der: limited.der, admin: [{ policy: 'ssl', policyString: true, result: TRUST_ROOT }] },
    ]);
    const expected = [company.pem, own.pem, apple.pem];
    assert.deepEqual(getSystemCAs(), expected);
    assert.deepEqual(await getSystemCAsAsync(), expected);
    assert.equal(find(denied.der)?.trust, 'distrusted');
    assert.equal(find(denied.der)?.skipped, 'distrusted');
    assert.equal(find(limited.der)?.trust, 'unspecified');
    assert.equal(find(limited.der)?.skipped, 'not-trusted');
    assertClean();
  });

  test('every record names its domains and keychains', async () => {
    const company = await createCertificate({ commonName: 'Company' });
    mac.reset([
      { der: company.der, admin: [{ result: TRUST_ROOT }], system: true, keychain: true },
    ]);
    const store = await readSystemStoreAsync();
    assert.equal(store.strategy, 'addon');
    assert.deepEqual(store.errors, []);
    assert.deepEqual(
      store.certificates.map(({ sources }) => sources),
      [
        [
          { origin: 'system', kind: 'macos-trust-domain', location: 'admin' },
          { origin: 'system', kind: 'macos-trust-domain', location: 'system' },
          { origin: 'system', kind: 'macos-keychain', location: 'keychain search list' },
        ],
      ],
    );
    assert.deepEqual(
      store.locations.map(({ location, state, certificates }) => [location, state, certificates]),
      [
        ['admin', 'read', 1],
        ['user', 'read', 0],
        ['system', 'read', 1],
        ['keychain search list', 'read', 1],
      ],
    );
    assert.equal(
      store.certificates[0]?.fingerprint256,
      new X509Certificate(company.der).fingerprint256,
    );
  });

  test('where it looks is reported without a call', () => {
    mac.reset([]);
    const { locations, openssl } = getDefaultVerifyPaths();
    assert.deepEqual(
      locations.map(({ kind, origin }) => [kind, origin]),
      [
        ['macos-trust-domain', 'macos'],
        ['macos-trust-domain', 'macos'],
        ['macos-trust-domain', 'macos'],
        ['macos-keychain', 'macos'],
      ],
    );
    assert.equal(openssl, undefined);
    assert.deepEqual(mac.calls(), {});
  });

  test('intermediates of a keychain are helpers for server authentication, roots in it are not trusted', async () => {
    const root = await createCertificate({ commonName: 'Company' });
    const stray = await createCertificate({ commonName: 'Not marked as trusted' });
    const issuing = await createCertificate({ commonName: 'Issuing', issuer: root });
    const mail = await createCertificate({
      commonName: 'Mail',
      issuer: root,
      eku: [EKU.emailProtection],
    });
    const person = await createCertificate({ commonName: 'Somebody', issuer: root, ca: false });
    mac.reset([
      { der: root.der, admin: [] },
      ...[stray, issuing, mail, person].map(({ der }) => ({ der, keychain: true })),
    ]);
    assert.deepEqual(getSystemCAs(), [root.pem]);
    assert.deepEqual(getSystemCAs({ intermediates: true }), [root.pem, issuing.pem]);
    assert.equal(find(stray.der)?.skipped, 'not-trusted');
    assert.equal(find(mail.der)?.skipped, 'purpose');
    assert.equal(find(person.der), undefined);
  });

  test('Never Trust removes a root from the merged set, Node’s bundled copy included', () => {
    const bundled = tls.rootCertificates.at(-1);
    assert.ok(bundled !== undefined);
    const { raw } = new X509Certificate(bundled);
    const pem = toPem(raw);
    mac.reset([{ der: raw, system: true }]);
    assert.ok(getTrustedCAs().includes(pem));
    for (const domain of ['user', 'admin'] as const) {
      mac.reset([{ der: raw, system: true, [domain]: [{ policy: 'ssl', result: DENY }] }]);
      const trusted = getTrustedCAs();
      assert.ok(!trusted.includes(pem));
      assert.equal(trusted.length, tls.rootCertificates.length - 1);
    }
    mac.reset([{ der: raw, user: [{ result: TRUST_ROOT }], admin: [{ result: DENY }] }]);
    assert.ok(!getTrustedCAs().includes(pem), 'the administrator’s setting hides the user’s');
    mac.reset([{ der: raw, user: [{ result: DENY }], admin: [{ policy: 'smime', result: DENY }] }]);
    assert.ok(getTrustedCAs().includes(pem), 'also one that says nothing of TLS');
  });

  test('a root that is trusted for one end of connections is an anchor for that purpose alone', async () => {
    const [servers, clients, both] = await Promise.all(
      ['Servers', 'Clients', 'Both'].map((commonName) => createCertificate({ commonName })),
    );
    assert.ok(servers && clients && both);
    const entry = { policy: 'ssl', result: TRUST_ROOT } as const;
    mac.reset([
      { der: servers.der, admin: [{ ...entry, policyName: 'sslServer' }] },
      { der: clients.der, admin: [{ ...entry, policyName: 'sslClient' }] },
      { der: both.der, admin: [entry] },
    ]);
    assert.deepEqual(getSystemCAs(), [servers.pem, both.pem]);
    assert.deepEqual(getSystemCAs({ purpose: 'client-auth' }), [clients.pem, both.pem]);
    assert.deepEqual(getSystemCAs({ purpose: 'any' }), [servers.pem, clients.pem, both.pem]);
    assert.equal(find(clients.der)?.skipped, 'purpose');
  });

  test('a root that is denied for one end of connections is distrusted for that purpose alone', () => {
    const bundled = tls.rootCertificates.at(-1);
    assert.ok(bundled !== undefined);
    const { raw } = new X509Certificate(bundled);
    const pem = toPem(raw);
    const entry = { policy: 'ssl', result: DENY } as const;
    const trusts = (purpose: Purpose) => getTrustedCAs({ system: { purpose } }).includes(pem);
    for (const system of [true, false]) {
      mac.reset([{ der: raw, system, user: [{ ...entry, policyName: 'sslServer' }] }]);
      assert.deepEqual([trusts('server-auth'), trusts('client-auth')], [false, true]);
      mac.reset([{ der: raw, system, user: [{ ...entry, policyName: 'sslClient' }] }]);
      assert.deepEqual([trusts('server-auth'), trusts('client-auth')], [true, false]);
    }
  });

  test('Apple’s roots are listed once, for reads of either kind, and again for reload()', async () => {
    const [old, added] = await Promise.all(
      ['Old', 'New'].map((commonName) => createCertificate({ commonName })),
    );
    assert.ok(old && added);
    mac.reset([{ der: old.der, system: true }]);
    const injection = inject();
    try {
      await injection.ready;
      mac.refill([{ der: added.der, system: true }]);
      assert.deepEqual(getSystemCAs(), [old.pem]);
      assert.deepEqual(await getSystemCAsAsync(), [old.pem]);
      assert.equal(mac.calls().SecTrustSettingsCopyCertificates, 4);
      await injection.reload();
      assert.deepEqual(getSystemCAs(), [added.pem]);
    } finally {
      injection.restore();
    }
  });

  test('a root denied in one encoding is denied in every other, wherever that is', async () => {
    const [denied, other] = await Promise.all(
      ['Denied', 'Other'].map((commonName) => createCertificate({ commonName })),
    );
    assert.ok(denied && other);
    const twin = reencoded(denied.der);
    const renewed = await createCertificate({ commonName: 'Denied', keys: denied.keys });
    mac.reset([
      { der: other.der, system: true },
      { der: twin, system: true, admin: [{ result: TRUST_ROOT }] },
      { der: denied.der, user: [{ policy: 'ssl', result: DENY }] },
      { der: renewed.der, system: true },
    ]);
    assert.deepEqual(getSystemCAs().sort(), [other.pem, renewed.pem].sort());
    assert.equal(find(twin)?.trust, 'distrusted');
    assert.equal(find(twin)?.skipped, 'distrusted');
    assert.deepEqual(
      getTrustedCAs({ bundled: false, userCAs: [toPem(twin)] }).sort(),
      [other.pem, renewed.pem].sort(),
    );
  });

  test('a server of a company root is trusted, and its twin below a denied root is refused', async () => {
    const trusted = await createCertificate({ commonName: 'Trusted' });
    const denied = await createCertificate({ commonName: 'Denied' });
    mac.reset([
      { der: trusted.der, admin: [{ policy: 'ssl', result: TRUST_ROOT }] },
      { der: denied.der, admin: [{ policy: 'ssl', result: DENY }] },
    ]);
    for (const [root, expected] of [
      [trusted, 'trusted'],
      [denied, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ] as const) {
      const leaf = await createCertificate({
        commonName: 'localhost',
        dns: ['localhost'],
        issuer: root,
        ca: false,
      });
      assert.equal(await connect(leaf, [], { secureContext: createSecureContext() }), expected);
    }
  });

  test('a CA marked TrustAsRoot is an anchor that needs allowPartialTrustChain', async (t) => {
    const root = await createCertificate({ commonName: 'Unknown root' });
    const issuing = await createCertificate({ commonName: 'Marked', issuer: root });
    mac.reset([{ der: issuing.der, admin: [{ policy: 'ssl', result: TRUST_AS_ROOT }] }]);
    const record = find(issuing.der);
    assert.equal(record?.role, 'anchor');
    assert.equal(record.trust, 'trusted');
    assert.equal(record.skipped, 'orphan');
    assert.match(record.detail ?? '', /allowPartialTrustChain/);
    assert.ok(!getSystemCAs().includes(record.pem));
    const leaf = await createCertificate({
      commonName: 'localhost',
      dns: ['localhost'],
      issuer: issuing,
      ca: false,
    });
    assert.notEqual(
      await connect(leaf, [issuing], { secureContext: createSecureContext() }),
      'trusted',
    );
    if (nodeMajor < 22) {
      t.diagnostic('this Node has no allowPartialTrustChain');
      return;
    }
    const secureContext = createSecureContext({ allowPartialTrustChain: true });
    assert.equal(await connect(leaf, [issuing], { secureContext }), 'trusted');
  });

  test('a self-signed server certificate that the user trusts is trusted as itself', async () => {
    const server = await createCertificate({
      commonName: 'localhost',
      dns: ['localhost'],
      ca: false,
    });
    mac.reset([{ der: server.der, user: [{ policy: 'ssl', result: TRUST_ROOT }] }]);
    assert.equal(find(server.der)?.role, 'leaf');
    assert.equal(await connect(server, [], { secureContext: createSecureContext() }), 'trusted');
  });
});

describe('what goes wrong', () => {
  test('a failure carries the OSStatus as number, name and text, and costs one domain', async () => {
    const root = await createCertificate({ commonName: 'Apple' });
    mac.reset([{ der: root.der, system: true }]);
    mac.fail('SecTrustSettingsCopyCertificates', -25291, 1);
    const { errors } = readSystemStore();
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.code, 'ERR_TRUSTSTORE_READ_FAILED');
    assert.equal(errors[0].operation, 'SecTrustSettingsCopyCertificates');
    assert.equal(errors[0].path, 'admin');
    assert.equal(errors[0].osStatus?.number, -25291);
    assert.match(errors[0].osStatus.text, /^errSecNotAvailable: Apple's text/);
    assert.deepEqual(getSystemCAs(), [root.pem]);
  });

  test('where trustd is out of reach the call throws with a code, and bundled roots stay', async () => {
    const root = await createCertificate({ commonName: 'Apple' });
    mac.reset([{ der: root.der, system: true }]);
    mac.fail('SecTrustSettingsCopyCertificates', -2070, 0);
    mac.fail('SecItemCopyMatching', -2070, 0);
    assert.throws(() => getSystemCAs(), {
      name: 'TruststoreError',
      code: 'ERR_TRUSTSTORE_READ_FAILED',
      message: /sandbox/,
    });
    await assert.rejects(getSystemCAsAsync(), { code: 'ERR_TRUSTSTORE_READ_FAILED' });
    assert.equal(getTrustedCAs().length, tls.rootCertificates.length);
    assertClean();
  });

  test('settings that cannot be read never make a root trusted', async () => {
    const root = await createCertificate({ commonName: 'Apple' });
    mac.reset([{ der: root.der, system: true, user: ['no dictionary'] }]);
    assert.equal(find(root.der)?.trust, 'unspecified');
    assert.equal(find(root.der)?.skipped, 'not-trusted');
    assert.equal(readSystemStore().errors.length, 1);
  });
});

test('with 160 roots of Apple’s and 2,000 keychain items, settings are read for the added ones only', async () => {
  const root = await createCertificate({ commonName: 'Root', serialNumber: '4200' });
  const person = await createCertificate({
    commonName: 'Somebody',
    issuer: root,
    ca: false,
    serialNumber: '4200',
  });
  const world: MacCertificate[] = [];
  for (let i = 0; i < 160; i++) world.push({ der: withSerial(root, 0x4300 + i), system: true });
  for (let i = 0; i < 2000; i++) {
    world.push({ der: withSerial(person, 0x4300 + i), keychain: true });
  }
  for (let i = 0; i < 5; i++) world.push({ der: withSerial(root, 0x4400 + i), admin: [] });
  for (let i = 0; i < 3; i++) {
    world.push({ der: withSerial(root, 0x4500 + i), user: [{ policy: 'smime', result: DENY }] });
  }
  mac.reset(world);
  assert.equal((await getSystemCAsAsync()).length, 165);
  const calls = mac.calls();
  // Both domains are asked about certificates that the user's domain lists.
  assert.equal(calls.SecTrustSettingsCopyTrustSettings, 5 + 2 * 3);
  assert.equal(calls.SecTrustSettingsCopyCertificates, 3);
  assert.equal(calls.SecItemCopyMatching, 1);
  assert.equal(calls.SecCertificateCopyData, 2168);
  assertClean();
});
