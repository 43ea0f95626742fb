/**
 * The file of remembered clients, when it is damaged, unsafe, gone or shared between processes.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { TruststoreError, trustOnFirstUse } from '../../dist/index.js';
import type { TrustOnFirstUse } from '../../dist/index.js';
import { connect, createClient, startBench, temporaryFile, until, visit } from './bench.js';
import type { TestContext } from './bench.js';

const child = join(__dirname, 'sharing-child.js');
const open = (file: string): TrustOnFirstUse => trustOnFirstUse({ file, decide: () => 'refuse' });
const unusable = { code: 'ERR_TRUSTSTORE_PEER_STORE' };

interface Stored {
  format: string;
  version: number;
  peers: Record<string, unknown>[];
}

/** A file with two accepted clients, as this package writes it. */
async function writeFile(t: TestContext): Promise<string> {
  const file = temporaryFile(t);
  const trust = open(file);
  await trust.accept((await createClient('One')).pem);
  await trust.accept((await createClient('Two')).pem);
  return file;
}

void describe('a file that cannot be used', () => {
  const edit =
    (change: (stored: Stored) => void) =>
    (text: string): string => {
      const stored = JSON.parse(text) as Stored;
      change(stored);
      return JSON.stringify(stored);
    };
  const damages: [string, (text: string) => string][] = [
    ['is empty', () => ''],
    ['is cut off', (text) => text.slice(0, -20)],
    ['is something else', () => '{"name":"x"}'],
    ['is of a newer version', edit((stored) => (stored.version = 2))],
    ['says something unknown', edit((stored) => Object.assign(stored, { except: [] }))],
    ['has no list', edit((stored) => Object.assign(stored, { peers: {} }))],
    ['names one client twice', edit((stored) => stored.peers.push(stored.peers[0]!))],
    ['has an unknown state', edit((stored) => (stored.peers[0]!['state'] = 'maybe'))],
    ['has a client without certificate', edit((s) => delete s.peers[0]!['certificate'])],
    [
      'has the certificate of another',
      edit((s) => (s.peers[0]!['certificate'] = s.peers[1]!['certificate'])),
    ],
    ['has a damaged certificate', (text) => text.replace('MIIB', 'MIIC')],
    ['has a date that is none', edit((stored) => (stored.peers[0]!['since'] = 'then'))],
    ['has another field', edit((stored) => (stored.peers[0]!['admin'] = true))],
  ];
  for (const [name, damage] of damages) {
    test(`because it ${name}, is refused when it is opened, and left alone`, async (t) => {
      const file = await writeFile(t);
      const damaged = damage(readFileSync(file, 'utf8'));
      writeFileSync(file, damaged);
      assert.throws(() => open(file), unusable);
      assert.equal(readFileSync(file, 'utf8'), damaged);
    });
  }

  test('under a running server, lets no client in and changes nothing until it is mended', async (t) => {
    const file = temporaryFile(t);
    const bench = await startBench(t, { file });
    const [known, unknown] = [await createClient('Known'), await createClient('Unknown')];
    assert.equal(await visit(bench, known), 'served');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.slice(0, -3));
    assert.equal(await visit(bench, known), 'refused');
    assert.equal(await visit(bench, unknown), 'refused');
    assert.equal(bench.asked.length, 1);
    assert.equal(bench.refusals[1]?.reason, 'store');
    assert.equal(bench.warnings[0]?.code, unusable.code);
    assert.ok(bench.warnings[0] instanceof TruststoreError);
    const { fingerprint256 } = new X509Certificate(known.pem);
    await assert.rejects(bench.trust.revoke(fingerprint256), unusable);
    await assert.rejects(bench.trust.accept(unknown.pem), unusable);
    assert.throws(() => bench.trust.peers(), unusable);
    assert.equal(readFileSync(file, 'utf8'), good.slice(0, -3));
    writeFileSync(file, good);
    assert.equal(await visit(bench, known), 'served');
  });

  test('because it has gone, is not taken for an empty one', async (t) => {
    const file = temporaryFile(t);
    const bench = await startBench(t, { file });
    const client = await createClient('Device');
    assert.equal(await visit(bench, client), 'served');
    unlinkSync(file);
    assert.equal(await visit(bench, client), 'refused');
    await assert.rejects(bench.trust.revoke('00'.repeat(32)), unusable);
    assert.equal(existsSync(file), false);
    assert.equal(bench.asked.length, 1);
  });

  const posix = process.platform === 'win32' ? 'Windows has no modes' : false;
  test('because others may write to it', { skip: posix }, async (t) => {
    const file = await writeFile(t);
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(file, mode);
      assert.throws(() => open(file), unusable);
    }
    chmodSync(file, 0o644);
    assert.equal(open(file).peers().length, 2);
    chmodSync(dirname(file), 0o777);
    assert.throws(() => open(file), unusable);
    chmodSync(dirname(file), 0o1777);
    assert.equal(open(file).peers().length, 2);
  });

  test('because of a directory that others may write to', { skip: posix }, async (t) => {
    const file = await writeFile(t);
    const directory = dirname(file);
    const refused = { ...unusable, path: file, message: /written to by others/ };
    for (const mode of [0o775, 0o757]) {
      chmodSync(directory, mode);
      assert.throws(() => open(file), refused);
    }
    chmodSync(directory, 0o755);
    chmodSync(dirname(directory), 0o777);
    assert.throws(() => open(file), refused);
    chmodSync(dirname(directory), 0o755);
    assert.equal(open(file).peers().length, 2);
    // A link to it from elsewhere is just as good.
    const elsewhere = join(dirname(directory), 'elsewhere');
    mkdirSync(elsewhere);
    const link = join(elsewhere, 'link.json');
    symlinkSync(file, link);
    assert.equal(open(link).peers().length, 2);
    chmodSync(directory, 0o777);
    assert.throws(() => open(link), { ...refused, path: link });
    chmodSync(directory, 0o755);
    chmodSync(elsewhere, 0o777);
    assert.throws(() => open(link), { ...refused, path: link });
    // This is before there is a file, and must not make one.
    const absent = join(elsewhere, 'absent.json');
    assert.throws(() => open(absent), { ...refused, path: absent });
    const below = join(elsewhere, 'below', 'absent.json');
    assert.throws(() => open(below), { ...refused, path: below });
    assert.deepEqual(readdirSync(elsewhere), ['link.json']);
  });

  const notRoot = process.getuid?.() !== 0 && 'only root can give a directory away';
  test('because of a directory of another user', { skip: notRoot }, async (t) => {
    const file = await writeFile(t);
    const trust = open(file);
    chownSync(dirname(file), 65534, 65534);
    const refused = { ...unusable, path: file, message: /another user/ };
    assert.throws(() => open(file), refused);
    unlinkSync(file);
    assert.throws(() => open(file), refused);
    // A store that was opened in time does not write there either.
    const before = readdirSync(dirname(file));
    await assert.rejects(trust.accept((await createClient('Three')).pem), unusable);
    assert.deepEqual(readdirSync(dirname(file)), before);
    chownSync(dirname(file), process.getuid?.() ?? 0, 0);
    chownSync(dirname(dirname(file)), 65534, 65534);
    assert.throws(() => open(file), refused);
  });

  test('because it is no file', { skip: posix }, (t) => {
    const file = temporaryFile(t);
    mkdirSync(file, { recursive: true });
    assert.throws(() => open(file), unusable);
    rmSync(file, { recursive: true });
    assert.equal(spawnSync('mkfifo', ['-m', '600', file]).status, 0);
    assert.throws(() => open(file), unusable);
  });

  test('because nothing can be remembered, refuses whom the application accepts', async (t) => {
    const file = temporaryFile(t);
    const bench = await startBench(t, { file });
    // A file stands where the directory must be, so not even root can write there.
    writeFileSync(dirname(file), '');
    assert.equal(await visit(bench, await createClient('Device')), 'refused');
    assert.equal(bench.refusals[0]?.reason, 'store');
    assert.notDeepEqual(bench.warnings, []);
  });
});

