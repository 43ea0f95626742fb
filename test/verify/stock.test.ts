/**
 * Verification changes which servers are trusted, and nothing else that programs see of their connections.
 */
import assert from 'node:assert/strict';
import * as net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as undici from 'undici';

import { createConnector } from '../../dist/index.js';
import { listen } from '../explain/loopback.js';
import { runScenario, temporaryDirectory, writeFile } from '../inject/harness.js';
import { createAuthority } from './authority.js';
import { startOrigin } from './origin.js';
import type * as scenarios from './stock.scenarios.js';

const SCENARIOS = join(__dirname, 'stock.scenarios.js');

/** Runs without an injection and with each kind. */
async function compare(
  t: TestContext,
  name: keyof typeof scenarios,
  urls: string[] = [],
  root?: string,
): Promise<unknown> {
  const env: Record<string, string> =
    root === undefined
      ? {}
      : { NODE_EXTRA_CA_CERTS: writeFile(temporaryDirectory(t), 'root.pem', root) };
  const plain = { system: false, allowPrivateAddresses: true, cacheDirectory: false };
  const [stock, ...verified] = await Promise.all(
    [undefined, { fetchIntermediates: true }, { revocation: 'soft-fail' }].map(async (verify) => {
      const options = verify && { ...plain, ...verify };
      const { result, stderr } = await runScenario(SCENARIOS, name, {
        env,
        input: { options, urls },
      });
      return { result, stderr };
    }),
  );
  for (const one of verified) assert.deepEqual(one, stock);
  return stock?.result;
}

async function goodOrigin(t: TestContext): Promise<{ url: string; root: string }> {
  const { root, intermediate, leaf } = await createAuthority();
  const { url } = await startOrigin(t, { leaf: await leaf(), chain: [intermediate] });
  return { url, root: root.pem };
}

void test('requests that are given up end as without verification', async (t) => {
  const result = (await compare(t, 'endings')) as Record<string, string[]>;
  assert.match(String(result['a signal aborted beforehand']), /AbortError/);
});

void test('time-outs are those of the request, whenever they are set, changed or cleared', async (t) => {
  const result = (await compare(t, 'whenTimedOut')) as Record<string, string[]>;
  assert.deepEqual(result['setTimeout()'], ['timeout']);
  assert.deepEqual(result['cleared later'], []);
});

void test('requests and sockets say what they say without verification, whatever the server shows', async (t) => {
  const { root, intermediate, leaf: make } = await createAuthority();
  const { intermediate: stranger, leaf: strange } = await createAuthority();
  const past = new Date(Date.now() - 86_400_000);
  const origins = await Promise.all([
    startOrigin(t, { leaf: await make(), chain: [intermediate] }),
    startOrigin(t, {
      leaf: await make(),
      chain: [intermediate],
      options: { maxVersion: 'TLSv1.2' },
    }),
    startOrigin(t, { leaf: await make({ validTo: past }), chain: [intermediate] }),
    startOrigin(t, { leaf: await make({ dns: ['other.example'], ip: [] }), chain: [intermediate] }),
    startOrigin(t, { leaf: await make() }),
    startOrigin(t, { leaf: await strange(), chain: [stranger] }),
  ]);
  const result = (await compare(
    t,
    'everyEvent',
    origins.map(({ url }) => url),
    root.pem,
  )) as Record<string, { own: string[]; socket: string[] }>;
  assert.ok(result['0 global agent']?.socket.includes('socket secureConnect true'));
  assert.match(String(result['2 global agent']?.own), /CERT_HAS_EXPIRED/);
  assert.match(String(result['4 global agent']?.own), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
});

void test('a socket that undici hands on ends without an uncaught error', async (t) => {
  assert.deepEqual(await compare(t, 'handedOver'), { subprotocol: 'error', uncaught: [] });
});

void test("the time-out of a connector is undici's own error", async (t) => {
  const port = await listen(
    t,
    net.createServer((socket) => socket.on('error', () => undefined)),
  );
  const errors = await Promise.all(
    [createConnector({ timeout: 200, fetchIntermediates: true }), { timeout: 200 }].map(
      async (connect) => {
        const dispatcher = new undici.Agent({
          connect: connect as undici.buildConnector.connector,
        });
        t.after(() => dispatcher.destroy());
        const url = `https://127.0.0.1:${String(port)}/`;
        return await undici.request(url, { dispatcher }).then(
          () => assert.fail('a response'),
          (error: unknown) => error as Error & { code?: string },
        );
      },
    ),
  );
  const [ours, stock] = errors;
  assert.ok(ours instanceof undici.errors.ConnectTimeoutError);
  assert.ok(ours instanceof undici.errors.UndiciError);
  for (const name of ['name', 'code', 'message'] as const) assert.equal(ours[name], stock?.[name]);
});

void test('connections that another library answers itself are left to it', async (t) => {
  assert.equal(await compare(t, 'takenOver'), 'mock');
});

void test("a global agent that is not Node's is left as it is, with one warning for each consequence", async (t) => {
  const { url, root } = await goodOrigin(t);
  const expected = { result: ['socket', 'response', 'close'], same: true, untouched: true };
  assert.deepEqual(await compare(t, 'foreignAgent', [url], root), expected);
  const options = { system: false, fetchIntermediates: true };
  const { stderr } = await runScenario(SCENARIOS, 'foreignAgent', {
    input: { options, urls: [url] },
    env: { NODE_NO_WARNINGS: '' },
  });
  const consequences = ['do not apply to its connections', 'connections it keeps are not closed'];
  const counts = consequences.map((text) => stderr.split(text).length - 1);
  assert.deepEqual(counts, [1, 1], stderr);
});
