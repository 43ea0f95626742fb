/**
 * Makes each call into the file system fail once, in each part that writes files: there must be an error or a named
 * warning, and what is trusted must stay as it was.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { describe, test } from 'node:test';

import { createClient } from '../first-use/bench.js';
import type { TestContext } from '../first-use/bench.js';
import { createCertificate } from '../helpers/pki.js';

const root = fs.mkdtempSync(join(tmpdir(), 'os-truststore-faults-'));
const logFile = join(root, 'log');
process.env['OS_TRUSTSTORE_LOG_FILE'] = logFile;
// Bundles go there when the cache cannot be used.
process.env['TMPDIR'] = join(root, 'tmp');
fs.mkdirSync(join(root, 'tmp'));
process.on('exit', () => {
  fs.rmSync(root, { recursive: true, force: true });
});

const dist = join(__dirname, '..', '..', 'dist');
const load = (path: string): unknown => require(join(dist, path));
const { makeBundle } = load(
  'bundle/write-bundle.js',
) as typeof import('../../dist/bundle/write-bundle.js');
const { DiskCache } = load(
  'chain/completion/disk-cache.js',
) as typeof import('../../dist/chain/completion/disk-cache.js');
const { Decisions } = load(
  'first-use/peers/decisions.js',
) as typeof import('../../dist/first-use/peers/decisions.js');
const { readClientCertificate } = load(
  'first-use/peers/peer-certificate.js',
) as typeof import('../../dist/first-use/peers/peer-certificate.js');
const { resolveTrustOptions } = load(
  'trust/options/options.js',
) as typeof import('../../dist/trust/options/options.js');
const { log } = load('base/log.js') as typeof import('../../dist/base/log.js');

/** Collects warnings of all parts, because each warning is given only once. */
const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

type Call = (...args: unknown[]) => unknown;
type Calls = Record<string, Call>;

const CODES = ['ENOSPC', 'EACCES', 'EIO', 'EMFILE'];
/** The number of the call that fails; 0 means none. */
let failAt = 0;
let count = 0;

/** Only our own calls fail, because the runtime reads files too. */
function shallFail(): boolean {
  if (failAt === 0 || !String(new Error().stack).includes(dist + sep)) return false;
  return ++count === failAt;
}

function fault(syscall: string): Error {
  const code = CODES[failAt % CODES.length] ?? '';
  return Object.assign(new Error(`${code}: made to fail, ${syscall}`), {
    code,
    errno: -5,
    syscall,
  });
}

function patch(calls: Calls, names: string[], fail: (name: string) => unknown): void {
  for (const name of names) {
    const original = calls[name]!;
    calls[name] = (...args) => (shallFail() ? fail(name) : original.apply(calls, args));
  }
}

const real = fs as unknown as { default: Calls };
const sync = Object.keys(real.default).filter(
  (name) => name.endsWith('Sync') && name !== 'existsSync',
);
// Disks are slow, and this test does not need safety against power failure.
real.default['fsyncSync'] = () => undefined;
patch(real.default, sync, (name) => {
  throw fault(name);
});
const promised = ['lstat', 'mkdir', 'open', 'readdir', 'rename', 'rm', 'writeFile'];
patch(fsPromises as unknown as Calls, promised, (name) => Promise.reject(fault(name)));

/** Repeats `work` with each of its calls failing once. */
async function failEach(work: (at: number) => unknown): Promise<number> {
  for (let at = 1; ; at++) {
    [failAt, count] = [at, 0];
    try {
      await work(at);
    } finally {
      failAt = 0;
    }
    if (count < at) return at - 1;
  }
}

/** Returns the result of `work` with one call failing, or our error. */
async function attempt<Result>(work: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    assert.match(String((error as { code?: unknown }).code), /^ERR_TRUSTSTORE_/, String(error));
    assert.equal((error as Error).name, 'TruststoreError');
    return undefined;
  } finally {
    failAt = 0;
  }
}

