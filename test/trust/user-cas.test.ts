import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { getTrustedCAs, TruststoreError } from '../../dist/index.js';
import type { TrustOptions } from '../../dist/index.js';
import { createCertificate, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

let root: TestCertificate;
let other: TestCertificate;
let folder: string;

/** Uses only what the test names: no bundled roots, no system store, an environment of its own. */
function trusted(userCAs: TrustOptions['userCAs'], env: Record<string, string> = {}): string[] {
  return getTrustedCAs({
    bundled: false,
    system: {
      env: {
        HOME: folder,
        APPDATA: folder,
        SSL_CERT_FILE: join(folder, 'empty.pem'),
        SSL_CERT_DIR: join(folder, 'empty'),
        ...env,
      },
    },
    ...(userCAs === undefined ? {} : { userCAs }),
  });
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('user CAs', () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'os-truststore-user-'));
    mkdirSync(join(folder, 'empty'));
    write('empty.pem', '# nothing here\n');
    root = await createCertificate({ commonName: 'User Root' });
    other = await createCertificate({ commonName: 'Other Root' });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('takes PEM text, several blocks, DER bytes and X509Certificate objects alike', () => {
    assert.deepEqual(trusted(root.pem), [root.pem]);
    assert.deepEqual(trusted(root.pem + other.pem), [root.pem, other.pem]);
    assert.deepEqual(trusted([root.der, new X509Certificate(other.pem)]), [root.pem, other.pem]);
    assert.deepEqual(trusted({ certificates: [new Uint8Array(root.der)] }), [root.pem]);
  });

  it('reads files and directories, of a directory only what looks like certificates', () => {
    const file = write('one.crt', root.pem);
    const directory = join(folder, 'many');
    mkdirSync(directory);
    writeFileSync(join(directory, 'b.der'), other.der);
    writeFileSync(join(directory, 'notes.txt'), root.pem);
    assert.deepEqual(trusted({ files: [file] }), [root.pem]);
    assert.deepEqual(trusted({ directories: [directory] }), [other.pem]);
  });

  it('reads the environment: a list of files and directories, the extra file, the user directory', () => {
    const file = write('env.pem', root.pem);
    const directory = join(folder, 'env-many');
    mkdirSync(directory);
    writeFileSync(join(directory, 'x.pem'), other.pem);
    const separator = process.platform === 'win32' ? ';' : ':';
    assert.deepEqual(
      trusted(undefined, { OS_TRUSTSTORE_USER_CAS: [file, directory].join(separator) }),
      [root.pem, other.pem],
    );
    assert.deepEqual(trusted(undefined, { NODE_EXTRA_CA_CERTS: file }), [root.pem]);
    const config = join(folder, 'xdg');
    mkdirSync(join(config, 'os-truststore', 'certs'), { recursive: true });
    writeFileSync(join(config, 'os-truststore', 'certs', 'mine.pem'), other.pem);
    const variable = { linux: 'XDG_CONFIG_HOME', win32: 'APPDATA' }[process.platform as string];
    if (variable !== undefined) {
      assert.deepEqual(trusted(undefined, { [variable]: config }), [other.pem]);
    }
    assert.deepEqual(
      trusted({ certificates: [other.pem], env: false }, { NODE_EXTRA_CA_CERTS: file }),
      [other.pem],
    );
  });

  it('never reads the current directory', () => {
    const previous = process.cwd();
    process.chdir(folder);
    try {
      assert.throws(() => trusted(undefined), { code: 'ERR_TRUSTSTORE_EMPTY_SET' });
      // An empty or relative HOME would make the configuration directory one below the current one.
      mkdirSync(join(folder, '.config', 'os-truststore', 'certs'), { recursive: true });
      writeFileSync(join(folder, '.config', 'os-truststore', 'certs', 'trap.pem'), root.pem);
      for (const home of ['', '.']) {
        assert.throws(() => trusted(undefined, { HOME: home, APPDATA: home }), {
          code: 'ERR_TRUSTSTORE_EMPTY_SET',
        });
      }
      rmSync(join(folder, '.config'), { recursive: true });
    } finally {
      process.chdir(previous);
    }
  });

  const unusable: [string, () => TrustOptions['userCAs'], RegExp][] = [
    ['a missing file', () => ({ files: [join(folder, 'no.pem')] }), /no\.pem/],
    ['an empty file', () => ({ files: [write('zero.pem', '')] }), /zero\.pem/],
    ['a file without certificates', () => ({ files: [write('t.pem', 'hello')] }), /t\.pem/],
    [
      'a file whose only block is damaged',
      () => ({ files: [write('d.pem', root.pem.replace(/M/g, '?'))] }),
      /d\.pem.*no certificate/,
    ],
    ['a directory where a file was named', () => ({ files: [folder] }), /not a regular file/],
    ['a missing directory', () => ({ directories: [join(folder, 'nowhere')] }), /nowhere/],
    ['text that is no certificate', () => ['not a certificate'], /userCAs\[0\]/],
    ['a private key', () => [root.keyPem], /userCAs\[0\]/],
  ];
  for (const [what, userCAs, message] of unusable) {
    it(`names ${what}`, () => {
      assert.throws(
        () => getTrustedCAs({ userCAs: userCAs() }),
        (error: unknown) => {
          assert.ok(error instanceof TruststoreError);
          assert.equal(error.code, 'ERR_TRUSTSTORE_USER_CA');
          assert.match(error.message, message);
          assert.ok(!error.message.includes(root.keyPem.slice(40, 80)), 'no key material');
          return true;
        },
      );
    });
  }

  it('a bad NODE_EXTRA_CA_CERTS loses nothing, as in Node itself', () => {
    assert.deepEqual(trusted(root.pem, { NODE_EXTRA_CA_CERTS: join(folder, 'no-such-file.pem') }), [
      root.pem,
    ]);
  });

  it('keeps a peer that signed itself, drops what can end no chain', async () => {
    const peer = await createCertificate({ commonName: 'peer', ca: false, dns: ['peer'] });
    const leaf = await createCertificate({ commonName: 'leaf', ca: false, issuer: root });
    assert.deepEqual(trusted([peer.pem, leaf.pem]), [peer.pem]);
  });

  it('adds an intermediate when its issuer is there, never as an anchor without it', async () => {
    const issuing = await createCertificate({ commonName: 'Issuing', issuer: root });
    assert.deepEqual(trusted([issuing.pem, root.pem]), [root.pem, issuing.pem]);
    assert.deepEqual(trusted([issuing.pem, other.pem]), [other.pem]);
  });

  it('excludes by fingerprint, in any spelling', () => {
    const { fingerprint256 } = new X509Certificate(root.pem);
    for (const spelling of [fingerprint256, fingerprint256.replaceAll(':', '').toLowerCase()]) {
      const set = getTrustedCAs({
        bundled: false,
        system: false,
        userCAs: { certificates: [root.pem, other.pem], env: false },
        exclude: [spelling],
      });
      assert.deepEqual(set, [other.pem]);
    }
  });

  it('refuses options of the wrong type', () => {
    const wrong: unknown[] = [
      { userCAs: 7 },
      { userCAs: [7] },
      { userCAs: { files: [7] } },
      { exclude: ['abc'] },
      { exclude: 'AA' },
      { userCAs: { files: '/etc/x' } },
      { userCAs: { directories: '.' } },
      { system: 'off' },
      { bundled: 'yes' },
      { system: { purpose: 'tls' } },
      { system: { deadlineMs: -1 } },
    ];
    for (const options of wrong) {
      assert.throws(() => getTrustedCAs(options as TrustOptions), {
        code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
      });
    }
  });

  it('does not mistake PEM with a wrong label for a certificate', () => {
    assert.throws(() => trusted(toPem(root.der, 'PUBLIC KEY')), { code: 'ERR_TRUSTSTORE_USER_CA' });
  });
});
