/**
 * Broken stores: good certificates are returned, every fault is named, nothing hangs.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { loadAddon } from '../../dist/addon/load-addon.js';
import { createCertificate, toPem } from '../helpers/pki.js';
import * as roots from '../helpers/roots.js';
import { type Named, type ReadTree, readTree, RootTree } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

let alpha: Named[string];
let beta: Named[string];
let all: Named;

before(async () => {
  alpha = await createCertificate({ commonName: 'Alpha Root' });
  beta = await createCertificate({ commonName: 'Beta Root' });
  all = { alpha, beta };
});

interface TestContext {
  after(fn: () => void): void;
}

function newTree(t: TestContext): RootTree {
  const tree = new RootTree('damaged');
  t.after(() => {
    tree.remove();
  });
  return tree;
}

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Returns error paths and codes, without the words. */
const faults = (result: ReadTree): string[] =>
  result.store.errors.map(({ code, path }) => `${code.replace('ERR_TRUSTSTORE_', '')} ${path}`);

describe('a damaged bundle', { skip }, () => {
  const cases: [name: string, damage: (pem: string) => string, message: RegExp][] = [
    ['cut off in the middle of a block', (pem) => pem.slice(0, 300), /^block 2, line \d+: /],
    [
      'with characters that are no base64',
      (pem) => pem.replace(/\n(.{20})/, '\n$1????'),
      /^block 2, line \d+: /,
    ],
    [
      'with a block that does not end before the next begins',
      (pem) => pem.replace(/-----END.*\n/, '') + pem,
      /^block 2, line \d+: /,
    ],
  ];
  for (const [name, damage, message] of cases) {
    test(`${name} yields the blocks before it and names the bad one`, (t) => {
      const tree = newTree(t).file(BUNDLE, alpha.pem + damage(beta.pem));
      const result = readTree(tree, all);
      assert.equal(result.usable[0], 'alpha');
      assert.deepEqual(faults(result), [`BAD_CERTIFICATE ${BUNDLE}`]);
      assert.match(result.store.errors[0]?.message ?? '', message);
    });
  }

  test('with base64 that is no certificate lists it as unparsable', (t) => {
    const cut = toPem(beta.der.subarray(0, beta.der.length - 20));
    const tree = newTree(t).file(BUNDLE, cut + alpha.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(Object.values(result.skipped), ['unparsable']);
  });

  test('of 10,000 blocks with one bad yields 9,999', (t) => {
    const blocks: string[] = [];
    const many: Named = {};
    // Copies of a valid certificate that differ in the last bytes of the signature, because nothing here checks
    // signatures.
    for (let index = 0; index < 10_000; index += 1) {
      const der = Buffer.from(alpha.der);
      der.writeUInt16BE(index, der.length - 4);
      many[`n${String(index)}`] = { der, pem: toPem(der) };
      blocks.push(toPem(der));
    }
    blocks[4999] = (blocks[4999] ?? '').replace('\nMII', '\n*II');
    assert.ok(blocks[4999]?.includes('*'));
    const tree = newTree(t).file(BUNDLE, blocks.join(''));
    const result = readTree(tree, many);
    assert.equal(result.usable.length, 9_999);
    assert.equal(result.errors.length, 1);
    assert.match(result.errors[0] ?? '', /: block 5000, line \d+: /);
  });

  test('is passed over when it holds nothing good, and the next location is used', (t) => {
    const tree = newTree(t)
      .file(BUNDLE, beta.pem.slice(0, 200))
      .file('/etc/ssl/cert.pem', alpha.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(result.sources.alpha, ['file /etc/ssl/cert.pem']);
    assert.ok(faults(result).every((fault) => fault === `BAD_CERTIFICATE ${BUNDLE}`));
  });

  test('in UTF-16 with a byte order mark is read', (t) => {
    const utf16 = Buffer.from(`\uFEFF${alpha.pem}`, 'utf16le');
    const tree = newTree(t).file('/etc/ssl/utf16.pem', utf16);
    const result = readTree(tree, all, { sslCertFile: '/etc/ssl/utf16.pem' });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(result.usable, ['alpha']);
  });
});

describe('a CA directory with anything in it', { skip }, () => {
  test('yields its certificates; what should not be there is named', (t) => {
    const directory = '/etc/ssl/certs';
    const tree = newTree(t)
      .file(`${directory}/alpha.pem`, alpha.pem)
      .file(`${directory}/README`, 'Put certificates here.\n')
      .file(
        `${directory}/key.pem`,
        '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      )
      .file(`${directory}/empty.pem`, '')
      .sparseFile(`${directory}/huge.pem`, 65 * 1024 * 1024)
      .fifo(`${directory}/fifo.pem`)
      .link(`${directory}/to-fifo.pem`, 'fifo.pem')
      .link(`${directory}/self.pem`, 'self.pem')
      .link(`${directory}/one.pem`, 'two.pem')
      .link(`${directory}/two.pem`, 'one.pem')
      .link(`${directory}/dangling.pem`, '/usr/share/ca-certificates/gone.crt')
      .link(`${directory}/a0000000.0`, 'gone.pem')
      .link(`${directory}/b0000000.0`, 'b0000000.0')
      .link(`${directory}/circle`, '.')
      .file(`${directory}/below/beta.pem`, beta.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(result.skipped, {});
    assert.deepEqual(faults(result), [
      `NOT_REGULAR_FILE ${directory}/fifo.pem`,
      `FILE_TOO_LARGE ${directory}/huge.pem`,
      `READ_FAILED ${directory}/one.pem`,
      `READ_FAILED ${directory}/self.pem`,
      `NOT_REGULAR_FILE ${directory}/to-fifo.pem`,
      `READ_FAILED ${directory}/two.pem`,
      `READ_FAILED ${directory}/b0000000.0`,
    ]);
    const statuses = result.store.errors.map(({ osStatusText }) => osStatusText);
    assert.deepEqual(statuses, ['', '', 'ELOOP', 'ELOOP', '', 'ELOOP', 'ELOOP']);
  });

  test('ends at a circle of directories', (t) => {
    const tree = newTree(t)
      .link('/etc/ssl/certs', '/etc/pki/certs')
      .link('/etc/pki/certs', '/etc/ssl/certs')
      .file('/etc/pki/tls/certs/alpha.pem', alpha.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(result.errors, [
      'ERR_TRUSTSTORE_READ_FAILED /etc/ssl/certs/ca-certificates.crt: too many levels of symbolic links',
      'ERR_TRUSTSTORE_READ_FAILED /etc/ssl/certs/ca-bundle.crt: too many levels of symbolic links',
      'ERR_TRUSTSTORE_READ_FAILED /etc/ssl/certs: too many levels of symbolic links',
    ]);
  });

  test('reads a file once, however many names it has', (t) => {
    const tree = newTree(t).file('/opt/alpha.crt', alpha.pem);
    for (let index = 0; index < 20; index += 1) {
      tree.link(`/etc/ssl/certs/name-${String(index).padStart(2, '0')}.pem`, '/opt/alpha.crt');
    }
    const result = readTree(tree, all);
    assert.deepEqual(result.sources.alpha, ['directory /etc/ssl/certs/name-00.pem']);
    assert.deepEqual(result.read, ['/etc/ssl/certs (1)']);
  });

  test('names a FIFO that stands in for the bundle', (t) => {
    const tree = newTree(t).fifo(BUNDLE).file('/etc/ssl/cert.pem', alpha.pem);
    const result = readTree(tree, all);
    assert.deepEqual(result.usable, ['alpha']);
    assert.deepEqual(new Set(faults(result)), new Set([`NOT_REGULAR_FILE ${BUNDLE}`]));
  });

  test('never reads a device', (t) => {
    const tree = newTree(t)
      .link('/certs/zero.pem', '/dev/zero')
      .file('/certs/alpha.pem', alpha.pem);
    const request = { sslCertFile: '/dev/zero', sslCertDir: tree.host('/certs') };
    const { errors, locations } = loadAddon().read(request);
    assert.deepEqual(
      errors.map(({ code, path, message }) => `${code} ${path} ${message}`),
      [
        'ERR_TRUSTSTORE_NOT_REGULAR_FILE /dev/zero it is a device, not a regular file (named by SSL_CERT_FILE)',
        `ERR_TRUSTSTORE_NOT_REGULAR_FILE ${tree.host('/certs/zero.pem')} it is a device, not a regular file`,
      ],
    );
    assert.deepEqual(
      locations.map(({ state, certificates }) => [state, certificates]),
      [
        ['failed', 0],
        ['read', 1],
      ],
    );
  });
});

describe('a file this user may not read', { skip }, () => {
  test('is an error with EACCES; the others are read', (t) => {
    const mask = process.umask(0o022);
    t.after(() => process.umask(mask));
    const tree = newTree(t)
      .file('/etc/ssl/certs/alpha.pem', alpha.pem)
      .file('/etc/ssl/certs/beta.pem', beta.pem);
    chmodSync(tree.host('/etc/ssl/certs/beta.pem'), 0o000);
    // Root reads everything, so the child gives up root's rights, but only after it has loaded the addon: other users
    // may have no access to this checkout and to the folder of temporary files, so the process stands in the tree.
    const script =
      `const addon = require(${JSON.stringify(join(__dirname, '../../dist/addon/load-addon.js'))}).loadAddon();` +
      'if (process.getuid() === 0) {' +
      '  process.setgid(65534);' +
      '  process.setuid(65534);' +
      '}' +
      "const store = addon.read({ root: '.' });" +
      'console.log(JSON.stringify({ size: store.size, errors: store.errors }));';
    const child = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: {},
      cwd: tree.path,
    });
    assert.equal(child.status, 0, child.stderr);
    const { size, errors } = JSON.parse(child.stdout) as {
      size: number;
      errors: { path: string; osStatusText: string; code: string; operation: string }[];
    };
    assert.equal(size, 1);
    assert.deepEqual(
      errors.map(({ code, operation, path, osStatusText }) => [
        code,
        operation,
        path,
        osStatusText,
      ]),
      [['ERR_TRUSTSTORE_READ_FAILED', 'open', '/etc/ssl/certs/beta.pem', 'EACCES']],
    );
  });
});

test('a whole damaged image names every fault and yields what is good', { skip }, (t) => {
  const tree = newTree(t);
  roots.debian(tree, { alpha, beta }, { conf: '!mozilla/broken.crt\n' });
  tree.file('/usr/share/ca-certificates/mozilla/broken.crt', beta.pem.slice(0, 100));
  tree.file(BUNDLE, beta.pem.slice(0, 100) + alpha.pem);
  tree.file('/etc/pki/ca-trust/source/blocklist/broken.p11-kit', '[p11-kit-object-v1]\nvalue: %\n');
  const result = readTree(tree, all);
  assert.deepEqual(result.usable, ['alpha', 'beta']);
  assert.deepEqual(
    [...new Set(faults(result))],
    [
      `BAD_CERTIFICATE ${BUNDLE}`,
      'BAD_CERTIFICATE /usr/share/ca-certificates/mozilla/broken.crt',
      'BAD_CERTIFICATE /etc/pki/ca-trust/source/blocklist/broken.p11-kit',
    ],
  );
});
