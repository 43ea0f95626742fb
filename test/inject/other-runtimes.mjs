/**
 * What injecting reaches in Bun and in Deno, and what it cannot: the table of the README is this one.
 *
 *   node test/inject/other-runtimes.mjs bun|deno COMMAND...
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { startWeb } from '../clients/servers.mjs';
import { testEnvironment } from '../tools/environment.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');

const all = (result) =>
  Object.fromEntries(
    ['https', 'tls', 'http2', 'fetch', 'WebSocket', 'native'].map((way) => [way, result]),
  );

const expected = {
  bun: {
    strategy: 'bun',
    before: all('refused'),
    // Bun.connect has roots of its own that nothing can change.
    during: { ...all('ok'), native: 'refused' },
    distrusted: all('refused'),
    restored: { https: 'refused', tls: 'refused' },
    excluded: true,
    peer: {
      itself: { ...all('ok'), native: 'refused' },
      issued: all('refused'),
      context: ['ok', 'refused'],
      warnings: 0,
    },
  },
  deno: {
    strategy: 'deno',
    before: all('refused'),
    // WebSocket has roots of its own that nothing can change.
    during: { ...all('ok'), WebSocket: 'refused' },
    distrusted: all('refused'),
    restored: { https: 'refused', tls: 'refused' },
    excluded: true,
    // As an anchor the certificate of one server would be a CA there, so it is left out and named.
    peer: {
      itself: all('refused'),
      issued: all('refused'),
      context: ['refused', 'refused'],
      warnings: 1,
    },
  },
};

async function main() {
  const [name, command, ...args] = process.argv.slice(2);
  installPinned(path.join(folder, '../clients'));
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-runtimes-'));
  const servers = [];
  try {
    const roots = {};
    const urls = {};
    for (const kind of ['trusted', 'distrusted']) {
      roots[kind] = await createCertificate({ commonName: `Runtimes ${kind}` });
      const identity = { commonName: 'localhost', issuer: roots[kind], ca: false };
      const names = { dns: ['localhost'], ip: ['127.0.0.1'] };
      const server = await startWeb(await createCertificate({ ...identity, ...names }));
      servers.push(server);
      urls[kind] = server.url;
    }
    const names = { commonName: 'localhost', ca: false, dns: ['localhost'], ip: ['127.0.0.1'] };
    const peer = await createCertificate(names);
    const served = { peer, issuedByPeer: await createCertificate({ ...names, issuer: peer }) };
    for (const [kind, certificate] of Object.entries(served)) {
      const server = await startWeb(certificate);
      servers.push(server);
      urls[kind] = server.url;
    }
    const write = (file, text) => {
      mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
      writeFileSync(path.join(scratch, file), text);
    };
    write('etc/ssl/certs/ca-certificates.crt', roots.trusted.pem + roots.distrusted.pem);
    write('usr/share/ca-certificates/test/distrusted.crt', roots.distrusted.pem);
    write('etc/ca-certificates.conf', '!test/distrusted.crt\n');
    const input = {
      url: urls.trusted,
      distrustedUrl: urls.distrusted,
      peer: { pem: peer.pem, url: urls.peer, issuedUrl: urls.issuedByPeer },
      system: { root: scratch },
    };
    const script = path.join(folder, 'fixtures/other-runtime-client.cjs');
    const result = await run(command, [...args, script, JSON.stringify(input)]);
    assert.deepEqual(result, expected[name]);
    console.log(`${name}: as expected`);
  } finally {
    for (const server of servers) await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(command, args) {
  const child = spawn(command, args, {
    env: { ...testEnvironment(), XDG_CONFIG_HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const result = /RESULT (.*)/.exec(output)?.[1];
      if (code === 0 && result !== undefined) resolve(JSON.parse(result));
      else reject(new Error(`${command} ended with ${code}\n${output}`));
    });
  });
}

await main();
