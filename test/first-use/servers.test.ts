/**
 * What each kind of server sees, with TLS 1.2 and 1.3.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';

import {
  connect,
  createClient,
  kinds,
  pause,
  startBench,
  temporaryFile,
  until,
  versions,
  visit,
} from './bench.js';

for (const kind of kinds) {
  for (const version of versions) {
    void describe(`${kind} with ${version}`, () => {
      test('a client waits for the decision, gets nothing meanwhile, and is remembered', async (t) => {
        const file = temporaryFile(t);
        const device = await createClient('Device');
        let decide: (answer: 'accept') => void = () => undefined;
        const answer = new Promise<'accept'>((resolve) => (decide = resolve));
        const bench = await startBench(t, { kind, file, decide: () => answer });
        const client = await connect(bench, device, { version });
        const reply = client.ask();
        await until(() => bench.asked.length === 1, 'the question');
        await pause(50);
        assert.deepEqual([bench.served, bench.sockets], [[], []], 'nothing was seen of it');
        decide('accept');
        assert.equal(await reply, 'served');
        const { fingerprint256 } = new X509Certificate(device.pem);
        assert.equal(bench.served[0]?.fingerprint256, fingerprint256);
        assert.equal(bench.served[0]?.certificate?.name, 'Device');
        assert.equal(bench.sockets[0]?.authorized, true);
        client.socket.destroy();

        assert.equal(await visit(bench, device, { version }), 'served');
        assert.equal(bench.asked.length, 1, 'asked once');
        const again = await startBench(t, { kind, file });
        assert.equal(await visit(again, device, { version }), 'served');
        assert.equal(again.asked.length, 0, 'remembered by the next process');
        if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
      });

      test('a refused client is never served, and asked about again', async (t) => {
        const device = await createClient('Device');
        const bench = await startBench(t, { kind, decide: () => 'refuse' });
        assert.equal(await visit(bench, device, { version }), 'refused');
        assert.equal(await visit(bench, device, { version }), 'refused');
        assert.equal(bench.asked.length, 2);
        assert.deepEqual([bench.served, bench.sockets], [[], []]);
        assert.deepEqual(
          bench.refusals.map(({ reason }) => reason),
          ['declined', 'declined'],
        );
        assert.deepEqual(bench.trust.peers(), []);
      });

      test('a client without a certificate is refused without asking', async (t) => {
        const bench = await startBench(t, { kind });
        assert.equal(await visit(bench, undefined, { version }), 'refused');
        assert.deepEqual([bench.asked, bench.served, bench.sockets], [[], [], []]);
        assert.equal(bench.refusals[0]?.reason, 'no-certificate');
      });

      test('revoking cuts the open connection and refuses the next, resumed or not', async (t) => {
        const device = await createClient('Device');
        const bench = await startBench(t, { kind });
        const client = await connect(bench, device, { version });
        assert.equal(await client.ask(), 'served');
        await until(() => client.sessions.length > 0, 'a session');
        const session = client.sessions.at(-1)!;

        const resumed = await connect(bench, device, { version, session });
        assert.equal(await resumed.ask(), 'served');
        assert.equal(resumed.socket.isSessionReused(), true, 'control: resumption works');
        const later = resumed.sessions.at(-1) ?? session;

        const { fingerprint256 } = new X509Certificate(device.pem);
        assert.equal((await bench.trust.revoke(fingerprint256)).state, 'revoked');
        await Promise.all([client.closed, resumed.closed]);
        const served = bench.served.length;
        assert.equal(await visit(bench, device, { version, session: later }), 'refused');
        assert.equal(await visit(bench, device, { version }), 'refused');
        assert.equal(bench.served.length, served);
        assert.equal(bench.asked.length, 1, 'nobody is asked about a revoked client');
        assert.deepEqual(
          bench.refusals.map(({ reason }) => reason),
          ['revoked', 'revoked'],
        );
      });

      test('a session of a client that was never accepted does not let it in', async (t) => {
        const device = await createClient('Device');
        const bench = await startBench(t, { kind, decide: () => pause(100).then(() => 'refuse') });
        const client = await connect(bench, device, { version });
        await client.closed;
        const session = client.sessions.at(-1) ?? client.socket.getSession();
        assert.ok(session, 'the client has a session');
        assert.equal(await visit(bench, device, { version, session }), 'refused');
        assert.deepEqual(bench.served, []);
      });
    });
  }
}

test('the file says what was decided and by which certificate', async (t) => {
  const file = temporaryFile(t);
  const device = await createClient('Device');
  const bench = await startBench(t, {
    file,
    decide: () => ({ decision: 'accept', label: 'Hall' }),
  });
  await visit(bench, device);
  const stored = JSON.parse(readFileSync(file, 'utf8')) as { peers: Record<string, string>[] };
  assert.equal(stored.peers.length, 1);
  assert.equal(stored.peers[0]!['label'], 'Hall');
  assert.equal(stored.peers[0]!['state'], 'accepted');
  assert.deepEqual(new X509Certificate(stored.peers[0]!['certificate']!).raw, device.der);
});

for (const version of versions) {
  test(`a session the program itself keeps lets no revoked client in, ${version}`, async (t) => {
    const device = await createClient('Device');
    const bench = await startBench(t, { kind: 'tls' });
    const kept = new Map<string, Buffer>();
    bench.server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
      kept.set(id.toString('hex'), data);
      done();
    });
    bench.server.on(
      'resumeSession',
      (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
        done(null, kept.get(id.toString('hex')) ?? null);
      },
    );
    const client = await connect(bench, device, { version });
    assert.equal(await client.ask(), 'served');
    await until(() => client.sessions.length > 0, 'a session');
    const session = client.sessions.at(-1)!;
    assert.equal(await visit(bench, device, { version, session }), 'served');
    await bench.trust.revoke(new X509Certificate(device.pem).fingerprint256);
    await client.closed;
    assert.equal(await visit(bench, device, { version, session }), 'refused');
    assert.equal(bench.refusals[0]?.reason, 'revoked');
  });
}
