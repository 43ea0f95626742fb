/**
 * The fetcher behind a proxy that resolves names itself, with a resolver that lies. A host named by a stranger's
 * certificate reaches the proxy only as an address that was checked.
 */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import * as http from 'node:http';
import * as net from 'node:net';
import { after, before, test } from 'node:test';

import { Documents } from '../../dist/chain/completion/documents.js';
import { FetchError, fetchBytes } from '../../dist/network/fetcher.js';
import type { FetchOptions } from '../../dist/network/fetcher.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from '../explain/loopback.js';
import type { TestContext } from '../explain/loopback.js';
import { createCertificate } from '../helpers/pki.js';
import { aia } from '../verify/authority.js';

const PUBLIC = '93.184.216.34';

/** The namespace of an import is read-only. */
const resolver = require('node:dns/promises') as { lookup: unknown };
const { lookup } = resolver;
/** Answers by name; each look-up takes the next one, and the last one stays. */
const zone = new Map<string, string[][]>();
const lookups: string[] = [];

before(() => {
  resolver.lookup = (name: string): Promise<LookupAddress[]> => {
    lookups.push(name);
    const answers = zone.get(name);
    const answer = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (!answer) return Promise.reject(new Error(`ENOTFOUND ${name}`));
    return Promise.resolve(answer.map((address) => ({ address, family: net.isIP(address) })));
  };
});
after(() => {
  resolver.lookup = lookup;
});

function resolve(answers: Record<string, string[][]>): void {
  zone.clear();
  lookups.length = 0;
  for (const [name, addresses] of Object.entries(answers)) zone.set(name, addresses);
}

interface Recorder {
  asked: string[];
  /** The requests that servers at the other ends of tunnels received. */
  heard: http.IncomingMessage[];
  options: FetchOptions;
}

/** Starts a proxy that records what it is asked for and lets `origin` answer for every server. */
async function startRecorder(
  t: TestContext,
  origin: http.RequestListener,
  tunnels = true,
): Promise<Recorder> {
  const heard: http.IncomingMessage[] = [];
  const asked: string[] = [];
  const servers = http.createServer((request, response) => {
    heard.push(request);
    origin(request, response);
  });
  const serversPort = await listen(t, servers);
  const proxy = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host}`);
    response.end('secret');
  });
  proxy.on('connect', ({ url, headers }: http.IncomingMessage, client: net.Socket) => {
    asked.push(`CONNECT ${url} ${headers.host} ${headers['proxy-authorization']}`);
    client.on('error', () => undefined);
    if (!tunnels) {
      client.end('HTTP/1.1 403 No\r\n\r\n');
      return;
    }
    const upstream = net.connect(serversPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
  });
  const port = await listen(t, proxy);
  const credentials = { user: 'me', password: 'pass' };
  const behind = { protocol: 'http' as const, host: '127.0.0.1', port, credentials };
  const proxyFor = ({ hostname }: URL): typeof behind | undefined =>
    hostname === 'direct.test' ? undefined : behind;
  return { asked, heard, options: { proxyFor, timeoutMs: 60_000 } };
}

async function refusal(url: string, options: FetchOptions): Promise<string> {
  try {
    await fetchBytes(url, options);
  } catch (error) {
    assert.ok(error instanceof FetchError, String(error));
    return `${error.reason}: ${error.message}`;
  }
  throw new Error(`${url} was fetched`);
}

const answer = (_request: http.IncomingMessage, response: http.ServerResponse): void => {
  response.end('certificate');
};
const authorization = `Basic ${Buffer.from('me:pass').toString('base64')}`;

test('a proxy never hears of a name that has no address here, or one that is not public', async (t) => {
  const { asked, options } = await startRecorder(t, answer);
  resolve({
    'empty.test': [[]],
    'loopback.test': [['127.0.0.1']],
    'metadata.test': [['169.254.169.254']],
    'mixed.test': [[PUBLIC, '10.0.0.1']],
    'mapped.test': [['::ffff:169.254.169.254']],
    'odd.test': [['metadata.internal']],
  });
  const proxyOnly = await refusal('http://metadata.proxy-only.test:8080/latest', options);
  assert.match(proxyOnly, /^network: .* has no address here, and the proxy is asked only for/);
  assert.match(await refusal('http://empty.test/', options), /^network: /);
  for (const host of ['loopback.test', 'metadata.test', 'mixed.test', 'mapped.test', 'odd.test']) {
    assert.match(await refusal(`http://${host}/`, options), /^private-address: /, host);
  }
  for (const host of ['169.254.169.254', '0xa9fea9fe', '[fd00:ec2::254]', 'metadata.test.:80']) {
    await refusal(`http://${host}/`, options);
  }
  assert.deepEqual(asked, []);
});

