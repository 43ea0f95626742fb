import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { presentLists } from '../../dist/bundle/environment.js';
import { getTrustedCAs, writeBundle } from '../../dist/index.js';
import type { BundleOptions } from '../../dist/index.js';
import { leafOf } from '../helpers/pki.js';
import { isTruststoreError, makeMachine, makePki, on } from './machine.js';

const onWindows = process.platform === 'win32' && 'Windows has neither modes nor owners like these';

test('the bundle holds the anchors of the trust set, and the variables name it', async (t) => {
  const machine = makeMachine(t);
  const { root, intermediate } = await makePki();
  machine.trust(root, intermediate);
  const { path, env, certificates } = writeBundle(on(machine));
  assert.equal(fs.readFileSync(path, 'utf8'), root.pem);
  assert.equal(certificates, 1);
  assert.ok(path.startsWith(join(machine.directory, 'cache', 'os-truststore')));
  const others = { ...env, NODE_EXTRA_CA_CERTS: path, SSL_CERT_DIR: path };
  assert.deepEqual([...new Set(Object.values(others))], [path]);
  assert.deepEqual(fs.readdirSync(env['SSL_CERT_DIR'] ?? ''), []);
});

test('Node, which makes no anchors of intermediates, gets them in a file of its own', async (t) => {
  const machine = makeMachine(t);
  const { root, intermediate } = await makePki();
  machine.trust(root, intermediate);
  const { path, env } = writeBundle(on(machine));
  const forNode = env['NODE_EXTRA_CA_CERTS'] ?? '';
  assert.notEqual(forNode, path);
  assert.equal(fs.readFileSync(forNode, 'utf8'), root.pem + intermediate.pem);

  const together = writeBundle(on(machine, { intermediates: true }));
  assert.equal(together.path, forNode);
  assert.equal(together.env['CURL_CA_BUNDLE'], forNode);

  machine.trust(root);
  assert.equal(writeBundle(on(machine)).env['NODE_EXTRA_CA_CERTS'], path);
});

test('a server that the store trusts by its own certificate is in no file that Deno reads', async (t) => {
  const machine = makeMachine(t);
  const { root, intermediate } = await makePki();
  const [stored, named] = [await leafOf(undefined), await leafOf(undefined)];
  machine.trust(root, intermediate, stored);
  const { path, env } = writeBundle(on(machine, { userCAs: named.pem }));
  const read = (name: string): string => fs.readFileSync(env[name] ?? '', 'utf8');
  const anchors = root.pem + named.pem;
  assert.equal(fs.readFileSync(path, 'utf8'), root.pem + stored.pem + named.pem);
  assert.equal(env['SSL_CERT_FILE'], path);
  assert.equal(read('DENO_CERT'), anchors);
  assert.equal(read('NODE_EXTRA_CA_CERTS'), anchors + intermediate.pem);

  machine.trust(stored);
  const alone = writeBundle(on(machine));
  assert.equal(fs.readFileSync(alone.path, 'utf8'), stored.pem);
  assert.deepEqual(
    [alone.env['DENO_CERT'], alone.env['NODE_EXTRA_CA_CERTS']],
    [undefined, undefined],
  );
});

test('by default it holds what getTrustedCAs() returns', (t) => {
  const machine = makeMachine(t);
  const { path } = writeBundle({ system: { env: machine.env } });
  const expected = getTrustedCAs({ system: { env: machine.env, intermediates: false } });
  assert.equal(fs.readFileSync(path, 'utf8'), expected.join(''));
});

test('the same set is the same file, which is not written again', async (t) => {
  const machine = makeMachine(t);
  const { root } = await makePki();
  machine.trust(root);
  const { path } = writeBundle(on(machine));
  const { ino } = fs.statSync(path);
  const long = new Date(Date.now() - 86_400_000);
  fs.utimesSync(path, long, long);
  assert.equal(writeBundle(on(machine)).path, path);
  const stat = fs.statSync(path);
  assert.equal(stat.ino, ino);
  assert.ok(stat.mtimeMs > long.getTime() + 1000, 'the file is not marked as used');
});

test('a changed store is another file, and programs that have the old path keep it', async (t) => {
  const machine = makeMachine(t);
  const [first, second] = [await makePki('First'), await makePki('Second')];
  machine.trust(first.root);
  const old = writeBundle(on(machine));
  machine.trust(second.root);
  const { path } = writeBundle(on(machine));
  assert.notEqual(path, old.path);
  assert.equal(fs.readFileSync(path, 'utf8'), second.root.pem);
  assert.equal(fs.readFileSync(old.path, 'utf8'), first.root.pem);
});

