/**
 * Which issuer's list is asked about a certificate, and what happens to chains that cannot be followed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { Certificate } from '../../dist/certificate/certificate.js';
import { Documents } from '../../dist/chain/completion/documents.js';
import { CertificateList } from '../../dist/chain/path.js';
import { Revocation } from '../../dist/verify/revocation/revocation.js';
import type {
  RevocationQuestion,
  RevocationVerdict,
} from '../../dist/verify/revocation/revocation.js';
import {
  aia,
  createAuthority,
  createCertificate,
  crlAt,
  makeCrl,
  startPublisher,
} from './authority.js';
import type { Publisher, TestCertificate } from './authority.js';
import { onlyTrusting, startOrigin, viaHttps } from './origin.js';
import { canRenegotiate, renegotiating, throughRenegotiation } from './renegotiation.js';
import { agentOf, revocable } from './worlds.js';
import type { Revocable } from './worlds.js';

const DAY_MS = 24 * 60 * 60_000;

/** Has the name of the intermediate and of its issuer but another key, and could issue the leaf's CRL. */
async function decoyOf(
  { publisher, authority }: Pick<Revocable, 'publisher' | 'authority'>,
  validTo: Date,
): Promise<TestCertificate> {
  const { root, intermediate } = authority;
  const stranger = await createCertificate({ commonName: 'Stranger' });
  return await createCertificate({
    commonName: intermediate.certificate.subject.replace('CN=', ''),
    issuer: { ...root, keys: stranger.keys },
    keyIdentifiers: false,
    extensions: [crlAt(`${publisher.base}/root.crl`)],
    validTo,
  });
}

for (const mode of ['require', 'soft-fail'] as const) {
  void test(`a decoy of the intermediate does not say that a leaf is good (${mode})`, async (t) => {
    const { origin, options, publisher } = await revocable(t, {}, async (made) => {
      // OpenSSL prefers a valid one; Node shows the first with the name.
      const decoy = await decoyOf(made, new Date(Date.now() - DAY_MS));
      made.publisher.publish('leaf.crl', await makeCrl({ issuer: decoy }));
      return { chain: [decoy, made.authority.intermediate] };
    });
    const agent = agentOf(t, { ...options, revocation: mode });
    assert.equal(await viaHttps(origin.url, { agent }), 'CERT_SIGNATURE_FAILURE');
    assert.equal(origin.received(), 0);
    assert.deepEqual(publisher.requests, []);
    // OpenSSL itself accepts the chain.
    const plain = agentOf(t, { ...options, revocation: 'off' });
    assert.equal(await viaHttps(origin.url, { agent: plain }), 'ok');
  });
}

interface Asked {
  chain: TestCertificate[];
  list: TestCertificate[];
  partial?: boolean;
  scope?: string;
}

function revocationOf(mode: 'require' | 'soft-fail'): (asked: Asked) => Promise<RevocationVerdict> {
  const revocation = new Revocation(new Documents(true), undefined, mode);
  return async ({ chain, list, partial = false, scope = '' }) => {
    const trusted = new CertificateList(list.map(({ der }) => Certificate.read(der)));
    const question: RevocationQuestion = {
      host: 'localhost',
      chain: chain.map(({ der }) => der),
      list: trusted,
      generation: 1,
      scope,
      allowPartialTrustChain: partial,
      staple: undefined,
      signal: new AbortController().signal,
    };
    return revocation.recall(question) ?? (await revocation.check(question));
  };
}

const codeOf = (verdict: RevocationVerdict): string => (verdict.ok ? 'ok' : verdict.code);

void test('a decoy before the real intermediate does not hide that the leaf is revoked', async (t) => {
  const world = await revocable(t);
  const { authority, leaf, publishLeafCrl } = world;
  const { root, intermediate } = authority;
  const decoy = await decoyOf(world, new Date(Date.now() + DAY_MS));
  await publishLeafCrl({ revoked: [leaf] });
  const chain = [leaf, decoy, intermediate];
  for (const mode of ['require', 'soft-fail'] as const) {
    const ask = revocationOf(mode);
    assert.equal(codeOf(await ask({ chain, list: [root] })), 'CERT_REVOKED', mode);
    const list = [decoy, intermediate];
    assert.equal(codeOf(await ask({ chain, list, partial: true })), 'CERT_REVOKED', mode);
  }
});

