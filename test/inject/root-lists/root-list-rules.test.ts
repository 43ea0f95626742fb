import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import { EKU } from '../../helpers/pki.js';
import type { TestCertificate } from '../../helpers/pki.js';
import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';
import type { RunOptions } from '../harness.js';

const SCENARIOS = join(__dirname, 'root-list-rules.scenarios.js');
const SERVERS = join(__dirname, 'root-list-servers.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const refusals = [REFUSED, 'CERT_REJECTED', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'];

interface Prepared {
  root: TestCertificate;
  own: TestCertificate;
  /** For scenarios: a server of the store and one of the program's own CA. */
  input: Record<'url' | 'ownUrl' | 'root' | 'own', string>;
}

async function prepare(t: TestContext): Promise<Prepared> {
  const [root, own] = [await createRoot(), await createRoot()];
  const { url } = await startServer(t, await createLeaf(root));
  const { url: ownUrl } = await startServer(t, await createLeaf(own));
  return { root, own, input: { url, ownUrl, root: root.pem, own: own.pem } };
}

const fingerprintOf = ({ pem }: TestCertificate): string => new X509Certificate(pem).fingerprint256;
const identityOf = (one: TestCertificate): object => ({ cert: one.pem, key: one.keyPem });

const unwantedWays: Record<string, (prepared: Prepared) => object> = {
  'the store distrusts': ({ root, own }) => ({
    store: { anchors: [root.pem], distrusted: [own.pem] },
  }),
  'the store distrusts by issuer and serial number': ({ root, own }) => ({
    store: { anchors: [root.pem], distrustedNames: [own.pem] },
  }),
  'the program has excluded': ({ root, own }) => ({
    store: { anchors: [root.pem] },
    inject: { exclude: [fingerprintOf(own)] },
  }),
};
for (const [name, make] of Object.entries(unwantedWays)) {
  void test(`a certificate that ${name} is refused although a list names it`, async (t) => {
    const prepared = await prepare(t);
    const input = { inject: {}, ...prepared.input, ...make(prepared) };
    const { result } = await runScenario<Record<string, string[]>>(SCENARIOS, 'unwanted', {
      input,
    });
    assert.ok(Object.keys(result).length > 0);
    for (const [combination, [store, own = '']] of Object.entries(result)) {
      assert.equal(store, 'ok', combination);
      assert.ok(refusals.includes(own), `${combination}: ${own}`);
    }
  });
}

for (const how of ['remove', 'exclude', 'distrust']) {
  void test(`what a list names is refused after ${how}, also by sockets and sessions from before`, async (t) => {
    const { input, own } = await prepare(t);
    const { result } = await runScenario<Record<'before' | 'after', string[]>>(
      SCENARIOS,
      'removedLater',
      { input: { ...input, fingerprint: fingerprintOf(own), how } },
    );
    const { after, ...rest } = result;
    assert.deepEqual(rest, { before: ['ok', 'ok', 'ok', 'ok'], store: 'ok' });
    assert.ok(
      after.every((code) => refusals.includes(code)),
      after.join(),
    );
  });
}

void test('rootLists: false later on ends what sockets and sessions have of lists', async (t) => {
  const { input } = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'switchedOffLater', { input });
  assert.deepEqual(result, {
    before: ['ok', 'ok', 'ok', 'ok'],
    after: [REFUSED, REFUSED, REFUSED, REFUSED],
    own: 'ok',
  });
});

const bundledIn: Record<string, RunOptions> = {
  'bundled roots': {},
  'the store of OpenSSL': { execArgv: ['--use-openssl-ca'], env: { SSL_CERT_FILE: '' } },
};
for (const [name, { execArgv = [], ...options }] of Object.entries(bundledIn)) {
  void test(`with ${name}, a root of Node is accepted in lists until the store distrusts it`, async (t) => {
    const { input, root } = await prepare(t);
    const attempt = async (store: object): Promise<Record<string, string[]>> =>
      (
        await runScenario<Record<string, string[]>>(SCENARIOS, 'bundledRoot', {
          ...options,
          input: { ...input, store },
          execArgv: ['--expose-internals', ...execArgv],
        })
      ).result;
    // Where the defaults cannot be set, they hold Node's built-in roots and not the ones it reports here.
    const holds = execArgv.length > 0 || 'setDefaultCACertificates' in tls;
    for (const [combination, codes] of Object.entries(await attempt({}))) {
      assert.deepEqual(codes, [holds ? 'ok' : REFUSED, 'ok'], combination);
    }
    const distrusting = await attempt({ distrusted: [root.pem] });
    assert.ok(Object.keys(distrusting).length > 0);
    for (const [combination, [bundled = '', own]] of Object.entries(distrusting)) {
      assert.ok(refusals.includes(bundled), `${combination}: ${bundled}`);
      assert.equal(own, 'ok', combination);
    }
  });
}

