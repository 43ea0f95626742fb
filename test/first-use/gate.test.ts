/**
 * The gate between a server and its connections.
 */
import assert from 'node:assert/strict';
import { connect as connectPlain, createServer } from 'node:net';
import { describe, test } from 'node:test';
import * as tls from 'node:tls';

import { trustOnFirstUse } from '../../dist/index.js';
import { connect, createClient, startBench, temporaryFile, until, visit } from './bench.js';

void describe('the gate', () => {
  test('is not what keeps clients out of a server that forgot it', async (t) => {
    const bench = await startBench(t, { kind: 'tls' });
    const { keyPem: key, pem: cert } = await createClient('Server');
    let served = 0;
    const server = tls.createServer({ key, cert, requestCert: true }, () => served++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const device = await createClient('Device');
    const client = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      key: device.keyPem,
      cert: device.pem,
    });
    client.on('error', () => undefined);
    await until(() => client.destroyed, 'the refusal');
    assert.equal(served, 0);
    assert.equal(bench.trust.peerOf(client), undefined);
  });

  const options = (t: Parameters<typeof temporaryFile>[0]) => ({
    file: temporaryFile(t),
    decide: () => 'accept' as const,
  });

  test('cannot be opened by putting back an older emit', async (t) => {
    const bench = await startBench(t, { kind: 'tls', decide: () => 'refuse' });
    const other = tls.createServer();
    bench.trust.protect(other);
    assert.throws(() => {
      other.emit = tls.Server.prototype.emit.bind(other);
    }, TypeError);
    assert.throws(() => Object.defineProperty(other, 'emit', { value: () => true }), TypeError);
  });

  test('stays where a program had an emit of its own before', async (t) => {
    let [older, seen]: [tls.Server['emit'] | undefined, number] = [undefined, 0];
    const bench = await startBench(t, {
      kind: 'tls',
      decide: () => 'refuse',
      prepare: (server) => {
        older = server.emit.bind(server);
        // Monitoring tools replace `emit` like this.
        server.emit = (event: string, ...args: unknown[]) => {
          seen++;
          return older!(event, ...args);
        };
      },
    });
    assert.throws(() => {
      bench.server.emit = older!;
    }, TypeError);
    assert.throws(() => Object.defineProperty(bench.server, 'emit', { value: older }), TypeError);
    assert.equal(Reflect.set(bench.server, 'emit', older), false);
    assert.equal(Reflect.deleteProperty(bench.server, 'emit'), false);
    assert.equal(await visit(bench, await createClient('Device')), 'refused');
    assert.deepEqual([bench.sockets, bench.served], [[], []]);
    assert.ok(seen > 0, 'the program’s own still hears of other events');
  });

  test('lets no client show another certificate on an accepted connection', async (t) => {
    const bench = await startBench(t, { kind: 'tls' });
    const client = await connect(bench, await createClient('Device'), { version: 'TLSv1.2' });
    assert.equal(await client.ask(), 'served');
    client.socket.renegotiate({}, () => client.socket.write('question'));
    await until(() => client.socket.destroyed, 'the connection to be closed');
    assert.equal(bench.served.length, 1);
  });

  test('is put up once, on a TLS server without connections', async (t) => {
    const trust = trustOnFirstUse(options(t));
    const server = trust.protect(tls.createServer());
    const refused = { code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT' };
    assert.throws(() => trust.protect(server), refused);
    assert.throws(() => trustOnFirstUse(options(t)).protect(server), refused);
    assert.throws(() => trust.protect(createServer() as tls.Server), refused);
    assert.throws(() => trust.protect({} as tls.Server), refused);

    const bench = await startBench(t, { kind: 'tls' });
    const open = tls.createServer({}, () => undefined);
    await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve));
    const { port } = open.address() as { port: number };
    const visitor = connectPlain(port, '127.0.0.1');
    await until(() => (open as unknown as { _connections: number })._connections > 0, 'it');
    assert.throws(() => bench.trust.protect(open), refused);
    visitor.destroy();
    open.close();
  });

  test('knows nothing of connections of other servers', async (t) => {
    const [one, other] = [await startBench(t), await startBench(t)];
    assert.equal(await visit(one, await createClient('Device')), 'served');
    assert.equal(other.trust.peerOf(one.sockets[0]!), undefined);
    assert.notEqual(one.trust.peerOf(one.sockets[0]!), undefined);
  });
});
