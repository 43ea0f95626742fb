import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { TruststoreError } from '../../dist/errors.js';
import { writePemFile } from '../../dist/files/pem-file.js';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const modulePath = resolve(__dirname, '..', '..', 'dist', 'files', 'pem-file.js');
const onWindows = process.platform === 'win32' && 'Windows has neither modes nor these links';
const notRoot = process.getuid?.() !== 0 && 'only root can give a link away';

function makeDirectory(t: { after(cleanUp: () => void): void }): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'os-truststore-bundle-'));
  t.after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function isTruststoreError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TruststoreError && error.code === code;
}

test('text without a certificate is refused and an existing file stays', (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'bundle.pem');
  fs.writeFileSync(path, 'old');
  for (const text of ['', '# only words\n', '-----BEGIN CERTIFICATE REQUEST-----']) {
    assert.throws(() => {
      writePemFile(path, text);
    }, isTruststoreError('ERR_TRUSTSTORE_EMPTY_SET'));
  }
  assert.equal(fs.readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(fs.readdirSync(directory), ['bundle.pem']);
});

test('a new file can be read by everybody, whatever the umask', { skip: onWindows }, (t) => {
  const path = join(makeDirectory(t), 'bundle.pem');
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  writePemFile(path, pem);
  assert.equal(fs.statSync(path).mode & 0o777, 0o644);
  const secret = `${path}.private`;
  writePemFile(secret, pem, { mode: 0o600 });
  assert.equal(fs.statSync(secret).mode & 0o777, 0o600);
});

test('an existing file keeps its mode', { skip: onWindows }, (t) => {
  const path = join(makeDirectory(t), 'bundle.pem');
  fs.writeFileSync(path, 'old');
  fs.chmodSync(path, 0o640);
  writePemFile(path, pem);
  assert.equal(fs.statSync(path).mode & 0o777, 0o640);
  assert.equal(fs.readFileSync(path, 'utf8'), pem);
});

test('a symbolic link stays one and its target is replaced', { skip: onWindows }, (t) => {
  const directory = makeDirectory(t);
  const target = join(directory, 'real.pem');
  fs.writeFileSync(target, 'old');
  fs.symlinkSync('real.pem', join(directory, 'first'));
  fs.symlinkSync('first', join(directory, 'second'));
  writePemFile(join(directory, 'second'), pem);
  assert.ok(fs.lstatSync(join(directory, 'second')).isSymbolicLink());
  assert.equal(fs.readFileSync(target, 'utf8'), pem);

  fs.symlinkSync('not-yet.pem', join(directory, 'dangling'));
  writePemFile(join(directory, 'dangling'), pem);
  assert.equal(fs.readFileSync(join(directory, 'not-yet.pem'), 'utf8'), pem);
});

