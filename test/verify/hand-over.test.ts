/**
 * Before the verdict, nothing of the program's is sent on a connection that it already has, and nothing of the server's
 * arrives.
 */
import assert from 'node:assert/strict';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import { clientNames, codeOf, makeClients } from './origin.js';
import { agentOf, forgetful, revocable, until } from './worlds.js';
import type { Revocable } from './worlds.js';

type Create = (options: object, host?: string, more?: object) => tls.TLSSocket;

function creator(t: TestContext, options: object): Create {
  const agent = agentOf(t, options) as unknown as { createConnection: Create };
  return agent.createConnection.bind(agent);
}

/** Starts a server with a revoked certificate; its list appears when `publish` is called. */
async function revoked(t: TestContext): Promise<Revocable & { publish: () => void }> {
  const world = await revocable(t);
  const { publisher, leaf, publishLeafCrl } = world;
  await publishLeafCrl({ revoked: [leaf] });
  const list = await (await fetch(`${publisher.base}/leaf.crl`)).arrayBuffer();
  let answer: (() => void) | undefined;
  publisher.publish('leaf.crl', (_request, response) => {
    answer = () => response.end(Buffer.from(list));
  });
  return { ...world, publish: () => answer?.() };
}

const LITTLE = 'a few bytes';
const MUCH = Buffer.alloc(300_000, 'x');

function beginHttp2(socket: tls.TLSSocket): void {
  const session = http2.connect('https://localhost', { createConnection: () => socket });
  session.on('error', () => undefined);
  session.request({ ':path': '/' }).on('error', () => undefined);
}

/** Everything that a program can do with a new socket. */
const uses: Record<string, (socket: tls.TLSSocket) => void> = {
  'write()': (socket) => void socket.write(LITTLE),
  'many and large writes': (socket) => {
    for (let round = 0; round < 10; round++) socket.write(MUCH);
  },
  'end() with data': (socket) => void socket.end(LITTLE),
  'cork() and end()': (socket) => {
    socket.cork();
    socket.write(LITTLE);
    socket.write(LITTLE);
    socket.end(LITTLE);
  },
  'writes at every event': (socket) => {
    for (const event of ['lookup', 'connect', 'ready', 'secure', 'secureConnect', 'OCSPResponse']) {
      socket.on(event, () => void socket.write(LITTLE));
    }
  },
  'pipe()': (socket) => {
    const source = new net.Socket();
    source.push(MUCH);
    source.pipe(socket);
  },
  'an HTTP/2 session': beginHttp2,
  'an HTTP/2 session after the handshake': (socket) => {
    socket.on('secure', () => setImmediate(beginHttp2, socket));
  },
};

for (const [name, use] of Object.entries(uses)) {
  void test(`${name}: a peer that is refused has received nothing`, async (t) => {
    const { origin, options, publish, publisher } = await revoked(t);
    const create = creator(t, options);
    const socket = create({ host: 'localhost', port: origin.port, servername: 'localhost' });
    let secure = 0;
    socket.on('secureConnect', () => secure++);
    const failed = new Promise((resolve) => socket.on('error', resolve));
    use(socket);
    await until(() => publisher.requests.length > 1, 'the list is asked for');
    await until(() => origin.handshakes() === 1, 'the handshake is over');
    // Anything that got through would have arrived by now.
    await new Promise((resolve) => setTimeout(resolve, 50));
    publish();
    assert.equal(codeOf(await failed), 'CERT_REVOKED');
    assert.equal(socket.authorized, false);
    assert.equal(secure, 0);
    await until(() => origin.open() === 0, 'the connection is closed');
    assert.equal(origin.received(), 0);
  });
}

void test('what a server says before its verdict is heard after it, or never', async (t) => {
  for (const verdict of ['good', 'revoked'] as const) {
    const world = await revocable(t);
    const { authority, leaf, publishLeafCrl, publisher, options } = world;
    if (verdict === 'revoked') await publishLeafCrl({ revoked: [leaf] });
    const list = Buffer.from(await (await fetch(`${publisher.base}/leaf.crl`)).arrayBuffer());
    let answer: (() => void) | undefined;
    publisher.publish('leaf.crl', (_request, response) => {
      answer = () => response.end(list);
    });
    const server = tls.createServer(
      { key: leaf.keyPem, cert: leaf.pem + authority.intermediate.pem },
      (socket) => {
        socket.on('error', () => undefined);
        socket.end('early');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as net.AddressInfo;
    const socket = creator(t, options)({ host: 'localhost', port, servername: 'localhost' });
    const events: string[] = [];
    socket.on('secureConnect', () => events.push('secureConnect'));
    socket.on('data', (chunk: Buffer) => events.push(chunk.toString()));
    socket.on('error', (error) => events.push(codeOf(error)));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await until(() => answer !== undefined, 'the list is asked for');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(events, []);
    answer?.();
    await closed;
    assert.deepEqual(
      events,
      verdict === 'good' ? ['secureConnect', 'early'] : ['CERT_REVOKED'],
      verdict,
    );
  }
});

void test("createConnection() takes what Node's own takes, and returns the socket", async (t) => {
  const { origin, options } = await forgetful(t);
  const create = creator(t, options) as unknown as (...args: unknown[]) => tls.TLSSocket;
  const { port } = origin;
  const servername = 'localhost';
  for (const args of [
    [{ host: 'localhost', port, servername }],
    [{ host: 'localhost', port, servername }, () => undefined],
    [port, { host: 'localhost', servername }],
    [port, 'localhost', { servername }],
    [port, 'localhost'],
  ]) {
    const socket = create(...args);
    assert.ok(socket instanceof tls.TLSSocket);
    await new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject));
    assert.equal(socket.authorized, true);
    socket.destroy();
  }
  // Node alone handles connections that are not verified.
  const socket = create({ host: 'localhost', port, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.destroy();
});

/** Breaks a connection right after its handshake, before the program may use it. */
function breakHandshakes(t: TestContext, event: string): void {
  const { connect } = tls;
  const broken = (...args: Parameters<typeof connect>): tls.TLSSocket => {
    const socket = connect(...args);
    socket.once(event, () => {
      socket.destroy(Object.assign(new Error('broken'), { code: 'BROKEN' }));
    });
    return socket;
  };
  const exports = require('node:tls') as { connect: typeof connect };
  exports.connect = broken as typeof connect;
  t.after(() => {
    exports.connect = connect;
  });
}

for (const event of ['secure', 'secureConnect']) {
  for (const options of [
    { fetchIntermediates: true },
    { revocation: 'soft-fail' },
    { fetchIntermediates: true, rejectUnauthorized: false },
  ] as const) {
    void test(`a connection that breaks right behind its handshake (${event}) is an error, and no more (${JSON.stringify(options)})`, async (t) => {
      const { origin, options: trusting } = await revocable(t);
      breakHandshakes(t, event);
      const clients = makeClients({ ...trusting, revocation: 'off', ...options });
      t.after(clients.close);
      for (const name of clientNames) {
        assert.match(await clients[name](origin.url), /^(?:BROKEN|ECONNRESET)$/, name);
      }
      assert.equal(origin.received(), 0);
    });
  }
}
