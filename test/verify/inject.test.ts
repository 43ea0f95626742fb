/**
 * `inject()` adds verification to the default agent and dispatcher only.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { InstalledProject } from '../helpers/installed.js';
import { runScenario, temporaryDirectory, writeFile } from '../inject/harness.js';
import { aia, createAuthority, crlAt, makeCrl, startPublisher } from './authority.js';
import { startOrigin } from './origin.js';
import type { Origin } from './origin.js';

const SCENARIOS = join(__dirname, 'inject.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const all = (result: string): object => ({ https: result, fetch: result, undici: result });

interface World {
  origin: Origin;
  input: { url: string; root: string; other: string; intermediate: Buffer; options: object };
}

/** Starts a server that leaves out its intermediate. */
async function forgetful(t: TestContext): Promise<World> {
  const publisher = await startPublisher(t);
  const { root, intermediate, leaf } = await createAuthority();
  const { root: other } = await createAuthority();
  const url = publisher.publish('ca.cer', intermediate.der);
  const origin = await startOrigin(t, { leaf: await leaf({ extensions: [aia(url)] }) });
  const options = { fetchIntermediates: true };
  return {
    origin,
    input: {
      url: origin.url,
      root: root.pem,
      other: other.pem,
      intermediate: intermediate.der,
      options,
    },
  };
}

async function run(name: string, input: unknown): Promise<unknown> {
  return (await runScenario(SCENARIOS, name, { input })).result;
}

void test('fetch() works with a host that forgets its intermediate, after one line', async (t) => {
  const { input } = await forgetful(t);
  assert.equal(await run('oneLine', input), 'ok');
  assert.equal(await run('oneLine', { ...input, options: {} }), REFUSED);
});

void test('it begins and ends with the option', async (t) => {
  const { input, origin } = await forgetful(t);
  const result = await run('beforeDuringAfter', input);
  assert.deepEqual(result, { before: all(REFUSED), during: all('ok'), after: all(REFUSED) });
  assert.ok(origin.received() > 0);
});

void test("npm's undici is covered also when it is loaded first", async (t) => {
  const { input } = await forgetful(t);
  assert.deepEqual(await run('npmUndiciFirst', input), all('ok'));
});

void test('restore() takes everything back', async (t) => {
  const { input } = await forgetful(t);
  const { during, after } = (await run('observables', input)) as Record<
    'during' | 'after',
    string[]
  >;
  assert.ok(during.includes('agent.createConnection'), String(during));
  assert.ok(
    during.some((name) => name.includes('globalDispatcher')),
    String(during),
  );
  assert.deepEqual(after, []);
});

void test('an injection that is stopped half way has changed nothing', async (t) => {
  const { input } = await forgetful(t);
  assert.deepEqual(await run('halfWay', input), {
    first: { outcome: 'TypeError', changed: [] },
    again: ['done', 'TypeError'],
    same: true,
    client: REFUSED,
    after: [],
  });
});

void test("a dispatcher of the program's own is left alone", async (t) => {
  const { input } = await forgetful(t);
  assert.deepEqual(await run('ownDispatcher', input), { kept: true, result: REFUSED });
});

void test('what a request says itself keeps its meaning', async (t) => {
  const { input } = await forgetful(t);
  assert.deepEqual(await run('explicitOptions', input), {
    ca: REFUSED,
    secureContext: REFUSED,
    rejectUnauthorized: 'ok',
    checkServerIdentity: 'MINE',
    noCa: ['ok', 'ok'],
    plain: 'ok',
  });
});

void test("a list with all of Node's roots is verified as the defaults are", async (t) => {
  const { input } = await forgetful(t);
  const completed = { rootInForce: 'ok', rootNamed: 'ok', nestedToo: 'ok', oneMissing: REFUSED };
  assert.deepEqual(await run('rootLists', input), { ...completed, switchedOff: REFUSED });
  const { origin, root, other } = await revokedWorld(t);
  const options = { revocation: 'soft-fail' };
  assert.deepEqual(await run('rootLists', { url: origin.url, root, other, options }), {
    rootInForce: 'CERT_REVOKED',
    rootNamed: 'CERT_REVOKED',
    nestedToo: 'CERT_REVOKED',
    oneMissing: 'ok',
    switchedOff: 'ok',
  });
});

