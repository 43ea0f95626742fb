/**
 * Connections while a verdict is awaited and after it: abort, limits, queues, sessions, caches.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type * as http from 'node:http';
import * as https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import * as undici from 'undici';

import { createAgent, createConnector } from '../../dist/index.js';
import { listen } from '../explain/loopback.js';
import { toPem } from '../helpers/pem.js';
import { aia, createAuthority, makeCrl, startPublisher } from './authority.js';
import { codeOf, makeClients, onlyTrusting, startOrigin, viaHttps } from './origin.js';
import { agentOf, forgetful, revocable, temporaryDirectory, until } from './worlds.js';

/** Publishes nothing until the client has gone. */
function silence(): { listener: http.RequestListener; state: { waiting: number; gone: number } } {
  const state = { waiting: 0, gone: 0 };
  return {
    state,
    listener: (_request, response) => {
      state.waiting++;
      response.on('close', () => state.gone++);
    },
  };
}

void test('an aborted request ends its verification at once', async (t) => {
  const { listener, state } = silence();
  const { origin, options } = await forgetful(t, () => listener);
  const controller = new AbortController();
  const result = viaHttps(origin.url, {
    agent: agentOf(t, options),
    signal: controller.signal,
  });
  await until(() => state.waiting === 1, 'the intermediate is asked for');
  controller.abort();
  assert.equal(await result, 'ABORT_ERR');
  await until(() => state.gone === 1, 'the fetch is given up');
  await until(() => origin.open() === 0, 'the connection is closed');
});

void test('a destroyed agent ends what it is verifying', async (t) => {
  const { listener, state } = silence();
  const { origin, options } = await forgetful(t, () => listener);
  const agent = agentOf(t, options);
  const result = viaHttps(origin.url, { agent });
  await until(() => state.waiting === 1, 'the intermediate is asked for');
  agent.destroy();
  assert.equal(await result, 'ECONNRESET');
  await until(() => state.gone === 1 && origin.open() === 0, 'everything is closed');
});

void test('who gives up leaves the fetch to others who wait for it', async (t) => {
  let answer: (() => void) | undefined;
  const { origin, options } = await forgetful(t, ({ intermediate }) => (_request, response) => {
    answer = () => response.end(intermediate.der);
  });
  const agent = agentOf(t, options);
  const controller = new AbortController();
  const first = viaHttps(origin.url, { agent, signal: controller.signal });
  const second = viaHttps(origin.url, { agent });
  const seen = (): boolean => answer !== undefined && origin.handshakes() === 2;
  await until(seen, 'the intermediate is asked for');
  await new Promise((resolve) => setTimeout(resolve, 100));
  controller.abort();
  assert.equal(await first, 'ABORT_ERR');
  answer?.();
  assert.equal(await second, 'ok');
});

void test('the time-out of a request also runs while its connection is verified', async (t) => {
  const { listener } = silence();
  const { origin, options } = await forgetful(t, () => listener);
  const agent = agentOf(t, options);
  const code = await new Promise((resolve) => {
    const request = https.get(origin.url, { agent, timeout: 200 }, () => {
      resolve('response');
    });
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error('late'), { code: 'LATE' })),
    );
    request.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
  assert.equal(code, 'LATE');
});

