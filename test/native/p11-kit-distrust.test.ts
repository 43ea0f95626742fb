/**
 * What p11-kit's directories take away besides the named certificates. p11-kit's own tool does the same, which
 * test/platform-tools/p11-kit.mjs checks.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { createCertificate, EKU, type TestCertificate } from '../helpers/pki.js';
import * as roots from '../helpers/roots.js';
import {
  type Named,
  newTree,
  p11KitName,
  p11KitObject,
  p11KitString,
  readTree,
  type RootTree,
  type TestContext,
} from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

let alpha: TestCertificate;
let beta: TestCertificate;
let gamma: TestCertificate;
let all: Named;

before(async () => {
  alpha = await createCertificate({ commonName: 'Alpha Root' });
  beta = await createCertificate({ commonName: 'Beta Root' });
  gamma = await createCertificate({ commonName: 'Gamma Root' });
  all = { alpha, beta, gamma };
});

/** A tree that trusts all three. */
function trustingTree(t: TestContext): RootTree {
  const tree = newTree(t);
  roots.distroless(tree, all);
  return tree;
}

describe('p11-kit distrust by public key', { skip }, () => {
  const source = '/etc/pki/ca-trust/source';
  let renewed: TestCertificate;

  before(async () => {
    renewed = await createCertificate({ commonName: 'Beta Root, renewed', keys: beta.keys });
  });

  function treeWithTwin(t: TestContext): RootTree {
    const tree = newTree(t);
    roots.distroless(tree, { alpha, beta, renewed });
    return tree;
  }

  test('takes what shares its key with a blocklisted certificate, and says whose key it is', (t) => {
    const tree = treeWithTwin(t).file(`${source}/blocklist/beta.pem`, beta.pem);
    const { store, skipped, usable } = readTree(tree, { ...all, renewed });
    assert.deepEqual(skipped, { beta: 'distrusted', renewed: 'distrusted' });
    assert.deepEqual(usable, ['alpha']);
    const place = {
      kind: 'directory',
      location: `${source}/blocklist/beta.pem`,
      store: `${source}/blocklist`,
    };
    assert.deepEqual(store.distrustedBy(renewed.der), {
      ...place,
      sharesKeyWith: 'CN=Beta Root',
    });
    assert.deepEqual(store.distrustedBy(beta.der), place);
    assert.equal(store.distrustedBy(alpha.der), undefined);
    const found = store
      .certificates({ purpose: 'any', intermediates: true, expired: true, now: Date.now() })
      .find(({ der }) => der.equals(renewed.der));
    assert.deepEqual(found?.sources.slice(1), [store.distrustedBy(renewed.der)]);
    const names = (read: typeof store): number => read.distrustedNames.length;
    assert.equal(names(store), 2, 'its name and its key');
  });

  for (const directory of ['/etc/ssl/untrusted', '/usr/share/certs/untrusted']) {
    test(`is not what ${directory} says`, (t) => {
      const tree = treeWithTwin(t).file(`${directory}/beta.pem`, beta.pem);
      const { store, skipped, usable } = readTree(tree, { ...all, renewed });
      assert.deepEqual(skipped, { beta: 'distrusted' });
      assert.deepEqual(usable, ['alpha', 'renewed']);
      assert.deepEqual(store.distrustedNames, []);
    });
  }

  test('is not what Debian’s deselection says', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha, beta, renewed }, { deselected: ['beta'] });
    assert.deepEqual(readTree(tree, { ...all, renewed }).usable, ['alpha', 'renewed']);
  });

  test('works for an object that names nothing but a key', (t) => {
    const key = Buffer.from(beta.certificate.publicKey.rawData);
    const objects = [
      { 'public-key-info': p11KitString(key) },
      { pem: `-----BEGIN PUBLIC KEY-----\n${key.toString('base64')}\n-----END PUBLIC KEY-----\n` },
    ];
    for (const { pem, ...attributes } of objects as Record<string, string>[]) {
      const tree = treeWithTwin(t);
      const attribute = { class: 'certificate', 'x-distrusted': 'true', label: '"Key"' };
      tree.file(`${source}/key.p11-kit`, p11KitObject({ ...attribute, ...attributes }, pem));
      const { store, usable, errors } = readTree(tree, { ...all, renewed });
      assert.deepEqual(usable, ['alpha']);
      assert.deepEqual(errors, []);
      assert.equal(store.distrustedBy(beta.der)?.sharesKeyWith, 'Key');
    }
  });

  test('is not what a name without a certificate says', (t) => {
    const tree = treeWithTwin(t).file(`${source}/blocklist/name.p11-kit`, p11KitName(beta));
    assert.deepEqual(readTree(tree, { ...all, renewed }).usable, ['alpha', 'renewed']);
  });

  test('never comes back by the bundle with OpenSSL’s trust settings', (t) => {
    // trust extract --format=openssl-bundle --filter=certificates writes this.
    const trusted =
      roots.trustedPem(alpha.der, {}) +
      roots.trustedPem(beta.der, { reject: [EKU.serverAuth, EKU.clientAuth] }) +
      roots.trustedPem(renewed.der, {});
    const names = { ...all, renewed };
    const standing = newTree(t);
    roots.rhel(standing, 9, { alpha }, trusted);
    const beside = readTree(standing, names);
    assert.deepEqual(beside.usable, ['alpha'], 'beside the TLS bundle it adds nothing');
    assert.deepEqual(beside.skipped, { beta: 'distrusted', renewed: 'purpose' });

    const listed = newTree(t).file(`${source}/blocklist/beta.pem`, beta.pem);
    roots.rhel(listed, 9, { alpha }, trusted);
    const sslCertFile = '/etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt';
    const demanded = readTree(listed, names, { sslCertFile });
    assert.deepEqual(demanded.usable, ['alpha'], 'also as SSL_CERT_FILE');

    const alone = newTree(t).file('/etc/ssl/certs/ca-bundle.trust.crt', trusted);
    const { usable, skipped } = readTree(alone, names);
    assert.deepEqual(usable, ['alpha', 'renewed'], 'alone it is read as OpenSSL does');
    assert.deepEqual(skipped, { beta: 'distrusted' });
  });
});

