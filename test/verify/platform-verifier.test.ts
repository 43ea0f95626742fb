/**
 * Tests the platform's verifier above the addon, with a binding that answers as told.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { loadBinding, setBindingForTests } from '../../dist/addon/load-binding.js';
import type { NativeChainRequest, NativeVerdict } from '../../dist/addon/native-binding.js';
import { hasPlatformVerifier, verifyChain } from '../../dist/verify/platform/platform-verifier.js';
import { createFakeBinding } from '../helpers/fake-binding.js';
import { createCertificate, leafOf } from '../helpers/pki.js';

interface Asked {
  requests: NativeChainRequest[];
  cancelled: number;
}

const accepted: NativeVerdict = { accepted: true, revocation: 'not-checked', chain: [] };
const leaf = Buffer.from([0x30, 0x00]);

/** Answers with `verdict`, or never. */
function answerWith(
  verdict: NativeVerdict | undefined,
  backend: 'windows' | 'macos' = 'macos',
): Asked {
  const asked: Asked = { requests: [], cancelled: 0 };
  setBindingForTests({
    ...createFakeBinding(),
    backend,
    startVerify: (request, callback) => {
      asked.requests.push(request);
      if (verdict) setImmediate(callback, verdict);
      return {
        cancel: () => {
          asked.cancelled++;
        },
      };
    },
  });
  return asked;
}

afterEach(() => {
  setBindingForTests(undefined);
});

