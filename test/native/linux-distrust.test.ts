/**
 * What administrators and vendors take out of the store, in the four ways of Unix systems.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { createCertificate, EKU, toPem, type TestCertificate } from '../helpers/pki.js';
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
import { oid, sequence, tlv } from './der.js';

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

describe("deselection in Debian's ca-certificates.conf", { skip }, () => {
  test('distrusts the certificate even while the store still holds it', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha, beta }, { deselected: ['beta'] });
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.sources.beta, [
      'file /etc/ssl/certs/ca-certificates.crt',
      'directory /etc/ssl/certs/beta.pem',
      'file /usr/share/ca-certificates/mozilla/beta.crt',
    ]);
    assert.deepEqual(result.errors, []);
  });

  test('lists a certificate that is no longer in the store, so that it can be taken from others', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha }, { conf: 'mozilla/alpha.crt\n!mozilla/beta.crt\r\n' });
    tree.file('/usr/share/ca-certificates/mozilla/beta.crt', beta.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    const [store] = result.store
      .certificates({ purpose: 'any', intermediates: true, expired: true, now: Date.now() })
      .filter(({ trust }) => trust === 'distrusted')
      .map(({ sources }) => sources[0]?.store);
    assert.equal(store, '/etc/ca-certificates.conf');
  });

  test('gives way to a copy the administrator put below /usr/local', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha, beta }, { deselected: ['alpha', 'beta'] });
    tree.file('/usr/local/share/ca-certificates/company/keep.crt', beta.pem);
    tree.link('/usr/local/share/ca-certificates/company/again', '..');
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['beta']);
    assert.deepEqual(result.skipped, { alpha: 'distrusted' });
    assert.deepEqual(result.errors, []);
  });

  test('says nothing of a local file, which the program adds whatever a line says', (t) => {
    const tree = newTree(t);
    const conf = '!gamma.crt\n!../../local/share/ca-certificates/gamma.crt\n!mozilla/old.crt\n';
    roots.debian(tree, { alpha }, { local: { gamma }, conf });
    tree.file('/usr/share/ca-certificates/mozilla/old.crt', gamma.pem);
    assert.deepEqual(readTree(tree, all).usable, ['alpha', 'gamma']);
  });

  test('gives way to a link named .crt, though the file it leads to has another name', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha, beta }, { deselected: ['beta'] });
    const local = '/usr/local/share/ca-certificates';
    tree.file(`${local}/beta.bak`, beta.pem).link(`${local}/beta.crt`, 'beta.bak');
    assert.deepEqual(readTree(tree, all).usable, ['alpha', 'beta']);
  });

  test('does not give way to a local file that the program finds no trusted certificate in', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha, beta }, { deselected: ['beta'] });
    tree.file('/usr/local/share/ca-certificates/beta.crt', beta.der);
    tree.file('/usr/local/share/ca-certificates/beta.pem', beta.pem);
    const rejecting = Buffer.concat([beta.der, sequence(tlv(0xa0, oid(EKU.serverAuth)))]);
    tree.file(
      '/usr/local/share/ca-certificates/rejecting.crt',
      toPem(rejecting, 'TRUSTED CERTIFICATE'),
    );
    assert.deepEqual(readTree(tree, all).skipped, { beta: 'distrusted' });
  });

  test('of a package that is gone is no error', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha }, { conf: '!mozilla/Gone_Root.crt\n!\n# !comment\n' });
    const result = readTree(tree, all);
    assert.deepEqual(result.errors, []);
    assert.deepEqual(result.usable, ['alpha']);
  });

  const beta_ = 'mozilla/beta.crt';
  /** test/platform-tools/debian.mjs lets the program itself read similar lines. */
  const readings: [conf: string, isOut: boolean][] = [
    [`!${beta_}\n`, true],
    [`! \t${beta_} \t\n`, true],
    [`!${beta_}\r\n`, true],
    [`!${beta_}`, true],
    ['!mozilla/../mozilla//beta.crt\n', true],
    ['!moz\\illa/beta.c\\\n!rt\n', true],
    [` !${beta_}\n`, false],
    [`!!${beta_}\n`, true],
    ['!beta.crt\n', true],
    ['!elsewhere/beta\n', true],
    [`!beta.crt\n${beta_}\n`, false],
    [`#!${beta_}\n`, false],
    [`\uFEFF!${beta_}\n`, false],
    [`!${beta_}\n${beta_}\n`, false],
    [`${beta_}\n!${beta_}\n`, false],
    [`!${beta_}\n \t${beta_} \n`, false],
    [`!${beta_}\n./mozil\\\nla/beta.crt\n`, false],
    [`!${beta_}\n#${beta_}\n`, true],
    [`!${beta_}\n${beta_}\r\n`, true],
    [`!${beta_}\n${beta_}`, true],
    [`!${beta_}\nmozilla/copies.crt\n`, false],
    [`!mozilla/copies.crt\n${beta_}\n`, false],
  ];

  test('reads every line as the program does', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { beta });
    tree.file('/usr/share/ca-certificates/mozilla/copies.crt', `${alpha.pem}${beta.pem}`);
    for (const [conf, isOut] of readings) {
      tree.file('/etc/ca-certificates.conf', conf);
      assert.deepEqual(
        readTree(tree, { beta }).usable,
        isOut ? [] : ['beta'],
        JSON.stringify(conf),
      );
    }
  });

  test('of a file without a certificate is an error', (t) => {
    const tree = newTree(t);
    roots.debian(tree, { alpha }, { conf: '!mozilla/broken.crt\n' });
    tree.file('/usr/share/ca-certificates/mozilla/broken.crt', 'nothing\n');
    assert.deepEqual(readTree(tree, all).errors, [
      'ERR_TRUSTSTORE_BAD_CERTIFICATE /usr/share/ca-certificates/mozilla/broken.crt: it is deselected but holds no certificate',
    ]);
  });
});

