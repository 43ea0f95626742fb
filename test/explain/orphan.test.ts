import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { cleanEnv } from '../cli/run-cli.js';
import { createCertificate } from '../helpers/pki.js';
import { leafOf, listen, makeMachine, tlsServer } from './loopback.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

const library = join(__dirname, '..', '..', 'dist', 'index.js');

/** Runs one client in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at the start. */
function connect(port: number, inject: boolean, env: Record<string, string>): Promise<string> {
  const code = `
    const tls = require('node:tls');
    if (${inject}) require(${JSON.stringify(library)}).inject();
    tls.connect({ port: ${port}, servername: 'localhost' }, function () { console.log('ok'); this.destroy(); })
      .on('error', (error) => console.log(error.code));`;
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ['-e', code], {
      env: cleanEnv(env),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => {
      done(output.trim());
    });
  });
}

test(
  'an orphan in NODE_EXTRA_CA_CERTS breaks Node alone, and not the very first context of inject()',
  unix,
  async (t) => {
    const root = await createCertificate({ commonName: 'Root' });
    const intermediate = await createCertificate({ commonName: 'Issuing CA', issuer: root });
    const orphan = await createCertificate({
      commonName: 'Issuing CA',
      issuer: await createCertificate({ commonName: 'Gone' }),
      keys: intermediate.keys,
    });
    const { server } = tlsServer({ leaf: await leafOf(intermediate), chain: [intermediate] });
    const port = await listen(t, server);
    const { env } = makeMachine(t, { extra: [orphan.pem, root.pem] });
    assert.equal(await connect(port, false, env), 'UNABLE_TO_GET_ISSUER_CERT');
    assert.equal(await connect(port, true, env), 'ok');
  },
);
