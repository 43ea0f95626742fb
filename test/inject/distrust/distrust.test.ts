import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'distrust.scenarios.js');

interface EveryWay {
  first: string;
  settled: Record<string, string>;
  agent: string;
  distrusted: number;
}

function assertRefused({ first, settled, agent }: EveryWay, expected: RegExp): void {
  for (const code of [first, agent, ...Object.values(settled)]) assert.match(code, expected);
}

void test('a root the operating system distrusts is refused though Node has it by default', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const extra = writeFile(temporaryDirectory(t), 'extra.pem', root.pem);
  const run = (distrusted: string[]): Promise<{ result: EveryWay }> =>
    runScenario<EveryWay>(SCENARIOS, 'everyWay', {
      env: { NODE_EXTRA_CA_CERTS: extra },
      input: { url, store: { anchors: [], distrusted } },
    });
  const trusted = await run([]);
  assert.equal(trusted.result.first, 'ok', 'without distrust it is accepted');
  assert.equal(trusted.result.settled.fetch, 'ok');
  const { result } = await run([root.pem]);
  assertRefused(result, /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/);
  assert.equal(result.distrusted, 1);
});

void test('a root excluded by fingerprint is refused though Node has it by default', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const extra = writeFile(temporaryDirectory(t), 'extra.pem', root.pem);
  const exclude = [new X509Certificate(root.pem).fingerprint256];
  const run = (inject: object): Promise<{ result: string }> =>
    runScenario<string>(SCENARIOS, 'excludedByFingerprint', {
      env: { NODE_EXTRA_CA_CERTS: extra },
      input: { url, store: {}, inject },
    });
  assert.equal((await run({})).result, 'ok');
  assert.equal((await run({ exclude })).result, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

void test('a distrusted intermediate is refused though its root is trusted and the server sends it', async (t) => {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(intermediate), [intermediate]);
  const run = (distrusted: string[]): Promise<{ result: EveryWay }> =>
    runScenario<EveryWay>(SCENARIOS, 'everyWay', {
      input: { url, store: { anchors: [root.pem], distrusted } },
    });
  const trusted = await run([]);
  assert.equal(trusted.result.first, 'ok', 'without distrust it is accepted');
  const { result } = await run([intermediate.pem]);
  assertRefused(result, /^CERT_REJECTED$/);
});

void test('a distrusted intermediate is refused however much is sent besides, and however it is hidden', async (t) => {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const stranger = await createRoot({ commonName: 'Stranger' });
  // Node links it, and OpenSSL skips it.
  const decoy = await createRoot({
    commonName: 'Issued CA',
    issuer: stranger,
    keys: intermediate.keys,
    validTo: new Date('2021-01-01T00:00:00Z'),
  });
  const crowd = Array.from({ length: 130 }, () => stranger);
  const leaf = await createLeaf(intermediate);
  const { url } = await startServer(t, leaf, [decoy, ...crowd, intermediate]);
  const run = (distrusted: string[]): Promise<{ result: EveryWay }> =>
    runScenario<EveryWay>(SCENARIOS, 'everyWay', {
      input: { url, store: { anchors: [root.pem], distrusted } },
    });
  assert.equal((await run([])).result.first, 'ok', 'without distrust it is accepted');
  assertRefused((await run([intermediate.pem])).result, /^CERT_REJECTED$/);
});

void test('a session of a distrusted server is not resumed, however it is handed over', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const { url } = await startServer(t, leaf);
  const run = (distrusted: string[]): Promise<{ result: unknown }> =>
    runScenario(SCENARIOS, 'sessionByHand', {
      input: { url, ca: root.pem, store: { anchors: [root.pem], distrusted } },
    });
  assert.deepEqual((await run([])).result, { passed: 'ok', set: 'ok reused' });
  assert.deepEqual((await run([leaf.pem])).result, {
    passed: 'CERT_REJECTED',
    set: 'CERT_REJECTED',
  });
});