const blocklists = [
  ['RHEL 9', '/etc/pki/ca-trust/source/blocklist'],
  ['RHEL 8', '/etc/pki/ca-trust/source/blacklist'],
  ['RHEL, from a package', '/usr/share/pki/ca-trust-source/blocklist'],
  ['SUSE', '/etc/pki/trust/blocklist'],
  ['SUSE, before the rename', '/etc/pki/trust/blacklist'],
  ['SUSE, from a package', '/usr/share/pki/trust/blocklist'],
  ['Arch', '/etc/ca-certificates/trust-source/blocklist'],
  ['Arch, from a package', '/usr/share/ca-certificates/trust-source/blocklist'],
  ['FreeBSD', '/usr/local/etc/ssl/untrusted'],
  ['FreeBSD 12.2, from the vendor', '/usr/share/certs/blacklisted'],
  ['FreeBSD 15', '/usr/local/share/certs/untrusted'],
] as const;

describe('a blocklist directory', { skip }, () => {
  for (const [system, directory] of blocklists) {
    test(`of ${system} distrusts what lies in it`, (t) => {
      const tree = trustingTree(t).file(`${directory}/beta.pem`, beta.pem);
      const result = readTree(tree, all);
      assert.deepEqual(result.usable, ['alpha', 'gamma']);
      assert.deepEqual(result.skipped, { beta: 'distrusted' });
      assert.deepEqual(result.errors, []);
      assert.deepEqual(result.sources.beta, [
        'file /etc/ssl/certs/ca-certificates.crt',
        `directory ${directory}/beta.pem`,
      ]);
    });
  }

  test('takes DER, several PEM blocks, links to anchors and OpenSSL trust certificates', (t) => {
    const tree = newTree(t);
    roots.suse(tree, all);
    tree.file('/etc/pki/trust/blocklist/alpha.der', alpha.der);
    // openSUSE documents it this way: "symlink the certificates you don't want".
    tree.link('/etc/pki/trust/blocklist/beta.pem', '/usr/share/pki/trust/anchors/beta.pem');
    const trusted = roots.trustedPem(gamma.der, { trust: [EKU.serverAuth] });
    tree.file('/etc/pki/trust/blocklist/gamma.pem', trusted + alpha.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, {
      alpha: 'distrusted',
      beta: 'distrusted',
      gamma: 'distrusted',
    });
    assert.deepEqual(result.errors, []);
  });

  test('lists what is not in the store at all', (t) => {
    const tree = newTree(t);
    roots.distroless(tree, { alpha });
    tree.file('/etc/pki/ca-trust/source/blocklist/beta.pem', beta.pem);
    assert.deepEqual(readTree(tree, all).skipped, { beta: 'distrusted' });
  });

  test('reports every file that distrusts nothing', (t) => {
    const directory = '/etc/pki/ca-trust/source/blocklist';
    const tree = trustingTree(t)
      .file(`${directory}/a-note.txt`, 'remember to distrust beta')
      .file(`${directory}/b-empty.pem`, '')
      .file(`${directory}/c-broken.pem`, beta.pem.replace(/\n[A-Za-z0-9+/]{10}/, '\n????'))
      .fifo(`${directory}/d-fifo`)
      .file(`${directory}/e-empty.p11-kit`, '# nothing\n')
      .link(`${directory}/f-gone.pem`, '/usr/share/gone.pem');
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, {});
    assert.deepEqual(
      [...new Set(result.store.errors.map(({ path }) => path))],
      ['a-note.txt', 'b-empty.pem', 'c-broken.pem', 'd-fifo', 'e-empty.p11-kit', 'f-gone.pem'].map(
        (name) => `${directory}/${name}`,
      ),
    );
  });
});

