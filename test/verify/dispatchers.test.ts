/**
 * Verification behind `fetch` applies to any global dispatcher, or a warning says that it does not.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { startConnectProxy } from '../helpers/connect-proxy.js';
import { createLeaf, createRoot, runScenario, startServer } from '../inject/harness.js';
import { aia, createAuthority, startPublisher } from './authority.js';
import { startOrigin } from './origin.js';

const SCENARIOS = join(__dirname, 'dispatchers.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const VERIFYING = { fetchIntermediates: true };

interface Proxy {
  env: Record<string, string>;
  tunnels(): number;
}

async function startProxy(t: TestContext): Promise<Proxy> {
  const { url, tunnels } = await startConnectProxy(t);
  return { env: { HTTPS_PROXY: url, NODE_USE_ENV_PROXY: '1' }, tunnels };
}

/** Starts a server that leaves out its intermediate. */
async function forgetful(t: TestContext): Promise<{ url: string; root: string; options: object }> {
  const publisher = await startPublisher(t);
  const { root, intermediate, leaf } = await createAuthority();
  const extensions = [aia(publisher.publish('ca.cer', intermediate.der))];
  const { url } = await startOrigin(t, { leaf: await leaf({ extensions }) });
  return { url, root: root.pem, options: VERIFYING };
}

async function run(name: string, input?: unknown, env = {}): Promise<unknown> {
  return (await runScenario(SCENARIOS, name, { input, env })).result;
}

for (const npm of [false, true]) {
  const whose = npm ? "npm's EnvHttpProxyAgent" : "Node's own dispatcher for proxies";
  const reason = 'this Node does not read the variables of proxies';
  const isMissing = async ({ env }: Proxy): Promise<boolean> =>
    !npm && (await run('hasEnvProxy', null, env)) !== true;

  void test(`behind a proxy a missing intermediate is fetched (${whose})`, async (t) => {
    const proxy = await startProxy(t);
    if (await isMissing(proxy)) {
      t.skip(reason);
      return;
    }
    const input = { ...(await forgetful(t)), npm };
    const { env } = proxy;
    assert.deepEqual(await run('throughProxy', input, env), {
      results: [REFUSED, 'ok', 'ok', REFUSED],
      same: true,
    });
    assert.ok(proxy.tunnels() > 2, String(proxy.tunnels()));
  });

  void test(`behind a proxy what was taken away is not reused (${whose})`, async (t) => {
    const proxy = await startProxy(t);
    if (await isMissing(proxy)) {
      t.skip(reason);
      return;
    }
    const root = await createRoot();
    const { url } = await startServer(t, await createLeaf(root));
    const { pem: other } = await createRoot();
    for (const options of [{}, VERIFYING, { revocation: 'soft-fail' }]) {
      assert.deepEqual(
        await run('takenAway', { url, root: root.pem, other, npm, options }, proxy.env),
        ['ok', 'ok', REFUSED, 'ok', REFUSED],
        JSON.stringify(options),
      );
    }
  });
}

void test('the stock dispatcher is the same object after restore(), and keeps no connection', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  assert.deepEqual(await run('identity', { url, root: root.pem, options: VERIFYING }), {
    results: [REFUSED, 'ok', 'ok', REFUSED],
    same: true,
  });
});

void test('HTTP/2 is spoken as it is without verification', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(
    t,
    await createLeaf(root),
    [],
    {},
    ({ httpVersion }) => httpVersion,
  );
  const [stock, verified] = (await run('protocols', {
    url,
    root: root.pem,
    options: VERIFYING,
  })) as string[];
  assert.match(stock ?? '', /^[12]\.[01]$/);
  assert.equal(verified, stock);
});

void test('a dispatcher that is not reached is warned of', async (t) => {
  const results = (await run('warnings', await forgetful(t))) as Record<string, boolean[]>;
  const { plain, ...others } = results;
  for (const [name, warned] of Object.entries(others)) {
    assert.deepEqual(warned, [true, true], name);
  }
  assert.deepEqual(plain, [false, true], 'set later, it is used as it is');
});
