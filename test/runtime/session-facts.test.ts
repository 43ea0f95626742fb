import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tls from 'node:tls';

import { isSession, readSession } from '../../dist/runtime/session-facts.js';
import { listenOnLoopback } from '../helpers/loopback.js';
import { createCertificate, leafOf } from '../helpers/pki.js';

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  void test(`a session of ${version} says when it was established, and with whom`, async (t) => {
    const root = await createCertificate({ commonName: 'Root' });
    const leaf = await leafOf(root);
    const server = tls.createServer({ key: leaf.keyPem, cert: leaf.pem }, (socket) => {
      socket.end('x');
    });
    const port = await listenOnLoopback(server, (close) => {
      t.after(close);
    });
    const before = Math.floor(Date.now() / 1000);
    const session = await new Promise<Buffer>((resolve, reject) => {
      tls
        .connect({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca: root.pem,
          maxVersion: version,
        })
        .on('session', resolve)
        .on('error', reject)
        .resume();
    });
    for (const given of [session, session.toString('latin1'), new Uint8Array(session)]) {
      const { time, peer } = readSession(given);
      assert.ok(time !== undefined && time >= before && time <= Date.now() / 1000);
      assert.deepEqual(peer, leaf.der);
    }
  });
}

void test('Node itself refuses bytes that are no session', () => {
  for (const value of [undefined, null, 5, {}, '']) assert.equal(isSession(value), false);
  for (const value of ['text', Buffer.alloc(0), new Uint8Array(1)]) {
    assert.equal(isSession(value), true);
  }
});

void test('values that are no session yield nothing', () => {
  const values = [
    undefined,
    null,
    5,
    '',
    'text',
    Buffer.alloc(0),
    Buffer.from('3003020101', 'hex'),
  ];
  const cut = Buffer.from('3082ffff020101', 'hex');
  const named = Buffer.from('\0nodejs:tls:session:1\0\x00\x01x0', 'latin1');
  for (const value of [...values, cut, named, named.subarray(0, 20)]) {
    assert.deepEqual(readSession(value), {});
  }
});
