/**
 * Our own files and warnings are bounded and cleaned up, and files of others are not touched.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { pruneBundles } from '../../dist/bundle/prune.js';
import { DiskCache } from '../../dist/chain/completion/disk-cache.js';
import { ErrorCodes, TruststoreError } from '../../dist/errors.js';
import { withFileLock } from '../../dist/files/file-lock.js';
import { makeDirectory } from '../../dist/files/make-directory.js';
import { replaceFile } from '../../dist/files/pem-file.js';
import { Faults } from '../../dist/inject/faults.js';
import { readTrustSet } from '../../dist/trust/trusted-cas.js';
import type { TestContext } from '../first-use/bench.js';
import { createCertificate } from '../helpers/pki.js';

const windows = process.platform === 'win32' && 'Windows has other links and no FIFOs';
const longAgo = new Date(Date.now() - 90 * 86_400_000);

function temporaryDirectory(t: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'os-truststore-housekeeping-'));
  t.after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function put(path: string, text = ''): string {
  fs.writeFileSync(path, text);
  fs.utimesSync(path, longAgo, longAgo);
  return path;
}

void describe('a directory', () => {
  test('that can never be made is tried a bounded number of times', (t) => {
    const error = Object.assign(new Error('never'), { code: 'ENOENT', errno: -2 });
    const { mock } = t.mock.method(fs, 'mkdirSync', () => {
      throw error;
    });
    const path = join(temporaryDirectory(t), 'a', 'b', 'c');
    const code = 'ERR_TRUSTSTORE_WRITE_FAILED';
    assert.throws(
      () => {
        makeDirectory(path, 'Go away.');
      },
      { code, path, remedy: 'Go away.' },
    );
    assert.ok(mock.callCount() < 10, `${mock.callCount()} calls`);
    // The runtime would never return from it.
    assert.ok(
      mock.calls.every(({ arguments: args }) => !JSON.stringify(args).includes('recursive')),
    );
  });

  test('is made with those above it, also when it is there or another process is faster', (t) => {
    const path = join(temporaryDirectory(t), 'a', 'b', 'c');
    const original = fs.mkdirSync.bind(fs);
    t.mock.method(fs, 'mkdirSync', (directory: string) => {
      original(directory, { mode: 0o700 });
      original(directory);
    });
    makeDirectory(path);
    makeDirectory(path);
    assert.ok(fs.statSync(path).isDirectory());
    fs.writeFileSync(join(path, 'file'), '');
    assert.throws(() => {
      makeDirectory(join(path, 'file'));
    }, /cannot be made/);
    assert.throws(() => {
      makeDirectory(join(path, 'file', 'below'));
    }, /cannot be made/);
  });
});

void describe('a cache of documents', () => {
  const name = (index: number): string => index.toString(16).padStart(64, '0');

  test('removes its own oldest files and what was left half-written, and no other', async (t) => {
    const root = temporaryDirectory(t);
    const folder = join(root, 'crls');
    fs.mkdirSync(folder);
    const others = ['notes.txt', `${name(1)}.bak`, name(1).slice(1), `${name(2)}.tmp`];
    for (const other of others) put(join(folder, other), 'mine');
    const temporary = `${name(3)}.${'ab'.repeat(6)}.tmp`;
    put(join(folder, temporary));
    fs.writeFileSync(join(folder, temporary.replace('.ab', '.cd')), 'being written');
    for (let index = 0; index < 64; index++) put(join(folder, name(index)));
    await new DiskCache(root).write('crls', name(99), Buffer.from('new'));
    const left = fs.readdirSync(folder);
    assert.deepEqual(
      others.filter((other) => !left.includes(other)),
      [],
    );
    assert.deepEqual(
      [temporary, temporary.replace('.ab', '.cd'), name(99)].map((one) => left.includes(one)),
      [false, true, true],
    );
    assert.equal(left.filter((one) => /^[0-9a-f]{64}$/.test(one)).length, 64);
  });

  test('follows no link, of a document or of its directory', { skip: windows }, async (t) => {
    const root = temporaryDirectory(t);
    const elsewhere = join(root, 'elsewhere');
    fs.mkdirSync(elsewhere);
    const precious = put(join(elsewhere, name(1)), 'precious');
    fs.mkdirSync(join(root, 'cache', 'crls'), { recursive: true });
    fs.symlinkSync(elsewhere, join(root, 'cache', 'intermediates'));
    const link = join(root, 'cache', 'crls', name(1));
    fs.symlinkSync(precious, link);
    const cache = new DiskCache(join(root, 'cache'));
    for (const kind of ['crls', 'intermediates'] as const) {
      assert.equal(await cache.read(kind, name(1)), undefined);
      await cache.write(kind, name(1), Buffer.from('new'));
      await cache.remove(kind, name(1));
    }
    assert.deepEqual(await cache.names('intermediates'), []);
    assert.deepEqual(fs.readdirSync(elsewhere), [name(1)]);
    assert.equal(fs.readFileSync(precious, 'utf8'), 'precious');
    assert.equal(
      fs.lstatSync(link, { throwIfNoEntry: false }),
      undefined,
      'the link itself may go',
    );
  });
});

test(
  'bundles that are links are removed as links, and no other files are',
  { skip: windows },
  (t) => {
    const root = temporaryDirectory(t);
    const precious = put(join(root, 'precious'), 'precious');
    const folder = join(root, 'bundles');
    fs.mkdirSync(folder);
    const bundle = (index: number): string =>
      `ca-bundle-${index.toString(16).padStart(32, '0')}.pem`;
    for (let index = 0; index < 12; index++) {
      const path = join(folder, bundle(index));
      fs.symlinkSync(precious, path);
      fs.lutimesSync(path, longAgo, longAgo);
    }
    const others = ['ca-bundle.pem', 'notes', `${bundle(1)}.bak`];
    for (const other of others) put(join(folder, other), 'mine');
    pruneBundles(folder);
    assert.equal(fs.readFileSync(precious, 'utf8'), 'precious');
    const left = fs.readdirSync(folder);
    assert.deepEqual(
      left.filter((name) => !name.endsWith('.pem') || name === 'ca-bundle.pem').sort(),
      [...others].sort(),
    );
    assert.equal(left.length, 8 + others.length);
  },
);

void describe('what a killed process left', () => {
  test('on its way to a file goes at a later write, and what is new stays', (t) => {
    const directory = temporaryDirectory(t);
    const target = join(directory, 'file.pem');
    const left = (hex: string): string => join(directory, `.file.pem.${hex.repeat(6)}.tmp`);
    put(left('ab'));
    fs.writeFileSync(left('cd'), '');
    const others = ['.file.pem.tmp', '.other.pem.abababababab.tmp'];
    for (const other of others) put(join(directory, other));
    replaceFile(target, 'text', 0o600);
    assert.deepEqual(
      fs.readdirSync(directory).sort(),
      [...others, '.file.pem.cdcdcdcdcdcd.tmp', 'file.pem'].sort(),
    );
  });

  test('on its way to the lock, with it or at its removal goes with the next lock', async (t) => {
    const directory = temporaryDirectory(t);
    const path = join(directory, 'lock');
    const script = `
      const fs = require('node:fs');
      const { linkSync } = fs;
      fs.linkSync = (own, lock) => {
        linkSync(own, lock);
        fs.copyFileSync(own, lock + '.' + 'cd'.repeat(16));
        process.kill(process.pid, 'SIGKILL');
      };
      require(${JSON.stringify(require.resolve('../../dist/files/file-lock.js'))})
        .withFileLock(${JSON.stringify(path)}, 100, () => 0);`;
    assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
    assert.equal(fs.readdirSync(directory).length, 3, 'control');
    put(`${path}.${'ef'.repeat(16)}.new`, '{"token":');
    const others = ['lock.txt', `lock.${'ab'.repeat(16)}.new`];
    for (const other of others) fs.writeFileSync(join(directory, other), '');
    assert.equal(await withFileLock(path, 20_000, () => 'done'), 'done');
    assert.deepEqual(fs.readdirSync(directory).sort(), others.sort());
  });
});

void describe('a log', () => {
  const library = JSON.stringify(require.resolve('../../dist/base/log.js'));
  const run = (file: string, script: string): string => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['-e', `const { log, warn } = require(${library}); ${script}`],
      { encoding: 'utf8', env: { ...process.env, OS_TRUSTSTORE_LOG_FILE: file }, timeout: 60_000 },
    );
    assert.equal(status, 0, stderr);
    return stderr;
  };

  test(
    'waits for no reader, follows no link of others, and says once what is wrong',
    { skip: windows },
    (t) => {
      const directory = temporaryDirectory(t);
      const fifo = join(directory, 'fifo');
      assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
      const words = /ERR_TRUSTSTORE_WRITE_FAILED.*The log cannot be written/g;
      const stderr = run(fifo, "log('info', 'one'); log('info', 'two')");
      assert.equal(stderr.match(words)?.length, 1, stderr);
      const own = join(directory, 'own');
      fs.symlinkSync(join(directory, 'log'), own);
      assert.equal(run(own, "log('info', 'one')"), '');
      assert.match(fs.readFileSync(join(directory, 'log'), 'utf8'), /one/);
      if (process.getuid?.() !== 0) return;
      fs.lchownSync(own, 65534, 65534);
      assert.match(run(own, "log('info', 'two')"), /another user/);
      assert.doesNotMatch(fs.readFileSync(join(directory, 'log'), 'utf8'), /two/);
    },
  );

  test('does not fill the memory of a process with what it warns of', (t) => {
    const file = join(temporaryDirectory(t), 'log');
    const stderr = run(file, "for (let i = 0; i < 1000; i++) warn('CODE', 'Warning ' + i)");
    const warnings = stderr.match(/TruststoreWarning: .*/g) ?? [];
    assert.equal(warnings.length, 201);
    assert.match(warnings[200] ?? '', /There are more warnings/);
    assert.match(fs.readFileSync(file, 'utf8'), /Warning 999/);
  });
});

