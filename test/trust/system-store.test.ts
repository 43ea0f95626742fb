import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';

import {
  getDefaultVerifyPaths,
  getSystemCAs,
  getSystemCAsAsync,
  getTrustedCAs,
  readSystemStore,
  readSystemStoreAsync,
} from '../../dist/index.js';
import type { SystemCAOptions } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';

const env = {};
let folder: string;

/** Reads certificates with node:crypto, from every file of the store. */
function readIndependently(): Set<string> {
  const found = new Set<string>();
  const now = Date.now();
  for (const { kind, location, state } of getDefaultVerifyPaths({ env }).locations) {
    if (state !== 'read') continue;
    const files =
      kind === 'file' ? [location] : readdirSync(location).map((name) => join(location, name));
    for (const file of files) {
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
      const blocks =
        readFileSync(file, 'latin1').match(/-----BEGIN CERT[^]+?-----END CERTIFICATE-----/g) ?? [];
      for (const block of blocks) {
        const certificate = new X509Certificate(block);
        const usages = certificate.keyUsage as string[] | undefined;
        const fits =
          certificate.ca &&
          certificate.subject === certificate.issuer &&
          Date.parse(certificate.validFrom) <= now &&
          now <= Date.parse(certificate.validTo) &&
          (usages === undefined || usages.includes('1.3.6.1.5.5.7.3.1'));
        if (fits) found.add(certificate.fingerprint256);
      }
    }
  }
  return found;
}

/** Uses a tree in place of this machine's file system. */
function treeOptions(root: string): SystemCAOptions {
  return { env, root } as SystemCAOptions;
}

function writeTree(name: string, files: Record<string, string>): SystemCAOptions {
  const root = join(folder, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  mkdirSync(root, { recursive: true });
  return treeOptions(root);
}

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

describe('system store', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'os-truststore-store-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('equals, certificate for certificate, what node:crypto reads from the same files', (t) => {
    const expected = readIndependently();
    t.diagnostic(`${String(expected.size)} certificates`);
    assert.deepEqual(new Set(getSystemCAs({ env }).map(fingerprint)), expected);
  });

  it('has no duplicates and the same order in two reads', async () => {
    const first = getSystemCAs({ env });
    assert.equal(new Set(first).size, first.length);
    assert.deepEqual(await getSystemCAsAsync({ env }), first);
    const records = readSystemStore({ env }).certificates.map(({ pem }) => pem);
    assert.equal(new Set(records).size, records.length);
  });

  it('describes every certificate as X509Certificate does', () => {
    for (const record of readSystemStore({ env }).certificates) {
      if (record.skipped === 'unparsable') continue;
      const oracle = new X509Certificate(record.der);
      assert.equal(record.subject, oracle.subject);
      assert.equal(record.issuer, oracle.issuer);
      assert.equal(record.serialNumber, oracle.serialNumber);
      assert.equal(record.fingerprint256, oracle.fingerprint256);
      assert.equal(record.validTo.getTime(), Date.parse(oracle.validTo));
      assert.equal(record.validFrom.getTime(), Date.parse(oracle.validFrom));
      assert.equal(record.pem, oracle.toString());
      assert.ok(record.sources.length > 0);
    }
  });

  it('gives every caller an array of its own', () => {
    const options = writeTree('own', {
      'etc/ssl/certs/ca-certificates.crt': rootCertificates.at(-1)!,
    });
    getSystemCAs(options).push('spoiled');
    assert.equal(getSystemCAs(options).length, 1);
  });

  it('is empty where there is nothing, and an error where something failed', async () => {
    assert.deepEqual(getSystemCAs(writeTree('nothing', {})), []);
    const missing = { env: { SSL_CERT_FILE: join(folder, 'no.pem'), SSL_CERT_DIR: folder } };
    const expected = { code: 'ERR_TRUSTSTORE_READ_FAILED', path: join(folder, 'no.pem') };
    assert.throws(() => getSystemCAs(missing), expected);
    await assert.rejects(getSystemCAsAsync(missing), expected);
    const { certificates, errors } = await readSystemStoreAsync(missing);
    assert.equal(certificates.length, 0);
    assert.equal(errors[0]?.osStatus?.text, 'ENOENT');
  });

  it('what Debian deselects is gone from the trusted set, though Node bundles it', () => {
    const [deselected, kept] = rootCertificates as [string, string];
    const files = {
      'usr/share/ca-certificates/mozilla/Deselected.crt': `${deselected}\n`,
      'etc/ssl/certs/ca-certificates.crt': `${kept}\n`,
    };
    const conf = (line: string) => ({ ...files, 'etc/ca-certificates.conf': `# c\n${line}\n` });
    const selected = writeTree('selected', conf('mozilla/Deselected.crt'));
    const off = writeTree('deselected', conf('!mozilla/Deselected.crt'));
    const trusted = (system: SystemCAOptions) =>
      new Set(getTrustedCAs({ system, userCAs: { env: false } }).map(fingerprint));
    assert.ok(trusted(selected).has(fingerprint(deselected)));
    assert.ok(!trusted(off).has(fingerprint(deselected)));
    assert.ok(trusted(off).has(fingerprint(kept)));
    assert.equal(trusted(off).size, rootCertificates.length - 1);
  });

  it('what RHEL puts on its blocklist is gone from the trusted set, too', () => {
    const [blocked, kept] = rootCertificates as [string, string];
    const system = writeTree('rhel', {
      'etc/pki/ca-trust/source/blocklist/blocked.pem': `${blocked}\n`,
      'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem': `${blocked}\n${kept}\n`,
    });
    const trusted = getTrustedCAs({ system, userCAs: { env: false } }).map(fingerprint);
    assert.ok(!trusted.includes(fingerprint(blocked)));
    assert.ok(trusted.includes(fingerprint(kept)));
    const record = readSystemStore(system).certificates.find(
      ({ skipped }) => skipped !== undefined,
    );
    assert.equal(record?.skipped, 'distrusted');
    assert.equal(record.trust, 'distrusted');
  });

  it('offers intermediates only when asked, and expired certificates only when asked', async () => {
    const root = await createCertificate({ commonName: 'Store Root' });
    const issuing = await createCertificate({ commonName: 'Store Issuing', issuer: root });
    const expired = await createCertificate({
      commonName: 'Store Old',
      validTo: new Date('2021-01-01T00:00:00Z'),
    });
    const options = writeTree('shapes', {
      'etc/ssl/certs/ca-certificates.crt': issuing.pem + expired.pem + root.pem,
    });
    assert.deepEqual(getSystemCAs(options), [root.pem]);
    assert.deepEqual(getSystemCAs({ ...options, intermediates: true }), [root.pem, issuing.pem]);
    assert.deepEqual(getSystemCAs({ ...options, expired: true }), [expired.pem, root.pem]);
  });

  it('notices a changed store at the very next call', async () => {
    const a = await createCertificate({ commonName: 'First' });
    const b = await createCertificate({ commonName: 'Second' });
    const path = 'etc/ssl/certs/ca-certificates.crt';
    const options = writeTree('changing', { [path]: a.pem });
    for (let round = 0; round < 20; round++) {
      writeTree('changing', { [path]: b.pem });
      assert.deepEqual(getSystemCAs(options), [b.pem]);
      writeTree('changing', { [path]: a.pem });
      assert.deepEqual(getSystemCAs(options), [a.pem]);
    }
  });
});
