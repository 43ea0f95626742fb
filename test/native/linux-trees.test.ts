/**
 * Reads every distribution's layout as a whole tree: which certificates are returned, from where, and what is left out.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { createCertificate, EKU } from '../helpers/pki.js';
import * as roots from '../helpers/roots.js';
import { type Named, readTree, RootTree } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

interface Row {
  name: string;
  build(tree: RootTree): void;
  usable: string[];
  skipped?: Record<string, string>;
  /** Locations that were read, with the number of certificates in files not read before. */
  read: string[];
  /** The sources of single certificates. */
  sources?: Record<string, string[]>;
}

const all: Named = {};
/** Selects some of `all` by name. */
const pick = (...names: string[]): Named =>
  Object.fromEntries(names.map((name) => [name, all[name]!]));

before(async () => {
  const alpha = await createCertificate({ commonName: 'Alpha Root' });
  const corp = await createCertificate({ commonName: 'Corp Root' });
  Object.assign(all, {
    alpha,
    corp,
    beta: await createCertificate({ commonName: 'Beta Root' }),
    expired: await createCertificate({
      commonName: 'Expired Root',
      validTo: new Date('2021-01-01T00:00:00Z'),
    }),
    email: await createCertificate({ commonName: 'E-mail Root', eku: [EKU.emailProtection] }),
    snakeoil: await createCertificate({ commonName: 'localhost', ca: false, dns: ['localhost'] }),
    issuing: await createCertificate({ commonName: 'Corp Issuing CA', issuer: corp }),
    lost: await createCertificate({
      commonName: 'Lost Issuing CA',
      issuer: await createCertificate({ commonName: 'Nowhere Root' }),
    }),
  });
});

const TLS_BUNDLE = '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem';