test('another user’s link is not followed where everybody may put one', { skip: notRoot }, (t) => {
  const directory = makeDirectory(t);
  const [planter, owner] = [65534, 65533];
  const target = join(directory, 'target.pem');
  fs.writeFileSync(target, 'old');
  const link = join(directory, 'link.pem');
  fs.symlinkSync(target, link);
  const own = join(directory, 'own.pem');
  fs.symlinkSync(link, own);
  fs.lchownSync(link, planter, planter);
  fs.chmodSync(directory, 0o1777);
  for (const path of [link, own]) {
    assert.throws(
      () => {
        writePemFile(path, pem);
      },
      (error: TruststoreError) =>
        isTruststoreError('ERR_TRUSTSTORE_WRITE_FAILED')(error) &&
        error.message.includes(`${link} is another user's link`),
    );
    assert.equal(fs.readFileSync(target, 'utf8'), 'old');
  }
  assert.deepEqual(fs.readdirSync(directory).sort(), ['link.pem', 'own.pem', 'target.pem']);
  // It does not write through a link to something that is no file either.
  const device = join(directory, 'device.pem');
  fs.symlinkSync('/dev/null', device);
  fs.lchownSync(device, planter, planter);
  assert.throws(() => {
    writePemFile(device, pem);
  }, /another user's link/);
  fs.unlinkSync(device);

  // Linux allows it when the link is the directory owner's, in a directory of one user, or one's own.
  const allowed: [string, () => void][] = [
    [
      'the owner of the directory',
      () => {
        fs.chownSync(directory, planter, planter);
      },
    ],
    [
      'not sticky',
      () => {
        fs.chmodSync(directory, 0o755);
      },
    ],
    [
      'my own',
      () => {
        fs.lchownSync(link, process.getuid?.() ?? 0, 0);
      },
    ],
  ];
  for (const [name, allow] of allowed) {
    fs.chownSync(directory, owner, owner);
    fs.chmodSync(directory, 0o1777);
    fs.lchownSync(link, planter, planter);
    allow();
    fs.writeFileSync(target, 'old');
    writePemFile(link, pem);
    assert.equal(fs.readFileSync(target, 'utf8'), pem, name);
  }
});

test('a loop of links is an error, not a replaced link', { skip: onWindows }, (t) => {
  const directory = makeDirectory(t);
  fs.symlinkSync('b', join(directory, 'a'));
  fs.symlinkSync('a', join(directory, 'b'));
  assert.throws(() => {
    writePemFile(join(directory, 'a'), pem);
  }, isTruststoreError('ERR_TRUSTSTORE_WRITE_FAILED'));
  assert.deepEqual(fs.readdirSync(directory).sort(), ['a', 'b']);
});

test('a path that is no regular file is written to, not replaced', { skip: onWindows }, () => {
  writePemFile('/dev/null', pem);
  assert.ok(fs.statSync('/dev/null').isCharacterDevice());
});

test('a stream of this process is written to, whatever it is', { skip: onWindows }, (t) => {
  const file = join(makeDirectory(t), 'log');
  const script = `require(${JSON.stringify(modulePath)}).writePemFile('/dev/stdout', ${JSON.stringify(pem)})`;
  fs.writeFileSync(file, 'before\n');
  for (const [redirection, expected] of [
    ['| cat', pem],
    [`>> '${file}'; cat '${file}'`, `before\n${pem}`],
    [`> '${file}'; cat '${file}'`, pem],
  ] as const) {
    const command = `"$0" -e "$1" ${redirection}`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, script], {
      encoding: 'utf8',
    });
    assert.equal(stdout, expected, stderr);
  }
});

test('a failed write names the path and the status, and leaves nothing behind', (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'directory');
  fs.mkdirSync(path);
  assert.throws(
    () => {
      writePemFile(path, pem);
    },
    (error) => {
      assert.ok(error instanceof TruststoreError);
      assert.equal(error.code, 'ERR_TRUSTSTORE_WRITE_FAILED');
      assert.equal(error.path, path);
      assert.ok(error.osStatus && error.osStatus.number > 0);
      return true;
    },
  );
  assert.deepEqual(fs.readdirSync(directory), ['directory']);
});

test('readers see the old or the new file whole while writers race', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'bundle.pem');
  const size = 400_000;
  const writer = `
    const { writePemFile } = require(${JSON.stringify(modulePath)});
    const fill = process.argv[1];
    for (let i = 0; i < 40; i++) {
      writePemFile(${JSON.stringify(path)}, '-----BEGIN CERTIFICATE-----' + fill.repeat(${String(size)}));
    }`;
  const writers = ['A', 'B', 'C'].map((fill) => {
    const child = spawn(process.execPath, ['-e', writer, fill], { stdio: 'inherit' });
    return new Promise<number | null>((done) => child.once('close', done));
  });
  let running = true;
  const ended = Promise.all(writers).then((codes) => {
    running = false;
    return codes;
  });
  let reads = 0;
  while (running) {
    await new Promise((next) => setImmediate(next));
    if (!fs.existsSync(path)) continue;
    const text = fs.readFileSync(path, 'utf8').slice('-----BEGIN CERTIFICATE-----'.length);
    assert.equal(text.length, size);
    assert.equal(text, (text[0] ?? '').repeat(size));
    reads++;
  }
  assert.deepEqual(await ended, [0, 0, 0]);
  assert.ok(reads > 0);
  assert.deepEqual(fs.readdirSync(directory), ['bundle.pem']);
});