test('a proxy is asked for a tunnel to the checked address, and hears no name', async (t) => {
  const { asked, heard, options } = await startRecorder(t, answer);
  resolve({ 'ca.test': [['2606:4700::1111', PUBLIC], ['127.0.0.1']] });
  const bytes = await fetchBytes('http://user:secret@ca.test/ca.cer?x=1', options);
  assert.equal(bytes.toString(), 'certificate');
  assert.deepEqual(asked, [`CONNECT ${PUBLIC}:80 ${PUBLIC}:80 ${authorization}`]);
  assert.deepEqual(lookups, ['ca.test']);
  assert.deepEqual(
    heard.map(({ url, headers }) => [
      url,
      headers.host,
      headers.authorization,
      headers['proxy-authorization'],
    ]),
    [['/ca.cer?x=1', 'ca.test', undefined, undefined]],
  );
});

test('another answer of the resolver is checked anew for each redirect', async (t) => {
  const { asked, heard, options } = await startRecorder(t, ({ url }, response) => {
    response.writeHead(302, { Location: url === '/a' ? 'http://b.test:8080/b' : '/c' }).end();
  });
  resolve({ 'a.test': [[PUBLIC]], 'b.test': [['1.1.1.1'], ['10.0.0.1']] });
  assert.match(
    await refusal('http://a.test/a', options),
    /^private-address: b\.test is 10\.0\.0\.1/,
  );
  assert.deepEqual(
    asked.map((line) => line.split(' ')[1]),
    [`${PUBLIC}:80`, '1.1.1.1:8080'],
  );
  assert.deepEqual(
    heard.map(({ headers }) => headers.host),
    ['a.test', 'b.test:8080'],
  );
});

test('a redirect past the proxy is checked as well, and takes no credentials along', async (t) => {
  let port = 0;
  const { options } = await startRecorder(t, (_request, response) => {
    response.writeHead(302, { Location: `http://direct.test:${port}/` }).end();
  });
  const seen: string[] = [];
  const direct = http.createServer(({ headers }, response) => {
    seen.push(`${headers.host} ${headers['proxy-authorization']}`);
    response.end('here');
  });
  port = await listen(t, direct);
  resolve({ 'a.test': [[PUBLIC]], 'direct.test': [['127.0.0.1']] });
  assert.match(await refusal('http://a.test/', options), /^private-address: direct\.test/);
  assert.deepEqual(seen, []);
  const url = `http://direct.test:${port}/`;
  assert.equal((await fetchBytes(url, { ...options, allowPrivate: true })).toString(), 'here');
  assert.deepEqual(seen, [`direct.test:${port} undefined`]);
});

test('a proxy that opens no tunnel to port 80 is not asked by name instead', async (t) => {
  const { asked, options } = await startRecorder(t, answer, false);
  resolve({ 'ca.test': [[PUBLIC]] });
  assert.match(await refusal('http://ca.test/', options), /^network: .*CONNECT with HTTP 403/);
  assert.equal(asked.length, 1);
});

test('who allows private addresses has the proxy look names up', async (t) => {
  const { asked, options } = await startRecorder(t, answer);
  resolve({});
  const bytes = await fetchBytes('http://pki.corp.test:8080/x', { ...options, allowPrivate: true });
  assert.equal(bytes.toString(), 'secret');
  assert.deepEqual(asked, ['GET http://pki.corp.test:8080/x pki.corp.test:8080']);
  assert.deepEqual(lookups, []);
});

test('neither an explanation nor a verification has the proxy of the environment ask for a stranger', async (t) => {
  const { asked, options } = await startRecorder(t, answer);
  const { port = 0 } = options.proxyFor?.(new URL('http://any.test')) ?? {};
  const hidden = await createCertificate({ commonName: 'Hidden' });
  const leaf = await leafOf(hidden, {
    extensions: [aia('http://metadata.proxy-only.test:8080/latest/meta-data')],
  });
  const target = `localhost:${await listen(t, tlsServer({ leaf }).server)}`;
  const { http_proxy: before } = process.env;
  process.env['http_proxy'] = `http://127.0.0.1:${port}`;
  t.after(() => {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  });
  resolve({ localhost: [['127.0.0.1']] });
  const { diagnoses } = await explainOn(makeMachine(t, {}), target, { proxy: undefined });
  assert.match(diagnoses[0]?.summary ?? '', /metadata\.proxy-only\.test has no address here/);
  const limits = { maxBytes: 1000, timeoutMs: 60_000 };
  const { signal } = new AbortController();
  const get = new Documents(false).get('http://metadata.proxy-only.test/', limits, signal);
  await assert.rejects(get, /has no address here/);
  assert.deepEqual(asked, []);
});