const rows: Row[] = [
  {
    name: 'Debian',
    build: (tree) => {
      const local = pick('corp', 'issuing', 'lost');
      roots.debian(tree, pick('alpha', 'beta', 'expired'), { local });
    },
    usable: ['alpha', 'beta', 'corp', 'issuing'],
    skipped: { expired: 'expired', lost: 'orphan' },
    read: ['/etc/ssl/certs/ca-certificates.crt (6)', '/etc/ssl/certs (6)'],
    sources: {
      alpha: ['file /etc/ssl/certs/ca-certificates.crt', 'directory /etc/ssl/certs/alpha.pem'],
      corp: ['file /etc/ssl/certs/ca-certificates.crt', 'directory /etc/ssl/certs/corp.pem'],
    },
  },
  {
    name: 'Ubuntu with ssl-cert',
    build: (tree) => {
      roots.ubuntu(tree, pick('alpha', 'beta'), all.snakeoil!);
    },
    usable: ['alpha', 'beta', 'snakeoil'],
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (3)'],
    sources: { snakeoil: ['directory /etc/ssl/certs/ssl-cert-snakeoil.pem'] },
  },
  ...([42, 43] as const).map((release): Row => ({
    name: `Fedora ${String(release)}`,
    build: (tree) => {
      roots.fedora(tree, release, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: ['/etc/pki/tls/cert.pem (2)', '/etc/ssl/certs (2)'],
    sources: {
      alpha: ['file /etc/pki/tls/cert.pem', 'directory /etc/ssl/certs/alpha.pem'],
    },
  })),
  {
    name: 'Fedora 44, which has no cert.pem and no ca-bundle.crt',
    build: (tree) => {
      roots.fedora(tree, 44, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: [`${TLS_BUNDLE} (2)`, '/etc/ssl/certs (2)'],
    sources: { alpha: [`file ${TLS_BUNDLE}`, 'directory /etc/ssl/certs/alpha.pem'] },
  },
  {
    name: 'Fedora 44 without the links in /etc/ssl and /etc/pki/tls',
    build: (tree) => {
      roots.fedora(tree, 44, pick('alpha'));
      tree.delete('/etc/ssl/certs');
      for (const name of [roots.hashName(0), 'alpha.pem']) {
        tree.delete(`/etc/pki/tls/certs/${name}`);
      }
    },
    usable: ['alpha'],
    read: [
      `${TLS_BUNDLE} (1)`,
      '/etc/pki/tls/certs (0)',
      '/etc/pki/ca-trust/extracted/pem/directory-hash (1)',
    ],
  },
  ...([8, 9] as const).map((release): Row => ({
    name: `RHEL ${String(release)}, where a trust bundle with purposes lies among the CAs`,
    build: (tree) => {
      const { alpha, beta } = all as Record<'alpha' | 'beta', Named[string]>;
      const trusted =
        roots.trustedPem(alpha.der, { trust: [EKU.serverAuth, EKU.emailProtection] }) +
        roots.trustedPem(beta.der, { trust: [EKU.emailProtection] });
      roots.rhel(tree, release, pick('alpha'), trusted);
      tree.file('/etc/pki/tls/certs/localhost.crt', all.snakeoil!.pem);
    },
    usable: ['alpha', 'snakeoil'],
    skipped: { beta: 'purpose' },
    read: ['/etc/pki/tls/cert.pem (1)', '/etc/ssl/certs (3)'],
    sources: {
      alpha: ['file /etc/pki/tls/cert.pem', 'directory /etc/ssl/certs/ca-bundle.trust.crt'],
    },
  })),
  {
    name: 'SUSE',
    build: (tree) => {
      roots.suse(tree, pick('alpha', 'corp', 'email'));
    },
    usable: ['alpha', 'corp'],
    skipped: { email: 'purpose' },
    read: ['/etc/ssl/ca-bundle.pem (3)', '/etc/ssl/certs (3)'],
    sources: { alpha: ['file /etc/ssl/ca-bundle.pem', 'directory /etc/ssl/certs/alpha.pem'] },
  },
  {
    name: 'Alpine',
    build: (tree) => {
      roots.alpine(tree, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (2)'],
  },
  {
    name: 'Arch',
    build: (tree) => {
      roots.arch(tree, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (2)'],
    // A hashed name that leads out of the directory is a file of its own, but is reported under its other name.
    sources: {
      alpha: ['file /etc/ssl/certs/ca-certificates.crt', 'directory /etc/ssl/certs/alpha.pem'],
    },
  },
  {
    name: 'OpenWrt',
    build: (tree) => {
      roots.openwrt(tree, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (2)'],
    sources: {
      beta: ['file /etc/ssl/certs/ca-certificates.crt', 'directory /etc/ssl/certs/beta.crt'],
    },
  },
  {
    name: 'NixOS',
    build: (tree) => {
      roots.nixos(tree, pick('alpha', 'corp'));
    },
    usable: ['alpha', 'corp'],
    // Both names in the directory lead to the bundle that was already read.
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (0)'],
    sources: { alpha: ['file /etc/ssl/certs/ca-certificates.crt'] },
  },
  {
    name: 'FreeBSD',
    build: (tree) => {
      roots.freebsd(tree, pick('alpha', 'beta'), pick('corp'));
    },
    usable: ['alpha', 'beta'],
    skipped: { corp: 'distrusted' },
    read: ['/etc/ssl/certs (2)'],
    sources: {
      alpha: ['directory /etc/ssl/certs/a0000000.0'],
      corp: [
        'directory /etc/ssl/untrusted/a0000000.0',
        'directory /usr/share/certs/untrusted/corp.pem',
      ],
    },
  },
  {
    name: 'a distroless image',
    build: (tree) => {
      roots.distroless(tree, pick('alpha', 'beta'));
    },
    usable: ['alpha', 'beta'],
    read: ['/etc/ssl/certs/ca-certificates.crt (2)', '/etc/ssl/certs (0)'],
    sources: { beta: ['file /etc/ssl/certs/ca-certificates.crt'] },
  },
  {
    name: 'Android 14, whose old directory has gone stale',
    build: (tree) => {
      roots.android(tree, pick('alpha'), pick('beta'));
    },
    usable: ['alpha'],
    read: ['/apex/com.android.conscrypt/cacerts (1)'],
  },
  {
    name: 'OpenBSD',
    build: (tree) => {
      tree.file('/etc/ssl/cert.pem', roots.bundle(pick('alpha')));
    },
    usable: ['alpha'],
    read: ['/etc/ssl/cert.pem (1)'],
  },
  {
    name: 'NetBSD',
    build: (tree) => {
      tree.file('/usr/share/certs/mozilla/server/alpha.pem', roots.bundle(pick('alpha')));
      tree.link('/etc/openssl/certs/alpha.pem', '/usr/share/certs/mozilla/server/alpha.pem');
      tree.link('/etc/openssl/certs/a0000000.0', 'alpha.pem');
      tree.file('/etc/openssl/certs/ca-certificates.crt', roots.bundle(pick('alpha')));
      tree.file('/etc/openssl/untrusted/beta.pem', roots.bundle(pick('beta')));
    },
    usable: ['alpha'],
    skipped: { beta: 'distrusted' },
    read: ['/etc/openssl/certs/ca-certificates.crt (1)', '/etc/openssl/certs (1)'],
  },
  {
    name: 'illumos',
    build: (tree) => {
      tree.file('/etc/certs/CA/alpha.pem', roots.bundle(pick('alpha')));
    },
    usable: ['alpha'],
    read: ['/etc/certs/CA (1)'],
  },
  { name: 'an empty image', build: () => undefined, usable: [], read: [] },
];

describe('the store of a whole tree', { skip }, () => {
  for (const row of rows) {
    test(row.name, (t) => {
      const tree = new RootTree(row.name);
      t.after(() => {
        tree.remove();
      });
      row.build(tree);

      const result = readTree(tree, all);

      assert.deepEqual(result.errors, []);
      assert.deepEqual(result.usable, row.usable);
      assert.deepEqual(result.skipped, row.skipped ?? {});
      assert.deepEqual(result.read, row.read);
      for (const [name, sources] of Object.entries(row.sources ?? {})) {
        assert.deepEqual(result.sources[name], sources, name);
      }
    });
  }

  test('reads the same twice, in the same order', (t) => {
    const tree = new RootTree('order');
    t.after(() => {
      tree.remove();
    });
    roots.debian(tree, pick('beta', 'alpha', 'corp', 'expired', 'email'));
    const first = readTree(tree, all);
    const second = readTree(tree, all);
    assert.deepEqual(
      { usable: second.usable, skipped: second.skipped, sources: second.sources },
      { usable: first.usable, skipped: first.skipped, sources: first.sources },
    );
  });

  test('reads DER files, CRLF, a byte order mark and text around the blocks', (t) => {
    const tree = new RootTree('formats');
    t.after(() => {
      tree.remove();
    });
    const { alpha, beta, corp, email } = all as Record<string, Named[string]>;
    tree.file('/etc/ssl/certs/alpha.der', alpha?.der ?? '');
    tree.file('/etc/ssl/certs/beta.crt', `\uFEFF${beta?.pem.replaceAll('\n', '\r\n') ?? ''}`);
    tree.file(
      '/etc/ssl/certs/corp.pem',
      `Bag Attributes\n    friendlyName: corp\nsubject=CN = Corp Root\n${corp?.pem ?? ''}`,
    );
    tree.file(
      '/etc/ssl/certs/email.pem',
      email?.pem.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE') ?? '',
    );
    const result = readTree(tree, all);
    assert.deepEqual(result.errors, []);
    assert.deepEqual(result.usable, ['alpha', 'beta', 'corp']);
    assert.deepEqual(result.skipped, { email: 'purpose' });
  });
});

describe('SSL_CERT_FILE and SSL_CERT_DIR', { skip }, () => {
  function tree(t: { after(fn: () => void): void }): RootTree {
    const result = new RootTree('variables');
    t.after(() => {
      result.remove();
    });
    roots.debian(result, pick('alpha'));
    result.file('/opt/corp/bundle.pem', roots.bundle(pick('corp')));
    result.file('/opt/one/beta.pem', roots.bundle(pick('beta')));
    result.file('/opt/two/email.pem', roots.bundle(pick('email')));
    return result;
  }

  test('SSL_CERT_FILE replaces the CA file and leaves the CA directory', (t) => {
    const result = readTree(tree(t), all, { sslCertFile: '/opt/corp/bundle.pem' });
    assert.deepEqual(result.usable, ['corp', 'alpha']);
    assert.deepEqual(result.sources.alpha, [
      'directory /etc/ssl/certs/alpha.pem',
      'directory /etc/ssl/certs/ca-certificates.crt',
    ]);
    assert.deepEqual(result.errors, []);
  });

  test('SSL_CERT_DIR replaces the CA directory, and all directories of the list count', (t) => {
    const result = readTree(tree(t), all, { sslCertDir: '/opt/one::/opt/two' });
    assert.deepEqual(result.usable, ['alpha', 'beta']);
    assert.deepEqual(result.skipped, { email: 'purpose' });
    assert.deepEqual(result.sources.alpha, ['file /etc/ssl/certs/ca-certificates.crt']);
    assert.deepEqual(
      result.store.locations.filter(({ kind }) => kind === 'directory').map((l) => l.origin),
      ['SSL_CERT_DIR', 'SSL_CERT_DIR'],
    );
  });

  test('a file named by SSL_CERT_FILE that is missing is an error naming both', (t) => {
    const result = readTree(tree(t), all, { sslCertFile: '/opt/gone.pem' });
    assert.deepEqual(result.errors, [
      'ERR_TRUSTSTORE_READ_FAILED /opt/gone.pem: it does not exist (named by SSL_CERT_FILE)',
    ]);
    assert.deepEqual(
      result.store.errors.map(({ osStatusText }) => osStatusText),
      ['ENOENT'],
    );
    assert.deepEqual(result.usable, ['alpha'], 'the CA directory still counts');
  });

  test('a directory named by SSL_CERT_DIR that is missing is an error; the others count', (t) => {
    const result = readTree(tree(t), all, { sslCertDir: '/opt/gone:/opt/one' });
    assert.deepEqual(result.errors, [
      'ERR_TRUSTSTORE_READ_FAILED /opt/gone: it does not exist (named by SSL_CERT_DIR)',
    ]);
    assert.deepEqual(result.usable, ['alpha', 'beta']);
  });

  test('a file named by SSL_CERT_FILE that holds no certificate is an error', (t) => {
    const root = tree(t).file('/opt/notes.txt', 'no certificate here\n');
    const result = readTree(root, all, { sslCertFile: '/opt/notes.txt' });
    assert.deepEqual(result.errors, [
      'ERR_TRUSTSTORE_BAD_CERTIFICATE /opt/notes.txt: it holds no certificate (named by SSL_CERT_FILE)',
    ]);
  });

  test('a directory named by SSL_CERT_FILE and a file named by SSL_CERT_DIR are errors', (t) => {
    const result = readTree(tree(t), all, {
      sslCertFile: '/opt/one',
      sslCertDir: '/opt/corp/bundle.pem',
    });
    assert.deepEqual(result.errors, [
      'ERR_TRUSTSTORE_NOT_REGULAR_FILE /opt/one: it is a directory, not a regular file (named by SSL_CERT_FILE)',
      'ERR_TRUSTSTORE_READ_FAILED /opt/corp/bundle.pem: it is not a directory (named by SSL_CERT_DIR)',
    ]);
    assert.deepEqual(result.usable, []);
  });
});
