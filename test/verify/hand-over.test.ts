/**
 * The moment a socket is handed over: not before its verdict, and not when it has ended by then.
 */
import assert from 'node:assert/strict';
import type * as net from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import { clientNames, makeClients } from './origin.js';
import { agentOf, forgetful, revocable } from './worlds.js';

void test('a socket is not returned before its verdict', async (t) => {
  const { origin, options } = await forgetful(t);
  const agent = agentOf(t, options) as unknown as {
    createConnection(options: object): net.Socket;
    sockets: object;
  };
  const to = { host: 'localhost', port: origin.port, servername: 'localhost' };
  assert.throws(() => agent.createConnection(to), { code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT' });
  assert.deepEqual(Object.keys(agent.sockets), []);
  assert.equal(origin.open(), 0);
  // What is not to be verified is Node's own affair.
  const socket = agent.createConnection({ ...to, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.destroy();
});

/** What happens to a connection right behind its handshake, before anybody but us has it. */
function breakHandshakes(t: TestContext): void {
  const { connect } = tls;
  const broken = (...args: Parameters<typeof connect>): tls.TLSSocket => {
    const socket = connect(...args);
    socket.once('secureConnect', () => {
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

for (const options of [
  { fetchIntermediates: true },
  { revocation: 'soft-fail' },
  { fetchIntermediates: true, rejectUnauthorized: false },
] as const) {
  void test(`a connection that breaks right behind its handshake is an error, and no more (${JSON.stringify(options)})`, async (t) => {
    const { origin, options: trusting } = await revocable(t);
    breakHandshakes(t);
    const clients = makeClients({ ...trusting, revocation: 'off', ...options });
    t.after(clients.close);
    for (const name of clientNames) {
      assert.match(await clients[name](origin.url), /^(?:BROKEN|ECONNRESET)$/, name);
    }
    assert.equal(origin.received(), 0);
  });
}
