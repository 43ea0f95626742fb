/**
 * A certificate is distrusted, not one encoding of it, because anybody can make another encoding without a key. Tested
 * from a file of the system to every list, through the real addon.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';

import { readRecords } from '../../dist/cli/commands/records.js';
import { createLibraryApi } from '../../dist/cli/library-api.js';
import { getSystemCAs, getTrustedCAs, readSystemStore } from '../../dist/index.js';
import { readTrustSet } from '../../dist/trust/trusted-cas.js';
import type { SystemCAOptions, TrustOptions } from '../../dist/types.js';
import { EKU, createCertificate, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { reencoded } from '../helpers/reencoded.js';
import { trustedPem } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

let good: TestCertificate;
let evil: TestCertificate;
let renewed: TestCertificate;
let twin: string;

before(async () => {
  good = await createCertificate({ commonName: 'Good Root' });
  evil = await createCertificate({ commonName: 'Evil Root' });
  renewed = await createCertificate({
    commonName: 'Evil Root',
    keys: evil.keys,
    validFrom: new Date('2024-01-01T00:00:00Z'),
  });
  twin = toPem(reencoded(evil.der));
});

interface TestContext {
  after(fn: () => void): void;
}

/** Returns options for a machine whose store is one file with these texts. */
function storeOf(t: TestContext, ...texts: string[]): SystemCAOptions {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-twins-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  mkdirSync(join(directory, 'empty'));
  const file = join(directory, 'store.pem');
  writeFileSync(file, texts.join(''));
  return { env: { HOME: directory, SSL_CERT_FILE: file, SSL_CERT_DIR: join(directory, 'empty') } };
}

const rejected = (der: Uint8Array): string => trustedPem(der, { reject: [EKU.serverAuth] });

function trusted(system: SystemCAOptions, userCAs: NonNullable<TrustOptions['userCAs']>): string[] {
  return getTrustedCAs({ bundled: false, system, userCAs });
}

describe('another encoding of a distrusted certificate', { skip }, () => {
  it('is made without its key, verifies, and has other bytes', () => {
    const other = new X509Certificate(twin);
    const original = new X509Certificate(evil.pem);
    assert.equal(other.verify(original.publicKey), true);
    assert.notEqual(other.fingerprint256, original.fingerprint256);
    assert.deepEqual(reencoded(other.raw), original.raw);
  });

  it('is not used where it stands in the store; a renewed certificate is', (t) => {
    const system = storeOf(t, good.pem, twin, rejected(evil.der), renewed.pem);
    assert.deepEqual(getSystemCAs(system), [good.pem, renewed.pem]);
    const record = readSystemStore(system).certificates.find(({ pem }) => pem === twin);
    assert.deepEqual([record?.trust, record?.skipped], ['distrusted', 'distrusted']);
    assert.match(record?.detail ?? '', /another encoding of this certificate/);
    assert.deepEqual(trusted(system, []), [good.pem, renewed.pem]);
  });

  it('is used for what the certificate is not rejected for', (t) => {
    const system = storeOf(t, twin, rejected(evil.der));
    assert.deepEqual(getSystemCAs({ ...system, purpose: 'client-auth' }), [twin, evil.pem]);
  });

  it('is not used when the user names it, who is told so; a renewed certificate is', (t) => {
    const system = storeOf(t, good.pem, rejected(evil.der));
    assert.deepEqual(trusted(system, [twin, renewed.pem]), [good.pem, renewed.pem]);
    const set = readTrustSet({ bundled: false, system, userCAs: [twin] });
    assert.deepEqual(
      set.distrusted.map(({ pem }) => pem),
      [evil.pem, twin],
    );
    const { fingerprint256 } = new X509Certificate(twin);
    assert.deepEqual(
      set.warnings.map(({ message }) => message),
      [
        `A certificate you named is not used (distrusted): SHA-256 ${fingerprint256.replaceAll(':', '')}`,
      ],
    );
  });

  it('is not used when NODE_EXTRA_CA_CERTS names it', (t) => {
    const system = storeOf(t, good.pem, rejected(evil.der));
    const extra = join(system.env?.HOME ?? '', 'extra.pem');
    writeFileSync(extra, twin);
    system.env = { ...system.env, NODE_EXTRA_CA_CERTS: extra };
    const set = readTrustSet({ bundled: false, system });
    assert.deepEqual(set.certificates, [good.pem]);
    assert.equal(set.excludedExtra, true);
  });

  it('takes the root from Node’s own list', (t) => {
    const bundled = rootCertificates
      .map((pem) => new X509Certificate(pem))
      .find(({ publicKey }) => publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1');
    assert.ok(bundled, 'Node bundles a root with a P-256 key');
    const system = storeOf(t, good.pem, rejected(reencoded(bundled.raw)));
    const set = readTrustSet({ system, userCAs: [] });
    assert.equal(set.excludedBundled, true);
    assert.equal(set.certificates.length, rootCertificates.length, 'one less, and the system’s');
    assert.equal(set.certificates.includes(toPem(bundled.raw)), false);
  });

  it('is listed as distrusted by the command, with where the system says so once', (t) => {
    const system = storeOf(t, good.pem, rejected(evil.der));
    const user = join(system.env?.HOME ?? '', 'user.pem');
    writeFileSync(user, twin + evil.pem);
    const wanted: NodeJS.ProcessEnv = { ...system.env, OS_TRUSTSTORE_USER_CAS: user };
    const former = { ...process.env };
    t.after(() => {
      for (const name of Object.keys(wanted)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, former);
    });
    Object.assign(process.env, wanted);
    const options = { purpose: 'server-auth', intermediates: true, expired: false } as const;
    const { certificates } = readRecords(createLibraryApi(), 'all', options);
    const store = { origin: 'system', kind: 'file', location: system.env?.SSL_CERT_FILE };
    const named = { origin: 'user', kind: 'file', location: user };
    const found = [twin, evil.pem].map((wantedPem) =>
      certificates.find(({ pem }) => pem === wantedPem),
    );
    assert.deepEqual(
      found.map((record) => record?.skipped),
      ['distrusted', 'distrusted'],
    );
    assert.deepEqual(
      found.map((record) => record?.sources),
      [
        [named, store],
        [store, named],
      ],
    );
  });
});
