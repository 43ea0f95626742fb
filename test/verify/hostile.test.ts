/**
 * Tests uses of a held connection that bypass its streams, and agents that stand below another verification.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type * as tls from 'node:tls';

import { createAgent, inject } from '../../dist/index.js';
import { createAuthority, crlAt, makeCrl, startPublisher } from './authority.js';
import type { Authority, TestCertificate } from './authority.js';
import { onlyTrusting, startOrigin, viaHttps } from './origin.js';

/** The namespace of an import is read-only. */
const modules = require('node:https') as { globalAgent: https.Agent };

type CreateConnection = (options: object) => tls.TLSSocket;

interface World {
  authority: Authority;
  leaf: TestCertificate;
  chain: TestCertificate[];
}

/** Its CRL comes late. */
async function slow(t: TestContext, isRevoked: boolean): Promise<World> {
  const authority = await createAuthority();
  const publisher = await startPublisher(t);
  let list = Buffer.alloc(0);
  const url = publisher.publish('leaf.crl', (_request, response) => {
    setTimeout(() => response.end(list), 150);
  });
  const leaf = await authority.leaf({ extensions: [crlAt(url)] });
  const issuer = authority.intermediate;
  list = Buffer.from(await makeCrl({ issuer, revoked: isRevoked ? [leaf] : [] }));
  return { authority, leaf, chain: [issuer] };
}

function connect(world: World, port: number, options: object): tls.TLSSocket {
  const agent = createAgent({ ...onlyTrusting(world.authority.root), revocation: 'soft-fail' });
  const { createConnection } = agent as unknown as { createConnection: CreateConnection };
  return createConnection.call(agent, {
    host: 'localhost',
    port,
    servername: 'localhost',
    ...options,
  });
}

void test('HTTP/2 gets what the server says before the verdict', async (t) => {
  const world = await slow(t, false);
  const { leaf, chain } = world;
  const cert = [leaf, ...chain].map(({ pem }) => pem).join('');
  const server = http2.createSecureServer({ key: leaf.keyPem, cert }, (_request, response) => {
    response.end('ok');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const session = http2.connect(`https://localhost:${String(port)}`, {
    createConnection: () => connect(world, port, { ALPNProtocols: ['h2'] }),
  });
  t.after(() => {
    session.destroy();
  });
  const request = session.request({ ':path': '/' });
  const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders];
  assert.equal(headers[':status'], 200);
});

for (const isRevoked of [true, false]) {
  void test(`onread gets ${isRevoked ? 'nothing from a revoked server' : 'all, later'}`, async (t) => {
    const world = await slow(t, isRevoked);
    const origin = await startOrigin(t, world);
    let text = '';
    let wasSecure = false;
    const callback = (length: number, buffer: Buffer): boolean => {
      assert.ok(wasSecure);
      text += buffer.toString('latin1', 0, length);
      return true;
    };
    const onread = { buffer: Buffer.alloc(65_536), callback };
    const socket = connect(world, origin.port, { onread });
    socket.on('error', () => undefined);
    socket.on('secureConnect', () => (wasSecure = true));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await once(socket, 'close').catch(() => undefined);
    assert.equal(text.endsWith('ok'), !isRevoked);
  });
}

void test('what an agent of ours verifies is verified also below an injection', async (t) => {
  const world = await slow(t, true);
  const origin = await startOrigin(t, world);
  const trust = onlyTrusting(world.authority.root);
  const before = https.globalAgent;
  modules.globalAgent = createAgent({ ...trust, revocation: 'soft-fail' });
  const injection = inject({ ...trust, fetchIntermediates: true });
  t.after(() => {
    injection.restore();
    modules.globalAgent = before;
  });
  assert.equal(await viaHttps(origin.url, {}), 'CERT_REVOKED');
});

void test('an agent that answers with an error only is heard', async (t) => {
  const { root } = await createAuthority();
  class Failing extends https.Agent {
    override createConnection(...[, done]: Parameters<https.Agent['createConnection']>): undefined {
      const error = Object.assign(new Error('no'), { code: 'ENOWAY' });
      setImmediate(() => {
        (done as unknown as (error: Error) => void)(error);
      });
    }
  }
  const before = https.globalAgent;
  modules.globalAgent = new Failing();
  const injection = inject({ ...onlyTrusting(root), fetchIntermediates: true });
  t.after(() => {
    injection.restore();
    modules.globalAgent = before;
  });
  assert.equal(await viaHttps('https://localhost:1/', {}), 'ENOWAY');
});
