import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';

import { fingerprintOf } from '../../dist/certificate/fingerprint.js';
import { pemToDer } from '../../dist/certificate/pem-blocks.js';
import { isLocal } from '../../dist/trust/local/local-anchors.js';
import { readPublished } from '../../dist/trust/local/published.js';
import type { CertificateSource } from '../../dist/types.js';
import { createCertificate } from '../helpers/pki.js';
import { newTree } from '../helpers/roots.js';

const own = 'AA:01';
const published = new Set(['BB:02']);

function source(rest: Partial<CertificateSource>): CertificateSource {
  return { origin: 'system', kind: 'file', location: '/etc/ssl/certs/x.crt', ...rest };
}

function local(fingerprint256: string, ...sources: Partial<CertificateSource>[]): boolean {
  return isLocal({ fingerprint256, sources: sources.map(source) }, published);
}

const windows = { kind: 'windows-store', store: 'ROOT' } as const;
const domain = { kind: 'macos-trust-domain' } as const;

test('a certificate is local where people put it, unless a public programme ships it', () => {
  assert.equal(local(own, {}), true);
  assert.equal(local('BB:02', {}), false);
  assert.equal(local(own, { origin: 'user' }), true);
  assert.equal(local(own, { origin: 'extra' }), true);
  assert.equal(local(own, { origin: 'bundled', kind: 'runtime' }, {}), false);
});

test('Windows: what only the logical store holds is Microsoft’s', () => {
  assert.equal(local(own, { ...windows, location: 'LOGICAL' }), false);
  for (const location of ['LOCAL_MACHINE', 'CURRENT_USER', 'LOCAL_MACHINE_GROUP_POLICY']) {
    assert.equal(local(own, { ...windows, location }), true, location);
    assert.equal(local(own, { ...windows, location, store: 'CA' }), false, location);
  }
  assert.equal(local(own, { ...windows, location: 'LOCAL_MACHINE', store: 'TrustedPeople' }), true);
});

test('macOS: what lies in the system domain is Apple’s, also with settings of an administrator', () => {
  assert.equal(local(own, { ...domain, location: 'system' }), false);
  assert.equal(
    local(own, { ...domain, location: 'system' }, { ...domain, location: 'admin' }),
    false,
  );
  assert.equal(local(own, { ...domain, location: 'admin' }), true);
  assert.equal(local(own, { ...domain, location: 'user' }), true);
  assert.equal(local(own, { kind: 'macos-keychain', location: 'search list' }), false);
});

test('each distribution’s copy of Mozilla’s list is read, and no file beside it', async (t) => {
  const [first, second, beside] = await Promise.all(
    ['First', 'Second', 'Beside'].map((commonName) => createCertificate({ commonName })),
  );
  assert.ok(first && second && beside);
  const p11Kit = `# comment\n[p11-kit-object-v1]\ntrusted: true\n${first.pem}\n[p11-kit-object-v1]\n${second.pem}`;
  const places: [string, string][] = [
    ['/usr/share/ca-certificates/mozilla/First.crt', first.pem],
    ['/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit', p11Kit],
    ['/usr/share/ca-certificates/trust-source/mozilla.trust.p11-kit', p11Kit],
    ['/usr/share/pki/trust/ca-certificates-mozilla.trust.p11-kit', p11Kit],
    ['/usr/share/certs/trusted/First.pem', first.pem],
    ['/usr/local/share/certs/ca-root-nss.crt', p11Kit],
  ];
  for (const [path, text] of places) {
    const tree = newTree(t);
    tree.file(path, text);
    tree.file('/usr/share/pki/trust/company.pem', beside.pem);
    tree.file('/usr/share/pki/trust/anchors/company.pem', beside.pem);
    tree.file('/usr/local/share/ca-certificates/company.crt', beside.pem);
    const { fingerprints, lists } = readPublished(tree.path);
    assert.equal(lists.length, 1, path);
    assert.ok(fingerprints.has(fingerprintOf(first.der)), path);
    assert.equal(fingerprints.has(fingerprintOf(second.der)), text === p11Kit, path);
    assert.ok(!fingerprints.has(fingerprintOf(beside.der)), path);
  }
});

test('Node’s own roots are published, whatever the distribution ships', (t) => {
  const { fingerprints, lists } = readPublished(newTree(t).path);
  assert.deepEqual(lists, []);
  assert.equal(fingerprints.size, rootCertificates.length);
  assert.ok(fingerprints.has(fingerprintOf(pemToDer(rootCertificates[0] ?? ''))));
});