void test('verification has a deadline of its own', async (t) => {
  const { listener } = silence();
  const { origin, options } = await forgetful(t, () => listener);
  const started = Date.now();
  const agent = agentOf(t, { ...options, verifyDeadlineMs: 300 });
  assert.equal(await viaHttps(origin.url, { agent }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  assert.ok(Date.now() - started < 9000, 'not the default, which is ten seconds');
});

void test('connections that are verified count for maxSockets', async (t) => {
  const { origin, options } = await forgetful(t);
  let most = 0;
  const agent = agentOf(t, { ...options, maxSockets: 2, keepAlive: true });
  const timer = setInterval(() => {
    most = Math.max(most, ...Object.values(agent.sockets).map((sockets) => sockets?.length ?? 0));
    // From the second one on, each may be checked once more.
    assert.ok(origin.open() <= 4, `${String(origin.open())} connections at once`);
  }, 1);
  t.after(() => {
    clearInterval(timer);
  });
  const requests = Array.from({ length: 8 }, () => viaHttps(origin.url, { agent }));
  assert.deepEqual(new Set(await Promise.all(requests)), new Set(['ok']));
  assert.equal(most, 2);
});

void test('requests that wait for a socket all fail when the host is refused, each once', async (t) => {
  const { origin, options } = await forgetful(t, () => Buffer.from('nothing'));
  const agent = agentOf(t, { ...options, maxSockets: 1 });
  const requests = Array.from({ length: 5 }, () => viaHttps(origin.url, { agent }));
  const expected = new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
  assert.deepEqual(new Set(await Promise.all(requests)), expected);
  assert.equal(origin.received(), 0);
  await until(() => Object.keys(agent.sockets).length === 0, 'the agent is empty');
  assert.deepEqual(Object.keys(agent.requests), []);
  const { totalSocketCount } = agent as unknown as { totalSocketCount: number };
  assert.equal(totalSocketCount, 0);
});

void test('what could not be helped is not asked for again at once', async (t) => {
  const { origin, options, publisher } = await forgetful(t, () => Buffer.from('nothing'));
  const agent = agentOf(t, options);
  for (let round = 0; round < 3; round++) {
    assert.equal(await viaHttps(origin.url, { agent }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  }
  assert.equal(publisher.requests.length, 1);
});

void test('many connections at once ask for the intermediate once', async (t) => {
  const { origin, options, publisher } = await forgetful(t);
  const agent = agentOf(t, options);
  const requests = Array.from({ length: 10 }, () => viaHttps(origin.url, { agent }));
  assert.deepEqual(new Set(await Promise.all(requests)), new Set(['ok']));
  assert.equal(publisher.requests.length, 1);
});

void test('an intermediate is remembered on disk, by its content, and checked when it comes from there', async (t) => {
  const { origin, options, publisher, intermediate } = await forgetful(t);
  const cacheDirectory = temporaryDirectory(t);
  const connect = (): Promise<string> =>
    viaHttps(origin.url, { agent: agentOf(t, { ...options, cacheDirectory }) });
  assert.equal(await connect(), 'ok');
  const folder = join(cacheDirectory, 'intermediates');
  await until(() => filesOf(folder).length === 1, 'a file');
  assert.equal(await connect(), 'ok');
  assert.equal(publisher.requests.length, 1);
  // Another certificate under this one's name, one under a wrong name, and a file that is no certificate.
  const [name = ''] = filesOf(folder);
  const stranger = (await createAuthority()).intermediate;
  writeFileSync(join(folder, name), stranger.der);
  writeFileSync(join(folder, 'f'.repeat(64)), intermediate.der);
  writeFileSync(join(folder, 'e'.repeat(64)), 'nothing');
  assert.equal(await connect(), 'ok');
  assert.equal(publisher.requests.length, 2);
});

void test('a directory that cannot be written to only costs the cache', async (t) => {
  const { origin, options } = await forgetful(t);
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  const agent = agentOf(t, { ...options, cacheDirectory: join(directory, 'file', 'below') });
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
});

/** Returns the complete files. */
function filesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.tmp')) : [];
}

void test('CRLs are kept on disk, for other processes as well, and are checked when they come from there', async (t) => {
  const { origin, options, publisher, authority, leaf, publishLeafCrl } = await revocable(t);
  const cacheDirectory = temporaryDirectory(t);
  const connect = (): Promise<string> =>
    viaHttps(origin.url, { agent: agentOf(t, { ...options, cacheDirectory }) });
  const folder = join(cacheDirectory, 'crls');
  assert.equal(await connect(), 'ok');
  await until(() => filesOf(folder).length === 2, 'two files');
  assert.equal(await connect(), 'ok');
  assert.equal(publisher.requests.length, 2);
  // A forged list that revokes nothing is not believed just because it is in the cache.
  await publishLeafCrl({ revoked: [leaf] });
  const { intermediate } = await createAuthority();
  const { intermediate: issuer } = authority;
  const forged = await makeCrl({ issuer, signer: intermediate });
  for (const name of filesOf(folder)) writeFileSync(join(folder, name), forged);
  assert.equal(await connect(), 'CERT_REVOKED');
});

/** The list expires in a minute; `pass` sets the clock of this process, servers included, past that. */
function minute(t: TestContext): { end: Date; pass: () => void } {
  const { now } = Date;
  let ahead = 0;
  t.mock.method(Date, 'now', () => now() + ahead);
  const pass = (): void => {
    ahead = 62_000;
  };
  return { end: new Date(now() + 60_000), pass };
}

void test('a CRL is fetched again when it has expired', async (t) => {
  const { origin, options, leaf, publishLeafCrl } = await revocable(t);
  const { end, pass } = minute(t);
  await publishLeafCrl({ nextUpdate: end });
  const agent = agentOf(t, { ...options, cacheDirectory: temporaryDirectory(t) });
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  await publishLeafCrl({ revoked: [leaf] });
  assert.equal(await viaHttps(origin.url, { agent }), 'ok', 'the list is still good');
  pass();
  assert.equal(await viaHttps(origin.url, { agent }), 'CERT_REVOKED');
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  void test(`a resumed session (${maxVersion}) carries its verdict, and ends with it`, async (t) => {
    const { origin, options, publishLeafCrl } = await revocable(t, { maxVersion });
    const { end, pass } = minute(t);
    await publishLeafCrl({ nextUpdate: end });
    const agent = agentOf(t, options);
    const connect = (): Promise<{ reused: boolean; authorized: boolean } | string> =>
      new Promise((resolve) => {
        const request = https.get(origin.url, { agent }, (response) => {
          const socket = response.socket as TLSSocket;
          const facts = { reused: socket.isSessionReused(), authorized: socket.authorized };
          response.resume().on('end', () => {
            resolve(facts);
          });
        });
        request.on('error', (error) => {
          resolve(codeOf(error));
        });
      });
    assert.deepEqual(await connect(), { reused: false, authorized: true });
    assert.deepEqual(await connect(), { reused: true, authorized: true });
    pass();
    // The list has expired, and with it what was known of the session; the same list is published again.
    assert.equal(await connect(), 'UNABLE_TO_GET_CRL');
  });
}

void test('a check of names of a request is asked on every connection, resumed or not', async (t) => {
  const { origin, options } = await forgetful(t);
  const agent = agentOf(t, options);
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  const checkServerIdentity = (): Error => Object.assign(new Error('mine'), { code: 'MINE' });
  assert.equal(await viaHttps(origin.url, { agent, checkServerIdentity }), 'MINE');
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
});

void test('soft-fail says what it could not check', async (t) => {
  const { origin, options, publisher } = await revocable(t);
  publisher.publish('leaf.crl', Buffer.from('nothing'));
  const diagnostics = await import('node:diagnostics_channel');
  const messages: unknown[] = [];
  const listen = (message: unknown): void => void messages.push(message);
  diagnostics.subscribe('os-truststore', listen);
  t.after(() => diagnostics.unsubscribe('os-truststore', listen));
  const agent = agentOf(t, { ...options, revocation: 'soft-fail' });
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  const reported = messages.find((message) =>
    JSON.stringify(message).includes('ERR_TRUSTSTORE_REVOCATION_UNKNOWN'),
  );
  assert.match(JSON.stringify(reported), /CN=localhost.*leaf\.crl/);
});

void test("a connector keeps undici's limit of time", async (t) => {
  const net = await import('node:net');
  const port = await listen(t, net.createServer());
  const connect = createConnector({ timeout: 200, fetchIntermediates: true });
  const dispatcher = new undici.Agent({
    connect: connect as unknown as undici.buildConnector.connector,
  });
  t.after(() => dispatcher.destroy());
  await assert.rejects(undici.request(`https://localhost:${String(port)}/`, { dispatcher }), {
    code: 'UND_ERR_CONNECT_TIMEOUT',
  });
});

void test('a connector also serves http', async (t) => {
  const publisher = await startPublisher(t);
  const url = publisher.publish('text', Buffer.from('plain'));
  const clients = makeClients({ fetchIntermediates: true, cacheDirectory: false });
  t.after(clients.close);
  assert.equal(await clients.undici(url), 'plain');
});

void test('an explicit ca is what is trusted, with missing intermediates as asked for', async (t) => {
  const { origin, options, root } = await forgetful(t);
  const { root: other } = await createAuthority();
  const trusting = { ...options, userCAs: { certificates: [other.der], env: false } };
  assert.equal(
    await viaHttps(origin.url, { agent: agentOf(t, trusting) }),
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  );
  assert.equal(
    await viaHttps(origin.url, { agent: agentOf(t, { ...trusting, ca: root.pem }) }),
    'ok',
  );
});

void test('wrong options are refused by name', () => {
  const wrong: [object, RegExp][] = [
    [{ fetchIntermediates: 'yes' }, /fetchIntermediates/],
    [{ verifier: 'windows' }, /verifier/],
    [{ revocation: 'hard' }, /revocation/],
    [{ verifyDeadlineMs: -1 }, /verifyDeadlineMs/],
    [{ cacheDirectory: 'relative' }, /cacheDirectory/],
    [{ allowPrivateAddresses: 1 }, /allowPrivateAddresses/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => createAgent(options), { code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT', message });
    assert.throws(() => createConnector(options), { message });
  }
});

void test('a host behind a proxy is helped as well', async (t) => {
  // Node 22.21, 24.5 and newer know this option.
  const { origin, options } = await forgetful(t);
  const http = await import('node:http');
  const net = await import('node:net');
  const proxy = http.createServer();
  let tunnels = 0;
  proxy.on('connect', (_request, client: import('node:net').Socket) => {
    tunnels++;
    const upstream = net.connect(origin.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client]) socket.on('error', () => undefined);
    t.after(() => {
      upstream.destroy();
    });
  });
  const port = await listen(t, proxy);
  const HTTPS_PROXY = `http://127.0.0.1:${String(port)}`;
  const proxied = { ...options, proxyEnv: { HTTPS_PROXY } };
  const agent = agentOf(t, proxied);
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  const first = tunnels;
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  assert.equal(tunnels - first, first === 0 ? 0 : 1, 'what was learnt is used');
  const strict = agentOf(t, { ...proxied, fetchIntermediates: false });
  assert.equal(await viaHttps(origin.url, { agent: strict }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

void test('maxCachedSessions: 0 keeps its meaning', async (t) => {
  const { origin, options } = await forgetful(t);
  const agent = agentOf(t, { ...options, maxCachedSessions: 0 });
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((resolve) => {
      https.get(origin.url, { agent }, (response) => {
        assert.equal((response.socket as TLSSocket).isSessionReused(), false);
        response.resume().on('end', resolve);
      });
    });
  }
});

void test('revocation is checked whatever else a request or an agent says', async (t) => {
  const { origin, options, leaf, publishLeafCrl } = await revocable(t);
  await publishLeafCrl({ revoked: [leaf] });
  const checkServerIdentity = (): undefined => undefined;
  for (const more of [
    {},
    { maxCachedSessions: 0 },
    { checkServerIdentity },
    { keepAlive: true },
    { rejectUnauthorized: true },
    { servername: 'localhost' },
    { maxVersion: 'TLSv1.2' as const },
    { ca: (options.userCAs as { certificates: Buffer[] }).certificates.map((der) => toPem(der)) },
  ]) {
    const agent = agentOf(t, { ...options, ...more });
    const name = JSON.stringify(Object.keys(more));
    assert.equal(await viaHttps(origin.url, { agent }), 'CERT_REVOKED', name);
  }
  const agent = agentOf(t, options);
  assert.equal(await viaHttps(origin.url, { agent, checkServerIdentity }), 'CERT_REVOKED');
  assert.equal(origin.received(), 0);
});

void test('a check that was given up decides nothing for the next connection', async (t) => {
  const { origin, options, publisher, authority, leaf } = await revocable(t);
  const { intermediate: issuer } = authority;
  const crl = await makeCrl({ issuer, revoked: [leaf] });
  let asked = 0;
  publisher.publish('leaf.crl', (_request, response) => {
    if (++asked > 1) response.end(crl);
  });
  const agent = agentOf(t, { ...options, revocation: 'soft-fail' });
  const controller = new AbortController();
  const first = viaHttps(origin.url, { agent, signal: controller.signal });
  await until(() => asked === 1, 'the list is asked for');
  controller.abort();
  assert.equal(await first, 'ABORT_ERR');
  assert.equal(await viaHttps(origin.url, { agent }), 'CERT_REVOKED');
});

void test('more hosts at once than may be fetched for wait for their turn', async (t) => {
  const publisher = await startPublisher(t);
  const authority = await createAuthority();
  let most = 0;
  let open = 0;
  const origins = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const url = publisher.publish(`ca-${String(index)}.cer`, (_request, response) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          response.end(authority.intermediate.der);
        }, 100);
      });
      return await startOrigin(t, { leaf: await authority.leaf({ extensions: [aia(url)] }) });
    }),
  );
  const agent = agentOf(t, { ...onlyTrusting(authority.root), fetchIntermediates: true });
  const results = await Promise.all(origins.map(({ url }) => viaHttps(url, { agent })));
  assert.deepEqual(new Set(results), new Set(['ok']));
  assert.ok(most <= 8, `${String(most)} fetches at once`);
});

void test('who comes just after the last one gave up is not given up with it', async (t) => {
  let asked = 0;
  const { origin, options } = await forgetful(t, ({ intermediate }) => (_request, response) => {
    if (++asked > 1) response.end(intermediate.der);
  });
  const agent = agentOf(t, options);
  const controller = new AbortController();
  const first = viaHttps(origin.url, { agent, signal: controller.signal });
  await until(() => asked === 1, 'the intermediate is asked for');
  controller.abort();
  const second = viaHttps(origin.url, { agent });
  assert.deepEqual(await Promise.all([first, second]), ['ABORT_ERR', 'ok']);
});
