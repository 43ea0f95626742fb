/**
 * No chain of a stranger may end a process, whatever keys and bytes it holds. OS_TRUSTSTORE_HOSTILE_CHAINS sets how
 * many are tried.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { promisify } from 'node:util';

import { explain } from '../../dist/index.js';
import { diceOf, hostileChain } from '../helpers/hostile-chain.js';
import { listenOnLoopback } from '../helpers/loopback.js';
import { createCertificate, leafOf, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { keyWithCurve, withKey } from '../helpers/reencoded.js';

const CHAINS = Number(process.env['OS_TRUSTSTORE_HOSTILE_CHAINS'] ?? 12);
const SEED = Number(process.env['OS_TRUSTSTORE_HOSTILE_SEED'] ?? 1);

/**
 * Makes a ServerHello of TLS 1.2 and a Certificate with raw bytes; a real server parses what it sends, so it would have
 * to be sound.
 */
function rawFlight(ders: readonly Buffer[]): Buffer {
  const sized = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(3);
    size.writeUIntBE(bytes.length, 0, 3);
    return Buffer.concat([size, bytes]);
  };
  const hello = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(33),
    Buffer.from('c02f000000', 'hex'),
  ]);
  const messages = Buffer.concat([
    Buffer.concat([Buffer.from([2]), sized(hello.subarray(0, 38))]),
    Buffer.concat([Buffer.from([11]), sized(sized(Buffer.concat(ders.map(sized))))]),
  ]);
  const records: Buffer[] = [];
  for (let at = 0; at < messages.length; at += 16_000) {
    const part = messages.subarray(at, at + 16_000);
    records.push(Buffer.from([22, 3, 3, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

/** Sends chain number N to a client that asks for cN.test. */
async function serve(t: TestContext, leaf: TestCertificate): Promise<number> {
  const server = net.createServer((socket) => {
    socket.once('data', (hello) => {
      const ders = chainFor(hello.toString('latin1'));
      const secureContext = contextOf(leaf, ders);
      if (secureContext) {
        socket.pause();
        socket.unshift(hello);
        const secured = new tls.TLSSocket(socket, { isServer: true, secureContext });
        secured.on('error', () => undefined);
      } else socket.end(rawFlight([leaf.der, ...ders]));
    });
  });
  return await listenOnLoopback(server, (close) => {
    t.after(close);
  });
}

/** Undefined for chains that OpenSSL does not send. */
function contextOf(
  { pem, keyPem: key }: TestCertificate,
  ders: readonly Buffer[],
): tls.SecureContext | undefined {
  const cert = [pem, ...ders.map((der) => toPem(der))].join('');
  try {
    return tls.createSecureContext({ key, cert, ciphers: 'DEFAULT@SECLEVEL=0' });
  } catch {
    return undefined;
  }
}

const known = new Map<number, Buffer[]>();

function chainFor(text: string): Buffer[] {
  const number = Number(/c(\d+)\.test/.exec(text)?.[1] ?? 0);
  const chain = known.get(number) ?? hostileChain(diceOf(SEED * 1_000_003 + number), 'Evil');
  known.set(number, chain);
  return chain;
}

test('no chain of a stranger ends or holds up a process, or is trusted', async (t) => {
  const evil = await createCertificate({ commonName: 'Evil' });
  const port = await serve(t, await leafOf(evil, { keyIdentifiers: false }));
  const args = [join(__dirname, 'hostile.client.js'), String(port), '0', String(CHAINS)];
  const { stdout } = await promisify(execFile)(
    process.env['OS_TRUSTSTORE_HOSTILE_RUNTIME'] ?? process.execPath,
    [...(process.env['OS_TRUSTSTORE_HOSTILE_ARGS']?.split(' ') ?? []), ...args],
  );
  const survived = stdout.trim().split('\n');
  if (process.env['OS_TRUSTSTORE_HOSTILE_CHAINS']) t.diagnostic(stdout);
  assert.equal(survived.length, CHAINS);
  assert.ok(!stdout.includes('trusted'), stdout);
});

test('only the first sixteen certificates of a chain are read, and the doctor says that it is incomplete', async (t) => {
  const one = await createCertificate({ commonName: 'Evil' });
  const leaf = await leafOf(one);
  const cert = leaf.pem + one.pem.repeat(40);
  const server = tls.createServer({ key: leaf.keyPem, cert });
  server.on('tlsClientError', () => undefined);
  const port = await listenOnLoopback(server, (close) => {
    t.after(close);
  });
  const { ok, diagnoses, chain } = await explain(`https://localhost:${port}`, {
    proxy: false,
    system: false,
    timeoutMs: 60_000,
  });
  assert.equal(ok, false);
  assert.equal(diagnoses[0]?.name, 'incomplete');
  assert.equal(chain.length, 16);
});

test('OpenSSL gets no certificate whose key brings a curve of its own, however few are sent', async (t) => {
  const one = await createCertificate({ commonName: 'Evil' });
  const leaf = await leafOf(one);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const cert = leaf.pem + toPem(withKey(one.der, keyWithCurve()));
    const server = tls.createServer({ key: leaf.keyPem, cert, maxVersion });
    server.on('tlsClientError', () => undefined);
    const port = await listenOnLoopback(server, (close) => {
      t.after(close);
    });
    const options = { proxy: false, system: false, timeoutMs: 60_000 } as const;
    const { diagnoses, chain } = await explain(`https://localhost:${port}`, options);
    assert.equal(diagnoses[0]?.name, 'incomplete', maxVersion);
    assert.equal(chain.length, 1);
  }
});