describe('distrust among the anchors of p11-kit', { skip }, () => {
  const anchors = '/etc/pki/ca-trust/source/anchors';

  test('counts: objects that say so', (t) => {
    const tree = trustingTree(t).file(
      `${anchors}/objects.p11-kit`,
      p11KitObject({ 'x-distrusted': 'true' }, beta.pem) + p11KitObject({}, gamma.pem),
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.errors, []);
  });

  test('does not reach below them, and plain certificates there say nothing', (t) => {
    const tree = trustingTree(t)
      .file(`${anchors}/below/beta.p11-kit`, p11KitObject({ 'x-distrusted': 'true' }, beta.pem))
      .file(`${anchors}/gamma.pem`, gamma.pem)
      .file(`${anchors}/notes.txt`, 'no certificate');
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha', 'beta', 'gamma']);
    assert.deepEqual(result.errors, []);
  });

  // trust extract of p11-kit 0.24.1 showed each of these.
  const settings = [
    [{ reject: [EKU.emailProtection] }, 'distrusts it, as nothing is left that it trusts'],
    [{}, 'distrusts it, as there is no list of what it trusts'],
    [{ trust: [EKU.serverAuth], reject: [EKU.serverAuth] }, 'distrusts it, as it rejects all'],
    [{ trust: [EKU.serverAuth], reject: [EKU.emailProtection] }, undefined],
  ] as const;
  for (const [aux, effect] of settings) {
    test(`TRUSTED CERTIFICATE with ${JSON.stringify(aux)} ${effect ?? 'takes nothing'}`, (t) => {
      for (const directory of [anchors, '/usr/share/ca-certificates/trust-source']) {
        const pem = roots.trustedPem(beta.der, aux as { trust?: string[]; reject?: string[] });
        const result = readTree(trustingTree(t).file(`${directory}/beta.pem`, pem), all);
        assert.deepEqual(result.skipped, effect === undefined ? {} : { beta: 'distrusted' });
        assert.equal(result.store.distrustedNames.length, effect === undefined ? 0 : 2);
      }
    });
  }

  test('TRUSTED CERTIFICATE for mail takes it from other lists, unless the bundle has it', (t) => {
    const pem = roots.trustedPem(beta.der, { trust: [EKU.emailProtection] });
    const listed = readTree(trustingTree(t).file(`${anchors}/beta.pem`, pem), all);
    assert.deepEqual(listed.usable, ['alpha', 'beta', 'gamma']);
    const tree = newTree(t);
    roots.distroless(tree, { alpha });
    const result = readTree(tree.file(`${anchors}/beta.pem`, pem), all);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.store.distrustedNames, [], 'a purpose is not distrust of a key');
  });
});

describe('what p11-kit’s directories say against a purpose', { skip }, () => {
  test('is no trust for the others in what no bundle holds', async (t) => {
    const issued = await createCertificate({ commonName: 'Issued CA', issuer: beta });
    const settings = { trust: [EKU.serverAuth], reject: [EKU.clientAuth] };
    const tree = newTree(t);
    roots.distroless(tree, { alpha });
    tree.file('/etc/pki/trust/beta.pem', roots.trustedPem(beta.der, settings));
    tree.file('/etc/pki/trust/anchors/issued.pem', roots.trustedPem(issued.der, settings));
    assert.deepEqual(readTree(tree, { ...all, issued }).usable, ['alpha']);
  });

  test('is no anchor made of an intermediate by the bundle with OpenSSL’s trust settings', async (t) => {
    const issued = await createCertificate({ commonName: 'Issued CA', issuer: alpha });
    const tree = newTree(t);
    const trusted = roots.trustedPem(issued.der, { trust: [EKU.serverAuth] });
    roots.rhel(tree, 9, { alpha, issued }, trusted);
    const policy = { purpose: 'server-auth', intermediates: true, expired: false } as const;
    const found = readTree(tree, { alpha, issued }).store.facts({ ...policy, now: Date.now() });
    assert.deepEqual(
      found.map(({ role }) => role),
      ['anchor', 'intermediate'],
    );
  });
});

describe('a damaged file of a blocklist', { skip }, () => {
  const blocklist = '/etc/ca-certificates/trust-source/blocklist';

  test('loses none of its PEM blocks, as to p11-kit it is then a file of those', (t) => {
    const damaged = p11KitObject({ nonsense: 'yes', value: 'none' }, beta.pem);
    const tree = trustingTree(t).file(
      `${blocklist}/damaged.p11-kit`,
      damaged + p11KitObject({ label: '"Gamma"' }, gamma.pem),
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { beta: 'distrusted', gamma: 'distrusted' });
    assert.equal(result.sources.gamma?.length, 2, 'each once');
    assert.equal(result.errors.length, 1);
  });

  test('is none for its name: what ends in .p11-kit may hold PEM', (t) => {
    const tree = trustingTree(t).file(`${blocklist}/beta.p11-kit`, beta.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.errors, []);
  });
});
