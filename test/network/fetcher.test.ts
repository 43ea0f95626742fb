/**
 * The fetcher against hostile servers. All are on loopback, which has to be allowed.
 */
import assert from 'node:assert/strict';
import * as http from 'node:http';
import * as https from 'node:https';
import type * as net from 'node:net';
import { test } from 'node:test';

import { isPublicAddress } from '../../dist/network/addresses.js';
import { FetchError, fetchBytes } from '../../dist/network/fetcher.js';
import type { FetchFailure, FetchOptions } from '../../dist/network/fetcher.js';
import { leafOf, listen } from '../explain/loopback.js';
import type { TestContext } from '../explain/loopback.js';
import { createCertificate } from '../helpers/pki.js';

async function serve(t: TestContext, handler: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(t, http.createServer(handler))}`;
}

async function failure(url: string, options: FetchOptions = {}): Promise<FetchFailure> {
  try {
    await fetchBytes(url, { allowPrivate: true, timeoutMs: 60_000, ...options });
  } catch (error) {
    assert.ok(error instanceof FetchError, String(error));
    return error.reason;
  }
  throw new Error(`${url} was fetched`);
}

test('a small answer comes as bytes', async (t) => {
  const url = await serve(t, (_request, response) => response.end(Buffer.from([1, 2, 3])));
  assert.deepEqual([...(await fetchBytes(url, { allowPrivate: true }))], [1, 2, 3]);
});

test('a body of 10 GB is given up at the limit, announced or not', async (t) => {
  let sent = 0;
  const stream = (response: http.ServerResponse): void => {
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (!response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  };
  const announced = await serve(t, (_request, response) => {
    response.writeHead(200, { 'Content-Length': String(10 * 1024 ** 3) });
    stream(response);
  });
  const silent = await serve(t, (_request, response) => {
    stream(response);
  });
  assert.equal(await failure(announced), 'too-large');
  assert.equal(await failure(silent), 'too-large');
  assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes left the server`);
});

test('a slow drip is given up when time is over', async (t) => {
  const url = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  const started = Date.now();
  assert.equal(await failure(url, { timeoutMs: 400 }), 'timeout');
  assert.ok(Date.now() - started < 20_000);
});

test('headers that never end are given up, too', async (t) => {
  const url = await serve(t, (_request, response) => {
    const { socket } = response;
    socket?.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket?.write(`X-${Date.now()}: x\r\n`), 20);
    socket?.on('close', () => {
      clearInterval(timer);
    });
  });
  assert.equal(await failure(url, { timeoutMs: 400 }), 'timeout');
});

test('a loop of redirects ends after three', async (t) => {
  let requests = 0;
  const url = await serve(t, (_request, response) => {
    requests++;
    response.writeHead(302, { Location: '/again' }).end();
  });
  assert.equal(await failure(url), 'redirect');
  assert.equal(requests, 4);
});

test('redirects lead only to http', async (t) => {
  for (const location of [
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
    'http://[',
  ]) {
    const url = await serve(t, (_request, response) => {
      response.writeHead(301, { Location: location }).end();
    });
    assert.equal(await failure(url), 'redirect', location);
  }
});

test('only http URLs are fetched', async () => {
  for (const url of ['https://127.0.0.1/', 'file:///etc/passwd', 'ldap://127.0.0.1/', 'x', '']) {
    assert.equal(await failure(url), 'bad-url', url);
  }
});

test('private addresses are refused unless allowed, also behind a name and a redirect', async (t) => {
  let requests = 0;
  const url = await serve(t, (_request, response) => {
    requests++;
    response.end('secret');
  });
  const { port } = new URL(url);
  const hosts =
    '127.0.0.1 127.0.0.1. localhost 0.0.0.0 [::1] [::] [::ffff:127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] 0x7f.1 ' +
    '0177.0.0.1 2130706433 127.1 %31%32%37.0.0.1 １２７.0.0.1 me:pw@127.0.0.1';
  for (const host of hosts.split(' ')) {
    assert.equal(
      await failure(`http://${host}:${port}/`, { allowPrivate: false }),
      'private-address',
      host,
    );
  }
  assert.equal(requests, 0);
});

test('anything but 200 is no answer', async (t) => {
  for (const status of [204, 304, 404, 500]) {
    const url = await serve(t, (_request, response) => response.writeHead(status).end());
    assert.equal(await failure(url), 'status', String(status));
  }
});

test('a connection that breaks off is no answer', async (t) => {
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('half');
    setTimeout(() => response.socket?.destroy(), 50);
  });
  assert.equal(await failure(url), 'network');
});

test('where private addresses are allowed, a proxy is asked for the whole URL, with its credentials', async (t) => {
  const seen: (string | undefined)[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.url, request.headers['proxy-authorization'], request.headers.host);
    response.end('through');
  });
  const proxy = {
    protocol: 'http' as const,
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    credentials: { user: 'me', password: 'pass' },
  };
  const bytes = await fetchBytes('http://user:secret@certificates.invalid/ca.cer', {
    allowPrivate: true,
    proxyFor: () => proxy,
  });
  assert.equal(bytes.toString(), 'through');
  assert.deepEqual(seen, [
    'http://certificates.invalid/ca.cer',
    `Basic ${Buffer.from('me:pass').toString('base64')}`,
    'certificates.invalid',
  ]);
});

test('a proxy that wants TLS is spoken to by TLS, and its credentials never go in the clear', async (t) => {
  const root = await createCertificate({ commonName: 'Proxy Root' });
  const leaf = await leafOf(root);
  const seen: (string | undefined)[] = [];
  const server = https.createServer({ key: leaf.keyPem, cert: leaf.pem }, (request, response) => {
    seen.push(request.url, request.headers['proxy-authorization']);
    response.end('through');
  });
  const wire: Buffer[] = [];
  server.on('connection', (socket: net.Socket) => {
    socket.prependListener('data', (chunk: Buffer) => wire.push(chunk));
  });
  const proxy = {
    protocol: 'https' as const,
    host: '127.0.0.1',
    port: await listen(t, server),
    credentials: { user: 'me', password: 'pass' },
  };
  const url = 'http://certificates.invalid/ca.cer';
  assert.equal(await failure(url, { proxyFor: () => proxy }), 'network');
  assert.deepEqual(seen, []);
  const options = { allowPrivate: true, proxyFor: () => proxy, proxyCAs: [root.pem] };
  assert.equal((await fetchBytes(url, options)).toString(), 'through');
  assert.deepEqual(seen, [url, `Basic ${Buffer.from('me:pass').toString('base64')}`]);
  assert.ok(!Buffer.concat(wire).includes('Proxy-Authorization'));
});

test('addresses outside the public Internet are known', () => {
  const special =
    '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.168.1.1 ' +
    '198.18.0.1 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12::1 fd00:ec2::254 ' +
    '168.63.129.16 100.100.100.200 192.0.0.192 8.8.8.8%x 2606:4700::1111%eth0 ff02::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 2001:db8::1 2001::1 2002:7f00:1:: host';
  for (const address of special.split(' ')) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '1.1.1.1', '2606:4700::1111', '2a00:1450::1']) {
    assert.equal(isPublicAddress(address), true, address);
  }
});