void test('an agent with a set of its own takes no list for what is injected', async (t) => {
  const { input } = await forgetful(t);
  assert.deepEqual(await run('ownAgent', input), { injected: REFUSED, named: 'ok' });
  const { origin, root, other } = await revokedWorld(t);
  const options = { revocation: 'soft-fail' };
  assert.deepEqual(await run('ownAgent', { url: origin.url, root, other, options }), {
    injected: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    named: 'CERT_REVOKED',
  });
});

void test('a root taken out at run time is out at once', async (t) => {
  const { input } = await forgetful(t);
  const { before, after, again } = (await run('removal', input)) as Record<string, object>;
  assert.deepEqual(before, all('ok'));
  assert.deepEqual(after, all(REFUSED));
  assert.deepEqual(again, all('ok'));
});

void test('defaults the program sets itself are not widened by what was injected', async (t) => {
  const { input, origin } = await forgetful(t);
  const result = await run('programsOwnDefaults', input);
  if (result === 'not there') return;
  assert.deepEqual(result, all(REFUSED));
  assert.equal(origin.received(), 0);
});

/** Starts a server whose certificate is on the list of its CA. */
async function revokedWorld(
  t: TestContext,
): Promise<{ origin: Origin; root: string; other: string }> {
  const publisher = await startPublisher(t);
  const { root, intermediate, leaf } = await createAuthority(() => ({
    extensions: [crlAt(`${publisher.base}/root.crl`)],
  }));
  const revoked = await leaf({ extensions: [crlAt(`${publisher.base}/leaf.crl`)] });
  publisher.publish('root.crl', await makeCrl({ issuer: root }));
  publisher.publish('leaf.crl', await makeCrl({ issuer: intermediate, revoked: [revoked] }));
  const { root: other } = await createAuthority();
  const origin = await startOrigin(t, { leaf: revoked, chain: [intermediate] });
  return { origin, root: root.pem, other: other.pem };
}

void test('revocation is checked by the default clients', async (t) => {
  const { origin, root } = await revokedWorld(t);
  const input = { url: origin.url, root, options: { revocation: 'soft-fail' } };
  assert.deepEqual(await run('beforeDuringAfter', input), {
    before: all('ok'),
    during: all('CERT_REVOKED'),
    after: all('ok'),
  });
});

void test('worker threads verify alike', async (t) => {
  const { input } = await forgetful(t);
  assert.equal(await run('worker', input), 'ok');
});

void test('the environment can ask for it, without a change of the program', async (t) => {
  const { input } = await forgetful(t);
  const directory = temporaryDirectory(t);
  const env = {
    OS_TRUSTSTORE_USER_CAS: writeFile(directory, 'root.pem', input.root),
    OS_TRUSTSTORE_SYSTEM: '0',
    XDG_CACHE_HOME: directory,
  };
  const cwd = new InstalledProject().path;
  const execArgv = ['--require', 'os-truststore/register'];
  const attempt = async (more: object): Promise<unknown> =>
    (await runScenario(SCENARIOS, 'registered', { input, cwd, execArgv, env: { ...env, ...more } }))
      .result;
  assert.equal(await attempt({}), REFUSED);
  // The certificate names a place on this machine, which only a program can allow.
  assert.equal(await attempt({ OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1' }), REFUSED);
  // It is in the cache, so it need not be fetched.
  mkdirSync(join(directory, 'os-truststore', 'intermediates'), { recursive: true });
  const name = createHash('sha256').update(input.intermediate).digest('hex');
  writeFileSync(join(directory, 'os-truststore', 'intermediates', name), input.intermediate);
  assert.equal(await attempt({ OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1' }), 'ok');
});