void test('a chain that cannot be followed has its own reason, and no more than soft-fail accepts it', async (t) => {
  const { authority, leaf } = await revocable(t);
  const chain = [leaf, authority.intermediate];
  const detail = 'its chain cannot be followed to an anchor';
  const soft = await revocationOf('soft-fail')({ chain, list: [] });
  assert.deepEqual(soft.ok && soft.report, { status: 'unknown', detail });
  const hard = await revocationOf('require')({ chain, list: [] });
  assert.deepEqual(!hard.ok && [hard.code, hard.reason], [
    'UNABLE_TO_GET_CRL',
    `revocation could not be checked: ${detail}`,
  ]);
});

void test('a chain that cannot be followed is refused for what can be seen of it', async (t) => {
  const { authority, leaf, publishLeafCrl } = await revocable(t);
  await publishLeafCrl({ revoked: [leaf] });
  for (const mode of ['require', 'soft-fail'] as const) {
    const verdict = await revocationOf(mode)({ chain: [leaf, authority.intermediate], list: [] });
    assert.equal(codeOf(verdict), 'CERT_REVOKED', mode);
  }
});

void test('a verdict reached with one list is not served to another', async (t) => {
  const { publisher, authority, leaf } = await revocable(t);
  const { root, intermediate } = authority;
  publisher.publish('root.crl', await makeCrl({ issuer: root, revoked: [intermediate] }));
  const ask = revocationOf('require');
  const chain = [leaf, intermediate, root];
  const partial = { chain, list: [intermediate], partial: true, scope: 'one' };
  assert.equal(codeOf(await ask(partial)), 'ok');
  assert.equal(codeOf(await ask({ chain, list: [root], scope: 'other' })), 'CERT_REVOKED');
  assert.equal(codeOf(await ask(partial)), 'ok');
});

interface Twice {
  publisher: Publisher;
  /** Sets the answer to the next request. */
  publish: (answer: Buffer) => void;
  url: string;
}

async function startTwice(t: TestContext): Promise<Twice> {
  const publisher = await startPublisher(t);
  const url = publisher.publish('both', Buffer.from('nothing'));
  return { publisher, url, publish: (answer) => void publisher.publish('both', answer) };
}

void test('a document at a URL that is no certificate may yet be a CRL', async (t) => {
  const { publisher, url, publish } = await startTwice(t);
  const { root, intermediate, leaf } = await createAuthority(() => ({
    extensions: [crlAt(`${publisher.base}/root.crl`)],
  }));
  publisher.publish('root.crl', await makeCrl({ issuer: root }));
  const forgetful = await startOrigin(t, { leaf: await leaf({ extensions: [aia(url)] }) });
  const whole = await startOrigin(t, {
    leaf: await leaf({ extensions: [crlAt(url)] }),
    chain: [intermediate],
  });
  const agent = agentOf(t, {
    ...onlyTrusting(root),
    fetchIntermediates: true,
    revocation: 'require',
  });
  // It is too large for a certificate.
  publish(Buffer.alloc(300 * 1024));
  assert.equal(await viaHttps(forgetful.url, { agent }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  publish(await makeCrl({ issuer: intermediate }));
  assert.equal(await viaHttps(whole.url, { agent }), 'ok');
});

void test('a document at a URL that is no CRL may yet be a certificate', async (t) => {
  const { url, publish } = await startTwice(t);
  const { root, intermediate, leaf } = await createAuthority();
  const whole = await startOrigin(t, {
    leaf: await leaf({ extensions: [crlAt(url)] }),
    chain: [intermediate],
  });
  const forgetful = await startOrigin(t, { leaf: await leaf({ extensions: [aia(url)] }) });
  const agent = agentOf(t, {
    ...onlyTrusting(root),
    fetchIntermediates: true,
    revocation: 'soft-fail',
  });
  assert.equal(await viaHttps(whole.url, { agent }), 'ok');
  publish(intermediate.der);
  assert.equal(await viaHttps(forgetful.url, { agent }), 'ok');
});

void test('a revoked certificate that is shown later only ends the connection', async (t) => {
  if (!canRenegotiate) {
    t.skip('this line of Node cannot change the certificate of a connection');
    return;
  }
  for (const change of [true, false]) {
    const { origin, options } = await revocable(
      t,
      {},
      async ({ authority: { intermediate, leaf: make }, publisher, leaf }) => {
        const extensions = [crlAt(`${publisher.base}/leaf.crl`)];
        const other = await make({ extensions });
        publisher.publish('leaf.crl', await makeCrl({ issuer: intermediate, revoked: [other] }));
        const { options: tls, onRequest } = renegotiating([change ? other : leaf, intermediate]);
        return { options: tls, onRequest, chain: [intermediate] };
      },
    );
    const agent = agentOf(t, { ...options, keepAlive: true });
    const { outcome } = await throughRenegotiation(origin.url, agent);
    assert.equal(outcome, change ? 'closed' : 'open');
  }
});