test('a file that was cut short, changed, or replaced is made anew', async (t) => {
  const machine = makeMachine(t);
  const { root, intermediate } = await makePki();
  machine.trust(root);
  const { path } = writeBundle(on(machine));
  const stranger = join(machine.directory, 'stranger.pem');
  fs.writeFileSync(stranger, root.pem);
  const damages = [
    () => {
      fs.truncateSync(path, 100);
    },
    () => {
      fs.writeFileSync(path, intermediate.pem);
    },
    () => {
      fs.rmSync(path);
    },
    ...(onWindows === false
      ? [
          () => {
            fs.rmSync(path);
            fs.symlinkSync(stranger, path);
          },
        ]
      : []),
  ];
  for (const damage of damages) {
    damage();
    assert.equal(writeBundle(on(machine)).path, path);
    assert.ok(fs.lstatSync(path).isFile());
    assert.equal(fs.readFileSync(path, 'utf8'), root.pem);
  }
  assert.equal(fs.readFileSync(stranger, 'utf8'), root.pem);
});

test('an empty set is refused, and nothing is written', (t) => {
  const machine = makeMachine(t);
  assert.throws(() => writeBundle(on(machine)), isTruststoreError('ERR_TRUSTSTORE_EMPTY_SET'));
  assert.ok(!fs.existsSync(join(machine.directory, 'cache')));
});

test('what is excluded is in no file', async (t) => {
  const machine = makeMachine(t);
  const [kept, left] = [await makePki('Kept'), await makePki('Left')];
  machine.trust(kept.root, left.root);
  const fingerprint = Buffer.from(await left.root.certificate.getThumbprint('SHA-256'));
  const { env } = writeBundle(on(machine, { exclude: [fingerprint.toString('hex')] }));
  const files = new Set(Object.values(env).filter((path) => fs.statSync(path).isFile()));
  for (const file of files) assert.equal(fs.readFileSync(file, 'utf8'), kept.root.pem);
});

test('wrong options are named', () => {
  for (const options of [null, { intermediates: 1 }, { directory: '' }, { directory: 1 }]) {
    assert.throws(
      () => writeBundle(options as unknown as BundleOptions),
      isTruststoreError('ERR_TRUSTSTORE_INVALID_ARGUMENT'),
    );
  }
});

test('unused bundles are removed; the last ones and other files stay', async (t) => {
  const machine = makeMachine(t);
  const { root } = await makePki();
  machine.trust(root);
  const directory = join(machine.directory, 'cache', 'os-truststore');
  const day = 86_400_000;
  const place = (name: string, daysAgo: number): string => {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const then = new Date(Date.now() - daysAgo * day);
    fs.writeFileSync(join(directory, name), root.pem);
    fs.utimesSync(join(directory, name), then, then);
    return name;
  };
  const bundle = (number: number): string =>
    `ca-bundle-${number.toString(16).padStart(32, '0')}.pem`;
  const fresh = Array.from({ length: 6 }, (_, index) => place(bundle(index), 2));
  const lasting = place(bundle(100), 40);
  const unused = place(bundle(101), 41);
  const stranger = place('my-own.pem', 400);
  const left = place(`.${bundle(102)}.abcdef012345.tmp`, 1);
  const underWay = place(`.${bundle(103)}.abcdef012345.tmp`, 0);

  const { path } = writeBundle(on(machine));
  const names = fs.readdirSync(directory);
  for (const name of [...fresh, lasting, stranger, underWay, basename(path)]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(!names.includes(unused));
  assert.ok(!names.includes(left));
});

test('many sets in a row do not fill the disk', async (t) => {
  const machine = makeMachine(t);
  machine.trust((await makePki()).root);
  const directory = join(machine.directory, 'cache', 'os-truststore');
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const then = new Date(Date.now() - 2 * 86_400_000);
  for (let index = 0; index < 200; index++) {
    const path = join(directory, `ca-bundle-${String(index).padStart(32, '0')}.pem`);
    fs.writeFileSync(path, 'x');
    fs.utimesSync(path, then, then);
  }
  const { path } = writeBundle(on(machine));
  const names = fs.readdirSync(directory).filter((name) => name.startsWith('ca-bundle-'));
  assert.equal(names.length, 64);
  assert.ok(names.includes(basename(path)));
});

test('a bundle that names the store of an OpenSSL of Nix is not read again, and a list of the user is', () => {
  const own = `/cache/ca-bundle-${'0'.repeat(32)}.pem`;
  const again = presentLists({ NIX_SSL_CERT_FILE: own });
  assert.deepEqual([again.env['NIX_SSL_CERT_FILE'], again.paths], [undefined, []]);
  const users = presentLists({ NIX_SSL_CERT_FILE: '/nix/ca.crt' });
  assert.deepEqual([users.env['NIX_SSL_CERT_FILE'], users.paths], ['/nix/ca.crt', ['/nix/ca.crt']]);
});
