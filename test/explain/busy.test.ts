import assert from 'node:assert/strict';
import { test } from 'node:test';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';

import { explain } from '../../dist/index.js';
import { createCertificate, leafOf } from '../helpers/pki.js';

/** Runs on a thread of its own, so that it answers while this thread is busy. */
const SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:tls').createServer({ ...workerData, requestCert: true });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

test('what a server says while the program is busy is not overlooked', async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const leaf = await leafOf(root);
  const workerData = { key: leaf.keyPem, cert: leaf.pem, ca: root.pem };
  const worker = new Worker(SERVER, { eval: true, workerData });
  t.after(() => worker.terminate());
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const { connect } = tls;
  const busyConnect = (options: tls.ConnectionOptions): tls.TLSSocket =>
    connect(options).once('secureConnect', () => {
      process.nextTick(() => {
        // Longer than the time for a server to object to a client without a certificate.
        const until = performance.now() + 900;
        while (performance.now() < until);
      });
    });
  t.mock.method(tls, 'connect', busyConnect);
  const { diagnoses } = await explain(`localhost:${port}`, { ca: root.pem, proxy: false });
  assert.deepEqual(
    diagnoses.map(({ name, severity }) => `${name} ${severity}`),
    ['client-certificate error'],
  );
});