function directoryFor(t: TestContext): string {
  const directory = fs.mkdtempSync(join(root, 'case-'));
  t.after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

void describe('a call into the file system that fails', () => {
  test('leaves a bundle whole, or none', async (t) => {
    const { pem } = await createCertificate({ commonName: 'Root' });
    const set = { certificates: [pem], anchors: [pem], peers: [], namedPeers: [] };
    const directory = directoryFor(t);
    let made = 0;
    // Loads the checks of options, whose files are not the ones that are to fail.
    resolveTrustOptions({ system: {} });
    for (const [name, again] of [
      ['new', false],
      ['there', true],
    ] as const) {
      const calls = await failEach(async (at) => {
        const env = { XDG_CACHE_HOME: join(directory, `${name}-${at}`) };
        const system = { env };
        const write = () => makeBundle({ system }, () => set);
        if (again) {
          const wanted = failAt;
          failAt = 0;
          write();
          failAt = wanted;
        }
        const bundle = await attempt(write);
        if (bundle) made++;
        for (const { path } of [bundle, write()].filter((one) => one !== undefined)) {
          assert.equal(fs.readFileSync(path, 'utf8'), pem);
        }
      });
      assert.ok(calls >= 8, `${name}: ${calls} calls`);
    }
    assert.ok(made > 0, 'some calls can be done without');
  });

  test('loses no decision, lets no client in and keeps no lock', async (t) => {
    const [known, revoked, device] = (await Promise.all(
      ['Known', 'Revoked', 'Device'].map(async (name) =>
        readClientCertificate((await createClient(name)).der),
      ),
    )) as [Read, Read, Read];
    const directory = directoryFor(t);
    const failures: unknown[] = [];
    const surroundings = {
      seen: () => undefined,
      narrowed: () => undefined,
      failed: (error: unknown) => failures.push(error),
    };
    const before = join(directory, 'before.json');
    await new Decisions(before, surroundings).accept(known.facts, undefined);
    await new Decisions(before, surroundings).revoke(revoked.facts.fingerprint256, revoked.facts);
    const text = fs.readFileSync(before);
    const calls = await failEach(async (at) => {
      const file = join(directory, String(at), 'peers.json');
      fs.mkdirSync(dirname(file));
      fs.writeFileSync(file, text, { mode: 0o600 });
      const open = () => new Decisions(file, surroundings);
      const decisions = open();
      failures.length = 0;
      const verdict = decisions.judge(revoked);
      assert.ok(verdict === 'revoked' || (verdict === 'store' && failures.length === 1));
      const peer = await attempt(() => decisions.accept(device.facts, 'label'));
      for (const one of [decisions, open()]) {
        assert.equal(one.judge(revoked), 'revoked');
        assert.equal(typeof one.judge(known), 'object');
        if (peer) assert.equal(typeof one.judge(device), 'object');
      }
      assert.equal((await open().accept(device.facts, undefined)).state, 'accepted');
      assert.deepEqual(fs.readdirSync(dirname(file)), ['peers.json'], 'nothing is left behind');
    });
    assert.ok(calls >= 20, `${calls} calls`);
  });

  test('makes a cache forget, and no more', async (t) => {
    const directory = directoryFor(t);
    const [bytes, name] = [Buffer.from('document'), 'ab'.repeat(32)];
    const calls = await failEach(async (at) => {
      const cache = new DiskCache(join(directory, String(at)));
      await cache.write('crls', name, bytes);
      const names = await cache.names('crls');
      const found = await cache.read('crls', name);
      assert.ok(found === undefined || found.equals(bytes));
      assert.ok(names.length <= 1);
      await cache.remove('crls', name);
    });
    assert.ok(calls >= 8, `${calls} calls`);
  });

  test('is said of a log, which goes on', async () => {
    const calls = await failEach((at) => {
      log('info', `line ${at}`);
      failAt = 0;
      log('info', `next ${at}`);
      assert.match(fs.readFileSync(logFile, 'utf8'), new RegExp(`next ${at}`));
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(calls >= 2, `${calls} calls`);
    const own = warnings.filter(({ message }) => message.startsWith('The log cannot be written'));
    assert.deepEqual(
      own.map((warning) => (warning as { code?: unknown }).code),
      own.map(() => 'ERR_TRUSTSTORE_WRITE_FAILED'),
    );
    assert.ok(own.length >= 1);
    assert.equal(new Set(own.map(({ message }) => message)).size, own.length);
  });
});

type Read = ReturnType<typeof readClientCertificate>;
