/**
 * Revoking trust: whom it covers, and from when on.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CertificateReader } from '../../dist/first-use/peers/peer-certificate.js';
import type { TruststoreError } from '../../dist/index.js';
import {
  connect,
  createClient,
  fingerprintOf,
  pause,
  startBench,
  temporaryFile,
  until,
  visit,
} from './bench.js';

void describe('revoking', () => {
  test('covers other certificates with the same key', async (t) => {
    const bench = await startBench(t);
    const first = await createClient('Device');
    const renewed = await createClient('Device', { keys: first.keys });
    assert.equal(await visit(bench, first), 'served');
    assert.equal(await visit(bench, renewed), 'served');
    assert.deepEqual(
      bench.asked[1]?.renews.map(({ fingerprint256 }) => fingerprint256),
      [fingerprintOf(first)],
    );
    const open = await connect(bench, renewed);
    assert.equal(await open.ask(), 'served');
    await bench.trust.revoke(fingerprintOf(first).toLowerCase().replaceAll(':', ''));
    await open.closed;
    assert.equal(await visit(bench, renewed), 'refused');
    const third = await createClient('Another name', { keys: first.keys });
    assert.equal(await visit(bench, third), 'refused');
    await assert.rejects(bench.trust.accept(third.pem), /revoked/);
    assert.equal(bench.asked.length, 2);
  });

  test('keeps out a client that is being let in at that moment', async (t) => {
    const device = await createClient('Device');
    let decide: (answer: 'accept') => void = () => undefined;
    const answer = new Promise<'accept'>((resolve) => (decide = resolve));
    const bench = await startBench(t, { kind: 'tls', decide: () => answer });
    let accepted = 0;
    bench.trust.on('accepted', ({ fingerprint256 }) => {
      accepted++;
      void bench.trust.revoke(fingerprint256);
    });
    // Two connections wait for one answer, so that the answer is out of date when it is the second one's turn. With TLS
    // 1.2 the server finishes first, so it has both when the clients are done.
    const version = 'TLSv1.2';
    const clients = [
      await connect(bench, device, { version }),
      await connect(bench, device, { version }),
    ];
    await until(() => bench.asked.length === 1, 'the question');
    await pause(50);
    decide('accept');
    await Promise.all(clients.map(({ closed }) => closed));
    assert.equal(accepted, 1);
    assert.deepEqual([bench.sockets, bench.served], [[], []], 'the server saw neither');
    assert.deepEqual(
      bench.refusals.map(({ reason }) => reason),
      ['revoked', 'revoked'],
    );
  });

  test('a listener may close a connection that was accepted, before the server has it', async (t) => {
    const bench = await startBench(t, { kind: 'tls' });
    bench.trust.on('accepted', (_peer, socket) => {
      socket.destroy();
    });
    assert.equal(await visit(bench, await createClient('Device')), 'refused');
    assert.deepEqual([bench.sockets, bench.refusals], [[], []]);
  });

  test('a certificate that is given whole covers its key, seen or not', async (t) => {
    const bench = await startBench(t);
    const stolen = await createClient('Device');
    const twin = await createClient('Twin', { keys: stolen.keys });
    const peer = await bench.trust.revoke(stolen.der);
    assert.equal(peer.certificate?.name, 'Device');
    assert.equal(await visit(bench, twin), 'refused');
    assert.deepEqual([bench.asked, bench.refusals[0]?.reason], [[], 'revoked']);
    await assert.rejects(bench.trust.accept(twin.pem), (error: TruststoreError) =>
      String(error.remedy).includes(`forget('${fingerprintOf(stolen)}')`),
    );
    // This one has expired, so accept() would not take it.
    const validTo = new Date(Date.now() - 86_400_000);
    const old = await createClient('Old', { validTo });
    assert.equal((await bench.trust.revoke(old.pem)).certificate?.name, 'Old');
    for (const wrong of ['', 'AB', '-----BEGIN', stolen.pem + twin.pem, Buffer.from('x')]) {
      await assert.rejects(bench.trust.revoke(wrong), { code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT' });
    }
  });

  test('a certificate that only the file knows covers its key', async (t) => {
    const file = temporaryFile(t);
    const stolen = await createClient('Device');
    await (await startBench(t, { file })).trust.accept(stolen.pem);
    const bench = await startBench(t, { file });
    await bench.trust.revoke(fingerprintOf(stolen));
    assert.equal(await visit(bench, await createClient('Twin', { keys: stolen.keys })), 'refused');
    assert.equal(bench.refusals[0]?.reason, 'revoked');
  });

  test('a client that waits covers its key, however many others have come since', async (t) => {
    const bench = await startBench(t, { kind: 'tls', decide: () => new Promise(() => undefined) });
    const device = await createClient('Device');
    const waiting = visit(bench, device);
    await until(() => bench.asked.length === 1, 'the question');
    t.mock.method(CertificateReader.prototype, 'seen', () => undefined);
    const peer = await bench.trust.revoke(fingerprintOf(device));
    assert.equal(peer.certificate?.name, 'Device');
    assert.equal(await waiting, 'refused');
    const twin = await createClient('Twin', { keys: device.keys });
    assert.equal(await visit(bench, twin), 'refused');
    assert.equal(bench.asked.length, 1);
  });

  test('an unknown fingerprint covers its key from the first time it is shown', async (t) => {
    const bench = await startBench(t, { kind: 'tls' });
    const stolen = await createClient('Device');
    const twin = await createClient('Twin', { keys: stolen.keys });
    const { since } = await bench.trust.revoke(fingerprintOf(stolen));
    const open = await connect(bench, twin);
    assert.equal(await open.ask(), 'served', 'control: nobody can know yet');
    assert.equal(await visit(bench, stolen), 'refused');
    await until(() => open.socket.destroyed, 'the other connection to be cut');
    assert.equal(await visit(bench, twin), 'refused');
    const [record] = bench.trust.peers();
    assert.equal(record?.certificate?.name, 'Device');
    assert.deepEqual(record?.since, since);
    assert.deepEqual(bench.warnings, []);
  });

  test('an expired certificate that is shown tells its key as well', async (t) => {
    const bench = await startBench(t, { kind: 'tls' });
    const old = await createClient('Old', { validTo: new Date(Date.now() - 86_400_000) });
    await bench.trust.revoke(fingerprintOf(old));
    assert.equal(await visit(bench, old), 'refused');
    assert.equal(await visit(bench, await createClient('New', { keys: old.keys })), 'refused');
    assert.deepEqual(
      bench.refusals.map(({ reason }) => reason),
      ['expired', 'revoked'],
    );
  });

  test('a fingerprint that was never seen works, and forgetting takes it back', async (t) => {
    const bench = await startBench(t);
    const client = await createClient('Device');
    const fingerprint = fingerprintOf(client);
    assert.equal((await bench.trust.revoke(fingerprint)).certificate, undefined);
    assert.equal(await visit(bench, client), 'refused');
    assert.deepEqual(bench.asked, []);
    assert.equal(await bench.trust.forget(fingerprint), true);
    assert.equal(await bench.trust.forget(fingerprint), false);
    assert.equal(await visit(bench, client), 'served');
    assert.equal(bench.asked.length, 1);
  });

  test('forgetting cuts the connection and asks again', async (t) => {
    const bench = await startBench(t);
    const device = await createClient('Device');
    const client = await connect(bench, device);
    assert.equal(await client.ask(), 'served');
    await bench.trust.forget(fingerprintOf(device));
    await client.closed;
    assert.equal(await visit(bench, device), 'served');
    assert.equal(bench.asked.length, 2);
  });
});
