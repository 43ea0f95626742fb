/**
 * Changes and reads the machine's own trust settings. Started by macos-keychain.sh, which makes the keychain, allows
 * administrator settings meanwhile and undoes both.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
// @peculiar/x509 needs this first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import {
  getSystemCAs,
  getTrustedCAs,
  readSystemStore,
  readSystemStoreAsync,
} from '../../dist/index.js';
import { createCertificate, EKU } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';

const execute = promisify(execFile);
const keychain = process.env.MACOS_TEST_KEYCHAIN;
const systemKeychain = '/Library/Keychains/System.keychain';
const skip =
  process.platform !== 'darwin'
    ? 'macOS only'
    : keychain === undefined
      ? 'changes the trust settings of this Mac: run npm run test:macos-keychain'
      : false;

const day = 86_400_000;
/** Apple refuses server certificates that are valid for more than 825 days, and other dates that are not recent. */
const recently = {
  validFrom: new Date(Date.now() - day),
  validTo: new Date(Date.now() + 30 * day),
};

describe('the trust settings of this Mac', { skip }, () => {
  let folder = '';
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.statusCode = 404;
    response.end();
  });
  const added: string[] = [];
  let web = '';

  /** Makes a certificate that names this server for its issuer, its OCSP responder and its CRL. */
  async function create(
    name: string,
    spec: Partial<CertificateSpec> = {},
  ): Promise<TestCertificate> {
    const extensions = [
      new x509.AuthorityInfoAccessExtension({
        ocsp: `${web}/ocsp`,
        caIssuers: `${web}/issuer`,
      }),
      new x509.CRLDistributionPointsExtension([`${web}/crl`]),
    ];
    const commonName = `os-truststore test ${name} ${String(process.pid)}`;
    return createCertificate({ commonName, ...recently, extensions, ...spec });
  }

  function save(certificate: TestCertificate): string {
    const file = path.join(folder, `${certificate.certificate.serialNumber}.pem`);
    writeFileSync(file, certificate.pem);
    return file;
  }

  const security = (...args: string[]) => execute('security', args);
  const asAdmin = (...args: string[]) => execute('sudo', ['-n', 'security', ...args]);

  /** Sets it in the admin domain, which macOS fills from the System keychain. */
  async function set(certificate: TestCertificate, ...settings: string[]): Promise<void> {
    const file = save(certificate);
    added.push(file);
    await asAdmin('add-trusted-cert', '-d', ...settings, '-k', systemKeychain, file);
  }

  const find = ({ der }: TestCertificate) =>
    readSystemStore().certificates.find((certificate) => certificate.der.equals(der));

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'os-truststore-keychain-'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    web = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  after(async () => {
    for (const file of added) {
      await asAdmin('remove-trusted-cert', '-d', file).catch(() => undefined);
      const { stdout } = await execute('openssl', [
        'x509',
        '-in',
        file,
        '-noout',
        '-fingerprint',
        '-sha1',
      ]);
      const sha1 = stdout.trim().replace(/^.*=/, '').replaceAll(':', '');
      await asAdmin('delete-certificate', '-Z', sha1, systemKeychain).catch(() => undefined);
    }
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('Apple’s roots are there and trusted', () => {
    const store = readSystemStore();
    assert.deepEqual(store.errors, []);
    const apple = store.certificates.filter(
      ({ trust, sources }) =>
        trust === 'trusted' && sources.some(({ location }) => location === 'system'),
    );
    assert.ok(apple.length > 50, `only ${String(apple.length)} roots in the system domain`);
  });

  test('a root trusted for SSL is an anchor, and macOS says so too', async () => {
    const root = await create('trusted root');
    await set(root, '-r', 'trustRoot', '-p', 'ssl');
    assert.equal(find(root)?.role, 'anchor');
    assert.equal(find(root)?.trust, 'trusted');
    assert.ok(getSystemCAs().includes(root.pem));
    const leaf = await create('server', {
      issuer: root,
      ca: false,
      dns: ['localhost'],
      eku: [EKU.serverAuth],
    });
    await security('verify-cert', '-L', '-c', save(leaf), '-p', 'ssl', '-n', 'localhost', '-q');
  });

  test('a root trusted without limits is an anchor', async () => {
    const root = await create('root trusted for everything');
    await set(root, '-r', 'trustRoot');
    assert.ok(getSystemCAs().includes(root.pem));
  });

  test('a denied root is distrusted, and macOS says so too', async () => {
    const root = await create('denied root');
    await set(root, '-r', 'deny', '-p', 'ssl');
    assert.equal(find(root)?.trust, 'distrusted');
    assert.equal(find(root)?.skipped, 'distrusted');
    assert.ok(!getTrustedCAs({ userCAs: root.pem }).includes(root.pem));
    const leaf = await create('denied server', {
      issuer: root,
      ca: false,
      dns: ['localhost'],
      eku: [EKU.serverAuth],
    });
    await assert.rejects(
      security('verify-cert', '-L', '-c', save(leaf), '-p', 'ssl', '-n', 'localhost', '-q'),
    );
  });

  test('a root trusted for one host is not an anchor', async () => {
    const root = await create('root for one host');
    await set(root, '-r', 'trustRoot', '-p', 'ssl', '-s', 'host.example');
    assert.equal(find(root)?.trust, 'unspecified');
    assert.ok(!getSystemCAs().includes(root.pem));
  });

  test('a root trusted for mail is not an anchor', async () => {
    const root = await create('root for mail');
    await set(root, '-r', 'trustRoot', '-p', 'smime');
    assert.equal(find(root)?.trust, 'unspecified');
  });

  test('an intermediate marked TrustAsRoot is an anchor', async () => {
    const root = await create('root nobody added');
    const issuing = await create('marked as root', { issuer: root });
    await set(issuing, '-r', 'trustAsRoot', '-p', 'ssl');
    assert.equal(find(issuing)?.role, 'anchor');
    assert.equal(find(issuing)?.trust, 'trusted');
  });

  test('an intermediate in a keychain of the search list is a helper, a leaf is ignored', async () => {
    const root = await create('root of the keychain');
    await set(root, '-r', 'trustRoot', '-p', 'ssl');
    const issuing = await create('in the keychain', { issuer: root });
    const leaf = await create('somebody', { issuer: root, ca: false });
    await security('add-certificates', '-k', keychain ?? '', save(issuing), save(leaf));
    assert.equal(find(issuing)?.role, 'intermediate');
    assert.equal(find(issuing)?.skipped, undefined);
    assert.equal(find(leaf), undefined);
    assert.ok(getSystemCAs({ intermediates: true }).includes(issuing.pem));
    assert.ok(!getSystemCAs().includes(issuing.pem));
  });

  test('reading asked the network for nothing', () => {
    for (let i = 0; i < 5; i++) readSystemStore();
    assert.deepEqual(requests, []);
  });

  test('a read takes well under five seconds', async (t) => {
    const times = [];
    for (let i = 0; i < 9; i++) times.push((await readSystemStoreAsync()).durationMs);
    times.sort((a, b) => a - b);
    const { certificates } = readSystemStore();
    t.diagnostic(
      `${String(certificates.length)} certificates, median ${String(times[4])} ms, slowest ${String(times[8])} ms`,
    );
    assert.ok((times[4] ?? Infinity) < 5000);
  });
});
