/**
 * NIX_SSL_CERT_FILE: the OpenSSL of nixpkgs reads it before SSL_CERT_FILE, and no other reads it at all.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { createCertificate } from '../helpers/pki.js';
import {
  type Named,
  newTree,
  readTree,
  type RootTree,
  type TestContext,
} from '../helpers/roots.js';
import { runDriver } from './driver.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';

describe('NIX_SSL_CERT_FILE', { skip: unix ? false : 'read on Linux and other Unix alone' }, () => {
  const all: Named = {};
  before(async () => {
    for (const name of ['system', 'nix', 'ssl']) {
      all[name] = await createCertificate({ commonName: `${name} root` });
    }
  });

  function tree(t: TestContext): RootTree {
    const result = newTree(t, 'nix');
    result.file('/etc/pki/tls/cert.pem', all.system!.pem);
    for (const name of ['nix', 'ssl']) result.file(`/opt/${name}.pem`, all[name]!.pem);
    return result.file('/opt/empty.pem', '');
  }

  const nixFile = '--nix-file=/opt/nix.pem';
  const sslFile = '--ssl-file=/opt/ssl.pem';
  const built = '--openssl-dir=/nix/store/0123abcd-openssl-3.5.1/etc/ssl/certs';
  const rows: [name: string, args: string[], subjects: string[], errors?: string[]][] = [
    ['is read with an OpenSSL of Nix', [built, nixFile], ['nix']],
    [
      'is read with a static OpenSSL of Nix',
      ['--openssl-dir=/./nix/store/0123abcd-openssl-static-etc/etc/ssl/certs', nixFile],
      ['nix'],
    ],
    ['goes before SSL_CERT_FILE', [built, nixFile, sslFile], ['nix']],
    ['leaves SSL_CERT_FILE in force when it is not set', [built, sslFile], ['ssl']],
    [
      'is not read with the OpenSSL of another',
      ['--openssl-dir=/usr/lib/ssl/certs', nixFile],
      ['system'],
    ],
    ['is not read without OpenSSL', [nixFile], ['system']],
    ['leaves SSL_CERT_FILE in force with another OpenSSL', [nixFile, sslFile], ['ssl']],
    [
      'is an error when there is no such file, and no other file stands in',
      [built, '--nix-file=/no-cert-file.crt', sslFile],
      [],
      ['/no-cert-file.crt: it does not exist (named by NIX_SSL_CERT_FILE)'],
    ],
    [
      'is an error when there is nothing in it',
      [built, '--nix-file=/opt/empty.pem'],
      [],
      ['/opt/empty.pem: it holds no certificate (named by NIX_SSL_CERT_FILE)'],
    ],
  ];

  for (const [name, args, subjects, errors = []] of rows) {
    test(name, (t) => {
      const result = runDriver([...args, `--root=${tree(t).path}`]);
      assert.deepEqual(
        result.certificates.map(({ subject }) => /CN=(\w+)/.exec(subject ?? '')?.[1]),
        subjects,
      );
      assert.deepEqual(
        result.errors.map(({ path, message }) => `${path}: ${message}`),
        errors,
      );
    });
  }

  test('does nothing in a runtime whose OpenSSL is its own', (t) => {
    const result = readTree(tree(t), all, { nixSslCertFile: '/opt/nix.pem' });
    assert.deepEqual(result.usable, ['system']);
    assert.ok(result.store.locations.every(({ origin }) => origin !== 'NIX_SSL_CERT_FILE'));
  });
});
