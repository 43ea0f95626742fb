/**
 * Connections that name CAs of their own, or none, through one agent: a result for one must not be used for another.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import * as net from 'node:net';
import { test } from 'node:test';

import { createConnector } from '../../dist/index.js';
import { scopeOf } from '../../dist/verify/trust.js';
import { aia, createAuthority, createCertificate, pkcs7, startPublisher } from './authority.js';
import { codeOf, makeClients, onlyTrusting, startOrigin, viaHttps } from './origin.js';
import { agentOf, forgetful, revocable } from './worlds.js';

const UNKNOWN_ISSUER = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
/** JavaScript allows these; Node's types know only one of them. */
const NO_CA = [undefined, null, ''] as undefined[];

void test('ca: undefined, null and empty texts name no CA', async (t) => {
  const { origin, options } = await forgetful(t);
  const { origin: other, options: strict, leaf, publishLeafCrl } = await revocable(t);
  await publishLeafCrl({ revoked: [leaf] });
  for (const ca of NO_CA) {
    const named = JSON.stringify({ ca });
    assert.equal(
      await viaHttps(origin.url, { agent: agentOf(t, { ...options, ca }) }),
      'ok',
      named,
    );
    assert.equal(await viaHttps(origin.url, { agent: agentOf(t, options), ca }), 'ok', named);
    const agent = agentOf(t, { ...strict, ca });
    assert.equal(await viaHttps(other.url, { agent }), 'CERT_REVOKED', named);
    const clients = makeClients({ ...options, ca });
    t.after(clients.close);
    assert.deepEqual(await Promise.all([clients.fetch(origin.url), clients.undici(origin.url)]), [
      'ok',
      'ok',
    ]);
  }
  assert.equal(other.received(), 0);
});

void test('a list of no CAs is a list, and what it cannot do is no news for others', async (t) => {
  const { origin, options, root } = await forgetful(t);
  const agent = agentOf(t, options);
  const { root: stranger } = await createAuthority();
  assert.equal(await viaHttps(origin.url, { agent, ca: [] }), UNKNOWN_ISSUER);
  assert.equal(await viaHttps(origin.url, { agent, ca: stranger.pem }), UNKNOWN_ISSUER);
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  assert.equal(await viaHttps(origin.url, { agent, ca: [] }), UNKNOWN_ISSUER);
  // Node takes any view of bytes.
  const bytes = new Uint8Array(Buffer.from(root.pem)) as Buffer;
  assert.equal(await viaHttps(origin.url, { agent, ca: bytes }), 'ok');
});

void test('what options make of the trusted certificates has a name of its own', async () => {
  const { root, intermediate } = await createAuthority();
  const scopes = [
    {},
    { ca: [] },
    { ca: root.pem },
    { ca: [root.pem, intermediate.pem] },
    { allowPartialTrustChain: true },
    { ca: root.pem, allowPartialTrustChain: true },
  ].map(scopeOf);
  assert.equal(new Set(scopes).size, scopes.length, JSON.stringify(scopes));
  assert.equal(scopeOf({ ca: Buffer.from(root.pem) }), scopeOf({ ca: root.pem }));
});

void test('what was fetched ends no chain where any certificate may', async (t) => {
  const { origin, options } = await forgetful(t);
  const agent = agentOf(t, options);
  const partial = { agent, allowPartialTrustChain: true };
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
  assert.match(await viaHttps(origin.url, partial), /^UNABLE_TO_/);
  assert.equal(await viaHttps(origin.url, { agent }), 'ok');
});

void test('of a file with many certificates only the first few are looked at', async (t) => {
  const keys = (await createCertificate({ commonName: 'Many' })).keys;
  const many = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      createCertificate({ commonName: `CA ${String(index)}`, keys }),
    ),
  );
  const { origin, options } = await forgetful(t, ({ intermediate }) =>
    pkcs7(...many, intermediate),
  );
  const agent = agentOf(t, options);
  const { verify } = X509Certificate.prototype;
  let checks = 0;
  X509Certificate.prototype.verify = function (key) {
    checks++;
    return verify.call(this, key);
  };
  t.after(() => {
    X509Certificate.prototype.verify = verify;
  });
  assert.equal(await viaHttps(origin.url, { agent }), UNKNOWN_ISSUER);
  assert.ok(checks < 64, `${String(checks)} signatures were checked`);
});

void test('a tunnel made once learns for the next one, also when the certificate has changed', async (t) => {
  const publisher = await startPublisher(t);
  const authorities = [await createAuthority(), await createAuthority()];
  const origins = await Promise.all(
    authorities.map(async ({ intermediate, leaf }, index) => {
      const url = publisher.publish(`ca-${String(index)}.cer`, intermediate.der);
      return await startOrigin(t, { leaf: await leaf({ extensions: [aia(url)] }) });
    }),
  );
  const connect = createConnector({
    ...onlyTrusting(...authorities.map(({ root }) => root)),
    fetchIntermediates: true,
  } as object);
  const tunnel = async (to: number): Promise<string> => {
    const httpSocket = net.connect(origins[to]?.port ?? 0, '127.0.0.1');
    t.after(() => httpSocket.destroy());
    return await new Promise((resolve) => {
      const target = { hostname: 'localhost', protocol: 'https:', port: 443, httpSocket };
      connect(target, (error, socket) => {
        socket?.destroy();
        resolve(error ? codeOf(error) : 'ok');
      });
    });
  };
  assert.equal(await tunnel(0), UNKNOWN_ISSUER);
  assert.equal(await tunnel(0), 'ok');
  assert.equal(await tunnel(0), 'ok');
  assert.equal(await tunnel(1), UNKNOWN_ISSUER);
  assert.equal(await tunnel(1), 'ok');
  assert.equal(await tunnel(0), UNKNOWN_ISSUER);
  assert.equal(await tunnel(0), 'ok');
});
