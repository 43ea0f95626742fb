import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import * as truststore from '../../dist/index.js';
import { createMemoryBinding } from '../helpers/memory-binding.js';
import { viaTls } from './attempts.js';
import { createLeaf, createRoot, startServer } from './harness.js';
import { internalsOf } from './scenario-tools.js';

const userCAs = { env: false };
const binding = createMemoryBinding();
const { createSecureContext } = truststore;
internalsOf(truststore).setBindingForTests(binding);

const hasPartialChain = (): boolean => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 18);
};

async function prepare(t: TestContext): Promise<{ url: string; root: string }> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  binding.setStore({ anchors: [root.pem] });
  return { url, root: root.pem };
}

void test('a context of ours trusts the store, and connections share it', async (t) => {
  const { url } = await prepare(t);
  const { connect } = tls;
  const secureContext = createSecureContext({ userCAs });
  assert.equal(
    tls.connect,
    connect,
    'where nothing is distrusted, a context is all there is to it',
  );
  assert.equal(await viaTls(url, { secureContext }), 'ok');
  assert.equal(await viaTls(url, { secureContext }), 'ok');
  assert.equal(await viaTls(url), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'nothing else is changed');
});

void test('the same options give the same context until the store changes', async (t) => {
  const { root } = await prepare(t);
  const first = createSecureContext({ userCAs });
  assert.equal(createSecureContext({ userCAs }), first);
  assert.notEqual(createSecureContext({ userCAs, minVersion: 'TLSv1.3' }), first);
  assert.notEqual(createSecureContext({ userCAs, bundled: false }), first);
  const leaf = await createLeaf(await createRoot());
  const withKey = { userCAs, cert: leaf.pem, key: leaf.keyPem };
  assert.equal(createSecureContext(withKey), createSecureContext({ ...withKey }));
  assert.notEqual(createSecureContext(withKey), first);
  const other = await createRoot();
  binding.setStore({ anchors: [root, other.pem] });
  assert.notEqual(createSecureContext({ userCAs }), first);
});

void test('an empty set and a bad user CA are refused', async (t) => {
  await prepare(t);
  assert.throws(() => createSecureContext({ bundled: false, system: false, userCAs }), {
    code: 'ERR_TRUSTSTORE_EMPTY_SET',
  });
  assert.throws(() => createSecureContext({ userCAs: 'nonsense' }), {
    code: 'ERR_TRUSTSTORE_USER_CA',
  });
});

void test('with allowPartialTrustChain every anchor ends a chain and no intermediate does', async (t) => {
  const hidden = await createRoot();
  const anchored = await createRoot({ commonName: 'Company CA', issuer: hidden });
  const root = await createRoot();
  const helper = await createRoot({ commonName: 'Helper CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(anchored));
  const { url: helperUrl } = await startServer(t, await createLeaf(helper));
  binding.setStore({ anchors: [root.pem, anchored.pem], intermediates: [helper.pem] });
  const usual = createSecureContext({ userCAs });
  assert.notEqual(await viaTls(url, { secureContext: usual }), 'ok');
  assert.equal(await viaTls(helperUrl, { secureContext: usual }), 'ok');
  const partial = createSecureContext({ userCAs, allowPartialTrustChain: true });
  assert.equal((await viaTls(url, { secureContext: partial })) === 'ok', hasPartialChain());
  assert.notEqual(await viaTls(helperUrl, { secureContext: partial }), 'ok');
});

void test('a distrusted intermediate is refused though its root is trusted and the server sends it', async (t) => {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const sibling = await createRoot({ commonName: 'Other CA', issuer: root });
  const { url } = await startServer(t, await createLeaf(intermediate), [intermediate]);
  const { url: siblingUrl } = await startServer(t, await createLeaf(sibling), [sibling]);
  const kinds = [
    {},
    { bundled: false },
    { allowPartialTrustChain: true },
    { maxVersion: 'TLSv1.2' },
  ];
  const attempts = (): Promise<string[][]> =>
    Promise.all(
      kinds.map((kind) => {
        const secureContext = createSecureContext({ userCAs, ...(kind as object) });
        return Promise.all([url, siblingUrl].map((each) => viaTls(each, { secureContext })));
      }),
    );
  binding.setStore({ anchors: [root.pem] });
  assert.deepEqual(await attempts(), Array<string[]>(4).fill(['ok', 'ok']));
  binding.setStore({ anchors: [root.pem], distrusted: [intermediate.pem] });
  assert.deepEqual(await attempts(), Array<string[]>(4).fill(['CERT_REJECTED', 'ok']));
});

void test('what a context cannot express is asked of its connections alone, and only where something is distrusted', async (t) => {
  const root = await createRoot();
  const other = await createRoot({ commonName: 'Other Root' });
  const twin = await createRoot({
    commonName: root.certificate.subject.replace('CN=', ''),
    issuer: other,
    keys: root.keys,
  });
  const intermediate = await createRoot({ commonName: 'Issued CA', issuer: root });
  const good = await startServer(t, await createLeaf(root), [twin]);
  const bad = await startServer(t, await createLeaf(intermediate), [intermediate]);
  binding.setStore({
    anchors: [root.pem, other.pem],
    distrusted: [twin.pem, intermediate.pem],
  });
  const secureContext = createSecureContext({ userCAs });
  const ca = [root.pem];
  assert.deepEqual(
    {
      good: await viaTls(good.url, { secureContext }),
      bad: await viaTls(bad.url, { secureContext }),
      own: await viaTls(bad.url, { secureContext, checkServerIdentity: () => undefined }),
      explicit: await viaTls(bad.url, { ca }),
      other: await viaTls(bad.url, { secureContext: tls.createSecureContext({ ca }) }),
    },
    { good: 'ok', bad: 'CERT_REJECTED', own: 'CERT_REJECTED', explicit: 'ok', other: 'ok' },
  );
  const { checkServerIdentity } = secureContext;
  assert.equal(await viaTls(good.url, { secureContext, checkServerIdentity }), 'ok');
  assert.equal(await viaTls(bad.url, { ca, checkServerIdentity }), 'CERT_REJECTED', 'without us');
  assert.match(await viaTls(good.url, { ca, checkServerIdentity, servername: 'x' }), /NAME/);
});