describe('the verifier of the platform', () => {
  it('passes on what it is asked, with defaults that use no network', async () => {
    const asked = answerWith(accepted);
    assert.deepEqual(await verifyChain([leaf], { host: 'host.example' }), {
      ok: true,
      revocation: { status: 'not-checked' },
    });
    assert.deepEqual(asked.requests, [
      {
        chain: [leaf],
        userCAs: [],
        host: 'host.example',
        clientAuth: false,
        revocation: 'off',
        fetchIntermediates: false,
        deadlineMs: 10_000,
      },
    ]);
    assert.ok(hasPlatformVerifier());
  });

  const hosts: [string, string | undefined][] = [
    ['host.example', 'host.example'],
    ['host.example.', 'host.example'],
    ['HOST.example', 'HOST.example'],
    ['a_b.example', 'a_b.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', undefined],
    ['.', undefined],
    ['*.example', undefined],
    ['host.example\0.evil.example', undefined],
    ['host.example:443', undefined],
    ['[::1]', undefined],
    ['two words', undefined],
    ['a'.repeat(254), undefined],
    ['a'.repeat(1 << 20), undefined],
    ['ü'.repeat(300), undefined],
  ];
  for (const [given, expected] of hosts) {
    it(`takes the host ${JSON.stringify(given.slice(0, 30))} for ${expected ?? 'an error'}`, async () => {
      const asked = answerWith(accepted);
      const verdict = verifyChain([leaf], { host: given });
      if (expected === undefined) {
        await assert.rejects(verdict, (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, 'ERR_TRUSTSTORE_INVALID_ARGUMENT');
          assert.ok(error.message.length < 2000, 'a message of a sane length');
          return true;
        });
        assert.equal(asked.requests.length, 0);
      } else {
        assert.ok((await verdict).ok);
        assert.equal(asked.requests[0]?.host, expected);
      }
    });
  }

  it('compares no name for a client', async () => {
    const asked = answerWith(accepted);
    await verifyChain([leaf], { host: 'whatever', purpose: 'client-auth' });
    assert.equal(asked.requests[0]?.host, undefined);
    assert.equal(asked.requests[0]?.clientAuth, true);
  });

  it('compares addresses itself on Windows', async () => {
    const { der } = await createCertificate({ commonName: 'a', ca: false, ip: ['192.0.2.1'] });
    const asked = answerWith(accepted, 'windows');
    assert.ok((await verifyChain([der], { host: '192.0.2.1' })).ok);
    assert.equal(asked.requests[0]?.host, undefined);
    const other = await verifyChain([der], { host: '192.0.2.2' });
    assert.equal(other.ok ? '' : other.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    const named = await verifyChain([der], { host: 'host.example' });
    assert.ok(named.ok);
    assert.equal(asked.requests[2]?.host, 'host.example');
  });

  it('reports refusals with the code of Node and the words of the platform', async () => {
    answerWith({
      accepted: false,
      revocation: 'not-checked',
      chain: [],
      code: 'CERT_REVOKED',
      reason: 'taken back',
      platformCode: -67820,
      platformText: 'errSecCertificateRevoked',
    });
    assert.deepEqual(await verifyChain([leaf], { host: 'h' }), {
      ok: false,
      code: 'CERT_REVOKED',
      reason: 'taken back',
      platformCode: -67820,
      platformText: 'errSecCertificateRevoked',
    });
  });

  it('reports what was learnt about revocation, and the chain', async () => {
    answerWith({ accepted: true, revocation: 'good', chain: [leaf] });
    assert.deepEqual(await verifyChain([leaf], { host: 'h', revocation: 'soft-fail' }), {
      ok: true,
      chain: [leaf],
      revocation: { status: 'good', source: 'platform' },
    });
    answerWith({ accepted: true, revocation: 'unknown', chain: [] });
    const unknown = await verifyChain([leaf], { host: 'h', revocation: 'soft-fail' });
    assert.equal(unknown.ok && unknown.revocation?.status, 'unknown');
  });

  it('refuses at its deadline, and gives the platform up', async () => {
    const asked = answerWith(undefined);
    const verdict = await verifyChain([leaf], { host: 'h', deadlineMs: 20 });
    assert.equal(verdict.ok ? '' : verdict.code, 'ERR_TRUSTSTORE_DEADLINE');
    assert.equal(asked.cancelled, 1);
  });

  it('rejects when its signal is aborted, before and during, and gives the platform up', async () => {
    const asked = answerWith(undefined);
    const reason = new Error('enough');
    await assert.rejects(
      verifyChain([leaf], { host: 'h', signal: AbortSignal.abort(reason) }),
      reason,
    );
    assert.equal(asked.requests.length, 0);
    const controller = new AbortController();
    const verdict = verifyChain([leaf], { host: 'h', signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(verdict, reason);
    assert.equal(asked.cancelled, 1);
  });

  it('refuses when there is no thread to be had', async () => {
    setBindingForTests({
      ...createFakeBinding(),
      startVerify: () => {
        throw new Error('no thread');
      },
    });
    const verdict = await verifyChain([leaf], { host: 'h' });
    assert.equal(verdict.ok ? '' : verdict.code, 'ERR_TRUSTSTORE_VERIFY_FAILED');
  });

  it('rejects for a user CA the platform cannot read', async () => {
    answerWith({
      accepted: false,
      revocation: 'not-checked',
      chain: [],
      code: 'ERR_TRUSTSTORE_USER_CA',
    });
    await assert.rejects(verifyChain([leaf], { host: 'h', userCAs: [leaf] }), {
      name: 'TruststoreError',
      code: 'ERR_TRUSTSTORE_USER_CA',
    });
  });

  it('hands over a server’s own certificate for that server alone', async () => {
    const { parse } = loadBinding();
    const { requests } = answerWith(accepted);
    setBindingForTests({ ...loadBinding(), parse });
    const peer = (await leafOf(undefined)).der;
    const root = await createCertificate({ commonName: 'root' });
    const issued = (await leafOf(root)).der;
    const userCAs = [peer, root.der];
    await verifyChain([issued, peer], { host: 'h', userCAs });
    await verifyChain([peer], { host: 'h', userCAs });
    assert.deepEqual(
      requests.map((request) => request.userCAs),
      [[root.der], userCAs],
    );
  });

  it('refuses more certificates than any server has, without asking', async () => {
    const asked = answerWith(accepted);
    const verdict = await verifyChain(new Array<Buffer>(201).fill(leaf), { host: 'h' });
    assert.equal(verdict.ok ? '' : verdict.code, 'CERT_CHAIN_TOO_LONG');
    assert.equal(asked.requests.length, 0);
  });

  const wrong: [string, unknown, unknown][] = [
    ['no chain', undefined, { host: 'h' }],
    ['an empty chain', [], { host: 'h' }],
    ['a certificate that is no bytes', ['MIIB'], { host: 'h' }],
    ['a certificate without bytes', [Buffer.alloc(0)], { host: 'h' }],
    ['a certificate beyond all measure', [Buffer.alloc((1 << 20) + 1)], { host: 'h' }],
    ['no options', [leaf], undefined],
    ['no host', [leaf], {}],
    ['a host that is no text', [leaf], { host: 5 }],
    ['an unknown purpose', [leaf], { host: 'h', purpose: 'any' }],
    ['an unknown revocation mode', [leaf], { host: 'h', revocation: true }],
    ['a deadline that is none', [leaf], { host: 'h', deadlineMs: -1 }],
    ['a deadline that is no number', [leaf], { host: 'h', deadlineMs: NaN }],
    ['user CAs that are no bytes', [leaf], { host: 'h', userCAs: 'PEM' }],
  ];
  for (const [name, chain, options] of wrong) {
    it(`rejects ${name}`, async () => {
      const asked = answerWith(accepted);
      await assert.rejects(verifyChain(chain as Buffer[], options as { host: string }), {
        name: 'TruststoreError',
        code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
      });
      assert.equal(asked.requests.length, 0);
    });
  }

  it('says so where the system has no verifier', async () => {
    setBindingForTests(createFakeBinding());
    assert.equal(hasPlatformVerifier(), false);
    await assert.rejects(verifyChain([leaf], { host: 'h' }), {
      name: 'TruststoreError',
      code: 'ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM',
    });
  });

  it('is what the package exports, and asks for options the same way', async () => {
    const { verifyChain: exported } = await import('../../dist/index.js');
    await assert.rejects(exported([], { host: 'h' }), {
      name: 'TruststoreError',
      code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
    });
  });
});