void test("servers' lists let in whom they name: no client of the store", async (t) => {
  const { input, root, own } = await prepare(t);
  const clientOf = async (issuer: TestCertificate): Promise<object> =>
    identityOf(await createLeaf(issuer, { commonName: 'client', eku: [EKU.clientAuth] }));
  const { result } = await runScenario<Record<string, boolean[]>>(SERVERS, 'clientsOfServers', {
    input: {
      ...input,
      leaf: identityOf(await createLeaf(root)),
      ofStore: await clientOf(root),
      ofOwn: await clientOf(own),
    },
  });
  assert.ok(Object.keys(result).length > 0);
  for (const [server, clients] of Object.entries(result)) {
    assert.deepEqual(clients, [false, true], server);
  }
});

void test('connections share a context when their lists name the same besides', async (t) => {
  const { input, own } = await prepare(t);
  const client = identityOf(await createLeaf(own, { commonName: 'client' }));
  const { result } = await runScenario(SCENARIOS, 'sharing', { input: { ...input, client } });
  assert.deepEqual(result, {
    'another list with the same besides': true,
    'something else besides': false,
    'nothing besides': false,
    'no list': false,
    'other parameters': false,
    'a client certificate': false,
    'a client certificate twice': false,
    'after restore': false,
  });
});

void test('an intermediate that a list names ends chains only where that is allowed, as without us', async (t) => {
  const { input } = await prepare(t);
  const intermediate = await createRoot({ issuer: await createRoot() });
  const { url: chainUrl } = await startServer(t, await createLeaf(intermediate));
  const { result } = await runScenario<Record<string, Record<string, string[]>>>(
    SCENARIOS,
    'partialChains',
    { input: { ...input, chainUrl, intermediate: intermediate.pem } },
  );
  const { stock } = result;
  assert.ok(!stock?.['url']?.includes('ok'));
  const expected = { ...stock, url: ['ok', 'ok'] };
  assert.deepEqual(result, { stock, first: expected, then: expected });
});

for (const replace of [true, false]) {
  const words = replace ? 'replaces' : 'extends';
  void test(`a program that ${words} the default list has the last word, also over contexts that are shared`, async (t) => {
    if (!('setDefaultCACertificates' in tls)) {
      t.skip('this line cannot set the default list');
      return;
    }
    const { input, root } = await prepare(t);
    const distrusted = (await createRoot({ issuer: await createRoot() })).pem;
    for (const more of [{}, { distrusted: [distrusted] }]) {
      const store = { anchors: [root.pem], ...more };
      const { result } = await runScenario(SCENARIOS, 'setByProgram', {
        input: { ...input, store, replace },
      });
      const code = replace ? REFUSED : 'ok';
      assert.deepEqual(result, {
        before: ['ok', 'ok', 'ok', REFUSED],
        after: [code, 'ok', code, 'ok'],
        takesRootLists: !replace,
        restored: [REFUSED, 'ok', REFUSED, 'ok'],
      });
    }
  });
}

for (const execArgv of [[], ['--use-openssl-ca']]) {
  void test(`such a program ends what sockets and sessions have of lists [${execArgv.join()}]`, async (t) => {
    if (!('setDefaultCACertificates' in tls)) {
      t.skip('this line cannot set the default list');
      return;
    }
    const { input } = await prepare(t);
    const options = { execArgv, input };
    const { result } = await runScenario<Record<'before' | 'after', string[]>>(
      SCENARIOS,
      'replacedLater',
      options,
    );
    assert.deepEqual(result.before, ['ok', 'ok', 'ok', 'ok']);
    assert.ok(!result.after.includes('ok'), result.after.join());
  });
}

for (const early of [false, true]) {
  const words = early ? 'and what the program had set' : 'and nothing else';
  void test(`the default list that Node tells is the set in force ${words}`, async (t) => {
    if (!('getCACertificates' in tls)) {
      t.skip('this line cannot list certificates');
      return;
    }
    if (early && !('setDefaultCACertificates' in tls)) {
      t.skip('this line cannot set the default list');
      return;
    }
    const { input } = await prepare(t);
    const more = early ? { early: (await createRoot()).pem } : {};
    const { result } = await runScenario(SCENARIOS, 'askedLists', { input: { ...input, ...more } });
    assert.deepEqual(result, {
      injected: [true, true, false, true],
      added: [true, true, true, true],
      removed: [true, true, false, true],
      restored: true,
    });
  });
}

void test('the log says once for each addition that a list was taken for the defaults', async (t) => {
  const { input } = await prepare(t);
  const { result } = await runScenario(SCENARIOS, 'logged', { input });
  assert.deepEqual(result, {
    before: 0,
    seen: [
      ['info', { besides: 1 }],
      ['info', { besides: 0 }],
    ],
  });
});