test('many certificates that are not used are one warning for each reason, with a number', async () => {
  const made = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const issuer = await createCertificate({ commonName: `Unknown ${index}` });
      const expired = index < 4 ? { validTo: new Date(Date.now() - 86_400_000) } : {};
      return createCertificate({ commonName: `Orphan ${index}`, issuer, ...expired });
    }),
  );
  const certificates = made.map(({ pem }) => pem);
  const { warnings } = readTrustSet({ system: false, userCAs: { certificates, env: false } });
  assert.equal(warnings.length, 2);
  const texts = warnings.map(({ message }) => message).sort();
  assert.match(
    texts[0] ?? '',
    /^4 certificates you named are not used \(expired\): SHA-256 \w{64}, .* and 1 more$/,
  );
  assert.match(
    texts[1] ?? '',
    /^8 certificates you named are not used \(orphan\): SHA-256 \w{64}, .* and 5 more$/,
  );
});

test('an injection keeps one of each warning, and no more than a hundred', () => {
  let told = 0;
  const faults = new Faults(() => told++);
  for (const index of [...Array(300).keys(), ...Array(300).keys()]) {
    faults.warn(
      new TruststoreError(ErrorCodes.POLICY, `Warning ${index % 150}`, { operation: 'x' }),
    );
  }
  assert.equal(told, 600);
  assert.deepEqual(
    faults.warnings.map(({ message }) => message),
    Array.from({ length: 100 }, (_, index) => `Warning ${index}`),
  );
});
