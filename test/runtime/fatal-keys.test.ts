/**
 * Some lines of Node crash at keys on curves without a NIST name, once a chain with one is trusted.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Certificate } from '../../dist/certificate/certificate.js';
import { findFatal, findFatalLater } from '../../dist/runtime/fatal-keys.js';
import { childEnvironment, temporaryDirectory } from '../inject/harness.js';

/** Connects to itself once by https, as stock Node does. */
const PROGRAM = `
  const { cert, key } = JSON.parse(process.argv[1]);
  const https = require('https');
  const server = https.createServer({ cert, key }).listen(0, '127.0.0.1', () =>
    https.get({ host: '127.0.0.1', servername: 'localhost', port: server.address().port })
      .on('socket', (socket) => socket.on('secureConnect', () => process.exit(socket.authorized ? 0 : 1)))
      .on('error', () => process.exit(1)));`;

/** OpenSSL makes these, because WebCrypto has no such curves: a root and a server's certificate on P-256, as files. */
function createChain(folder: string, curve: string): void {
  const run = (command: string): void => {
    execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'pipe' });
  };
  const key = (name: string): string => `-newkey ec -pkeyopt ec_paramgen_curve:${name} -nodes`;
  run(`req -x509 ${key(curve)} -keyout root.key -subj /CN=Odd -days 3650 -out root.pem`);
  const csr = `req -new ${key('prime256v1')} -keyout leaf.key -subj /CN=localhost -out leaf.csr`;
  run(`${csr} -addext subjectAltName=DNS:localhost`);
  const issue = 'x509 -req -in leaf.csr -CA root.pem -CAkey root.key -set_serial 5 -days 3650';
  run(`${issue} -copy_extensions copy -out leaf.pem`);
}

for (const curve of ['secp256k1', 'prime256v1']) {
  test(`the doctor knows whether this runtime lives with a root on ${curve}`, async (t) => {
    const folder = temporaryDirectory(t);
    createChain(folder, curve);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const input = JSON.stringify({ cert: read('leaf.pem'), key: read('leaf.key') });
    const { status, signal } = spawnSync(process.execPath, ['-e', PROGRAM, input], {
      env: childEnvironment({ NODE_EXTRA_CA_CERTS: join(folder, 'root.pem') }),
    });
    assert.ok(status === 0 || signal !== null || (status ?? 0) > 255, `ended with ${status}`);
    const certificate = Certificate.read(new X509Certificate(read('root.pem')).raw);
    const expected = status === 0 ? undefined : certificate;
    assert.equal(findFatal([certificate]), expected);
    assert.equal(await findFatalLater([certificate], new AbortController().signal), expected);
  });
}