describe('p11-kit files', { skip }, () => {
  const blocklist = '/etc/pki/ca-trust/source/blocklist';

  test('in a blocklist distrust every certificate, by PEM and by value, whatever they say', (t) => {
    const tree = trustingTree(t).file(
      `${blocklist}/distrust.p11-kit`,
      `# made by hand\n${p11KitObject(
        { label: '"Alpha%20by%20PEM"', trusted: 'true' },
        alpha.pem,
      )}${p11KitObject({ class: 'certificate', value: p11KitString(beta.der) })}${p11KitObject(
        { class: 'x-certificate-extension', 'object-id': '2.5.29.37', value: '"%30%00"' },
        '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n',
      )}`,
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['gamma']);
    assert.deepEqual(result.skipped, { alpha: 'distrusted', beta: 'distrusted' });
    assert.deepEqual(result.errors, []);
    const labels = result.store
      .certificates({ purpose: 'any', intermediates: true, expired: true, now: Date.now() })
      .flatMap(({ sources }) => sources.map(({ label }) => label ?? ''))
      .filter((label) => label !== '');
    assert.deepEqual(labels, ['Alpha by PEM']);
  });

  test('name certificates by issuer and serial number too', (t) => {
    const path = `${blocklist}/serial.p11-kit`;
    const tree = trustingTree(t).file(path, p11KitName(beta));
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(result.sources.beta, [
      'file /etc/ssl/certs/ca-certificates.crt',
      `directory ${path}`,
    ]);
  });

  test('that name a certificate the store does not hold say so of those of other lists', (t) => {
    const path = `${blocklist}/serial.p11-kit`;
    const tree = newTree(t);
    roots.distroless(tree, { alpha });
    tree.file(path, p11KitName(beta, { label: '"Beta"' }) + p11KitName(beta));
    const { store, usable, errors } = readTree(tree, all);
    assert.deepEqual(usable, ['alpha']);
    assert.deepEqual(errors, []);
    assert.equal(store.distrustedNames.length, 1);
    assert.deepEqual(store.distrustedBy(beta.der), {
      kind: 'directory',
      location: path,
      store: blocklist,
      label: 'Beta',
    });
    assert.equal(store.distrustedBy(gamma.der), undefined);
    assert.equal(store.distrustedBy(beta.der.subarray(0, -1)), undefined);
    assert.throws(() => store.distrustedBy('' as unknown as Uint8Array), TypeError);
  });

  test('that name one of two certificates of one issuer leave the other', async (t) => {
    const first = await createCertificate({ commonName: 'First CA', issuer: alpha });
    const second = await createCertificate({ commonName: 'Second CA', issuer: alpha });
    const tree = trustingTree(t).file(`${blocklist}/serial.p11-kit`, p11KitName(first));
    const { store } = readTree(tree, all);
    assert.notEqual(store.distrustedBy(first.der), undefined);
    assert.equal(store.distrustedBy(second.der), undefined);
  });

  test('beside the blocklist distrust only the objects that say so', (t) => {
    const tree = trustingTree(t).file(
      '/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit',
      p11KitObject({ label: '"Alpha"', trusted: 'true' }, alpha.pem) +
        p11KitObject({ label: '"Beta"', 'x-distrusted': 'true' }, beta.pem) +
        p11KitObject({ label: '"Gamma"', 'x-distrusted': 'false' }, gamma.pem),
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { beta: 'distrusted' });
    assert.deepEqual(result.usable, ['alpha', 'gamma']);
  });

  test('that are damaged are errors that name the object; the other objects count', (t) => {
    const tree = trustingTree(t).file(
      `${blocklist}/damaged.p11-kit`,
      `${
        p11KitObject({ class: 'certificate', value: '"%3"' }) +
        p11KitObject({ class: 'certificate' }) +
        p11KitObject({}, '-----BEGIN CERTIFICATE-----\nAAAA\n') +
        p11KitObject({}, alpha.pem)
      }[p11-kit-object-v1]\nnonsense\n`,
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.skipped, { alpha: 'distrusted' });
    const path = `${blocklist}/damaged.p11-kit`;
    assert.deepEqual(result.errors, [
      `ERR_TRUSTSTORE_BAD_CERTIFICATE ${path}: object 1: attribute "value" is no quoted string`,
      `ERR_TRUSTSTORE_BAD_CERTIFICATE ${path}: object 3: a PEM block does not end`,
      `ERR_TRUSTSTORE_BAD_CERTIFICATE ${path}: object 5: a line is neither an attribute nor a PEM block`,
      `ERR_TRUSTSTORE_BAD_CERTIFICATE ${path}: a distrusted object names no certificate: it has neither a value nor issuer and serial number nor a public key`,
    ]);
  });
});