test('a symbolic link stays one', async (t) => {
  const file = await writeFile(t);
  const link = join(dirname(file), 'link.json');
  symlinkSync(file, link);
  await open(link).accept((await createClient('Three')).pem);
  assert.equal(open(file).peers().length, 3);
  assert.deepEqual(readdirSync(dirname(file)).sort(), ['link.json', 'peers.json']);
});

void describe('several processes', () => {
  test('cut and refuse whom one of them revokes', async (t) => {
    const file = temporaryFile(t);
    const bench = await startBench(t, { file });
    const device = await createClient('Device');
    const client = await connect(bench, device);
    assert.equal(await client.ask(), 'served');
    const { fingerprint256 } = new X509Certificate(device.pem);
    assert.equal(spawnSync(process.execPath, [child, file, 'revoke', fingerprint256]).status, 0);
    const revoked = Date.now();
    assert.equal(await visit(bench, device), 'refused', 'at once');
    await client.closed;
    assert.ok(Date.now() - revoked < 20_000, 'and before long');
  });

  test('let in whom another one accepts, while it waits', async (t) => {
    const file = temporaryFile(t);
    const bench = await startBench(t, { file, decide: () => new Promise(() => undefined) });
    const device = await createClient('Device');
    const path = join(dirname(dirname(file)), 'device.pem');
    writeFileSync(path, device.pem);
    const visiting = visit(bench, device);
    await until(() => bench.asked.length === 1, 'the question');
    assert.equal(spawnSync(process.execPath, [child, file, 'accept', path]).status, 0);
    assert.equal(await visiting, 'served');
  });

  test('lose nothing when they write at the same time', async (t) => {
    const file = temporaryFile(t);
    const folder = dirname(dirname(file));
    const processes = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        const paths = await Promise.all(
          Array.from({ length: 5 }, async (__, j) => {
            const path = join(folder, `${i}-${j}.pem`);
            writeFileSync(path, (await createClient(`${i}-${j}`)).pem);
            return path;
          }),
        );
        return spawn(process.execPath, [child, file, 'accept', ...paths], { stdio: 'inherit' });
      }),
    );
    const codes = processes.map(
      (process_) => new Promise((resolve) => process_.once('close', resolve)),
    );
    assert.deepEqual(new Set(await Promise.all(codes)), new Set([0]));
    assert.equal(open(file).peers().length, 25);
    assert.deepEqual(readdirSync(dirname(file)), ['peers.json'], 'no lock is left');
  });
});