void test('options in two objects are written into the first as by Node, and nothing of ours', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const { url } = await startServer(t, leaf);
  const { result } = await runScenario(SCENARIOS, 'twoObjects', {
    input: { url, store: { anchors: [root.pem], distrusted: [leaf.pem] } },
  });
  assert.deepEqual(result, { outcome: 'CERT_REJECTED', first: ['host', 'port', 'servername'] });
});

void test('a distrusted intermediate is refused in contexts of every kind', async (t) => {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(intermediate), [intermediate]);
  const { result } = await runScenario<Record<string, string>>(SCENARIOS, 'otherContexts', {
    input: { url, store: { anchors: [root.pem], distrusted: [intermediate.pem] } },
  });
  assert.deepEqual(result, { context: 'CERT_REJECTED', ciphers: 'CERT_REJECTED' });
});

void test('a context of the program’s with default trust is judged by what is distrusted when it is used', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const store = { anchors: [root.pem] };
  const { result } = await runScenario(SCENARIOS, 'contextOfBefore', {
    input: { url, store, later: { ...store, distrusted: [root.pem] } },
  });
  // The context keeps the root for good, and belongs to the program alone again after restore().
  assert.deepEqual(result, { before: 'ok', after: 'CERT_REJECTED', restored: 'ok' });
});

void test('a distrusted leaf is refused though its chain is good', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const { url } = await startServer(t, leaf);
  const { result } = await runScenario<EveryWay>(SCENARIOS, 'everyWay', {
    input: { url, store: { anchors: [root.pem], distrusted: [leaf.pem] } },
  });
  assertRefused(result, /^CERT_REJECTED$/);
});

void test('what the operating system knows by issuer and serial number alone is refused too', async (t) => {
  const root = await createRoot();
  const named = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const { url: extraUrl } = await startServer(t, await createLeaf(named));
  const { url: sentUrl } = await startServer(t, await createLeaf(intermediate), [intermediate]);
  const extra = writeFile(temporaryDirectory(t), 'extra.pem', named.pem);
  const run = (
    url: string,
    distrustedNames: string[],
    userCAs: string[] = [],
  ): Promise<{ result: EveryWay }> =>
    runScenario<EveryWay>(SCENARIOS, 'everyWay', {
      env: { NODE_EXTRA_CA_CERTS: extra },
      input: { url, store: { anchors: [root.pem], distrustedNames }, inject: { userCAs } },
    });
  for (const url of [extraUrl, sentUrl]) {
    assert.equal((await run(url, [])).result.first, 'ok', 'without distrust it is accepted');
  }
  const noIssuer = /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/;
  const { result } = await run(extraUrl, [named.pem]);
  assertRefused(result, noIssuer);
  assert.equal(result.distrusted, 1);
  assertRefused((await run(extraUrl, [named.pem], [named.pem])).result, noIssuer);
  const sent = await run(sentUrl, [intermediate.pem]);
  assertRefused(sent.result, /^CERT_REJECTED$/);
  assert.equal(sent.result.distrusted, 0, 'no list holds it');
});

void test('such distrust counts from the next connection on, also where a socket or session was kept', async (t) => {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(intermediate), [intermediate]);
  const store = { anchors: [root.pem] };
  const { result } = await runScenario(SCENARIOS, 'namedLater', {
    input: { url, store, later: { ...store, distrustedNames: [intermediate.pem] } },
  });
  assert.deepEqual(result, {
    before: ['ok', 'ok', 'ok'],
    after: ['CERT_REJECTED', 'CERT_REJECTED', 'CERT_REJECTED'],
  });
});

void test('a bundled root the operating system distrusts is in no list any more', async () => {
  const root = await createRoot();
  const { result } = await runScenario(SCENARIOS, 'bundledRoot', {
    input: { store: { anchors: [root.pem] } },
  });
  assert.deepEqual(result, { installed: false, avoided: true, inForce: false, others: true });
});