test('nothing keeps a process alive that has nothing else to do', async (t) => {
  const file = temporaryFile(t);
  const { keyPem, pem } = await createClient('Both');
  const script = `
    const tls = require('node:tls');
    const { trustOnFirstUse } = require(${JSON.stringify(require.resolve('../../dist/index.js'))});
    const [key, cert] = ${JSON.stringify([keyPem, pem])};
    let questions = 0;
    const trust = trustOnFirstUse({
      file: ${JSON.stringify(file)},
      decide: () => (questions++ === 0 ? 'accept' : new Promise(() => {})),
    });
    const server = trust.protect(tls.createServer({ key, cert }, (socket) => {
      socket.on('error', () => {});
      socket.write('x');
    }));
    server.listen(0, '127.0.0.1', () => {
      const client = tls.connect({ port: server.address().port, key, cert, rejectUnauthorized: false });
      client.once('data', async () => {
        client.destroy();
        await trust.forget(trust.peers()[0].fingerprint256);
        const waiting = tls.connect({ port: server.address().port, key, cert, rejectUnauthorized: false });
        waiting.on('error', () => {});
        const polling = setInterval(() => {
          if (questions < 2) return;
          clearInterval(polling);
          waiting.destroy();
          server.close();
          console.log(questions, Date.now());
        }, 10);
      });
    });`;
  const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  const ended = Date.now();
  assert.equal(status, 0);
  const [questions, finished] = stdout.trim().split(' ').map(Number);
  assert.equal(questions, 2);
  assert.ok(ended - finished! < 20_000, 'and not after its deadline of a minute');
});
