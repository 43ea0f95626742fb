/**
 * Tests the way through the platform's verifier, with a stand-in for it. The real answers are tested on Windows and
 * macOS.
 */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import * as https from 'node:https';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type * as tls from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { Certificate } from '../../dist/certificate/certificate.js';
import { sha256Of } from '../../dist/certificate/fingerprint.js';
import { PeerJudges } from '../../dist/chain/peers/peer-judge.js';
import { resolveTrustOptions } from '../../dist/trust/options/options.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import { readDers } from '../../dist/trust/user-cas/certificate-bytes.js';
import { SessionMemory } from '../../dist/verify/connections/session-memory.js';
import { sourceOfOptions } from '../../dist/verify/trust-source.js';
import type { TrustSource, TrustedCertificates } from '../../dist/verify/trusted-certificates.js';
import type { ChainVerdict, VerifyChain, VerifyChainOptions } from '../../dist/verify/types.js';
import { agentFor, setPlatformVerifierForTests } from '../../dist/verify/verify.js';
import { reencoded } from '../helpers/reencoded.js';
import { createAuthority, createCertificate } from './authority.js';
import type { Authority, TestCertificate } from './authority.js';
import { codeOf, onlyTrusting, startOrigin, viaHttps } from './origin.js';
import type { Origin, Served } from './origin.js';
import { canRenegotiate, renegotiating, throughRenegotiation } from './renegotiation.js';
import { until } from './worlds.js';

interface Call {
  chain: readonly Buffer[];
  options: VerifyChainOptions;
}

/** A `ca` that is taken for the defaults and also names the root and the intermediate. */
const TAKEN = 'the defaults, and these';

interface World {
  origin: Origin;
  leaf: Buffer;
  intermediate: Buffer;
  root: Buffer;
  calls: Call[];
  agent: (
    options?: https.AgentOptions,
    refused?: Buffer[],
    judges?: TrustedCertificates['judges'],
  ) => https.Agent;
}

async function machine(
  t: TestContext,
  verdict: (call: Call) => ChainVerdict | Promise<ChainVerdict>,
  dns = ['localhost'],
  more: (authority: Authority, leaf: TestCertificate) => Promise<Partial<Served>> = () =>
    Promise.resolve({}),
): Promise<World> {
  const authority = await createAuthority();
  const { root, intermediate, leaf } = authority;
  const certificate = await leaf({ dns, ip: [] });
  const served = await more(authority, certificate);
  const origin = await startOrigin(t, { leaf: certificate, chain: [intermediate], ...served });
  const calls: Call[] = [];
  const verifier: VerifyChain = async (chain, options) => {
    const call = { chain, options };
    calls.push(call);
    return await verdict(call);
  };
  setPlatformVerifierForTests(verifier);
  t.after(() => {
    setPlatformVerifierForTests(undefined);
  });
  const agent: World['agent'] = (options = {}, refused = [], judges) => {
    // The machine's own store does not have it, so the platform decides.
    const trusted = {
      certificates: [],
      anchors: [],
      judges,
      userCAs: [root.der],
      helpers: [intermediate.der],
      excluded: new Set(refused.map(sha256Of)),
    };
    const source: TrustSource = {
      isDefault: true,
      current: () => trusted,
      parse: readDers,
      besides: (ca) => (ca === TAKEN ? { id: 1, own: [root.pem, intermediate.pem] } : undefined),
    };
    const made = agentFor(
      options,
      {
        verifier: 'system',
        fetchIntermediates: true,
        revocation: 'soft-fail',
        deadlineMs: 1000,
        allowPrivate: false,
        cacheDirectory: undefined,
      },
      source,
    );
    t.after(() => {
      made.destroy();
    });
    return made;
  };
  const [leafDer, intermediateDer] = [certificate.der, intermediate.der];
  return { origin, leaf: leafDer, intermediate: intermediateDer, root: root.der, calls, agent };
}

void test('the platform is asked about the chain as it was sent, and its yes is enough', async (t) => {
  const { origin, agent, calls, leaf, intermediate, root } = await machine(t, () => ({ ok: true }));
  const authorized = await new Promise((resolve) => {
    https.get(origin.url, { agent: agent() }, (response) => {
      const { authorized: yes, authorizationError } = response.socket as TLSSocket;
      response.resume();
      resolve({ yes, authorizationError });
    });
  });
  assert.deepEqual(authorized, { yes: true, authorizationError: null });
  const [call] = calls;
  // The second is the user's own, which helps but is no anchor.
  assert.deepEqual(call?.chain, [leaf, intermediate, intermediate]);
  const { signal, userCAs, ...asked } = call?.options ?? {};
  assert.equal(signal?.aborted, false);
  assert.deepEqual(userCAs, [root]);
  assert.deepEqual(asked, {
    host: 'localhost',
    purpose: 'server-auth',
    revocation: 'soft-fail',
    fetchIntermediates: true,
    deadlineMs: 1000,
  });
});

void test('its no comes with its code and words, and the server gets nothing', async (t) => {
  const { origin, agent } = await machine(t, () => ({
    ok: false,
    code: 'CERT_HAS_EXPIRED',
    reason: 'too old',
    platformCode: 0x800b0101,
    platformText: 'CERT_E_EXPIRED',
  }));
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    https.get(origin.url, { agent: agent() }).on('error', resolve);
  });
  const checkServerIdentity = (): undefined => undefined;
  const own = await viaHttps(origin.url, { agent: agent(), checkServerIdentity });
  assert.equal(own, 'CERT_HAS_EXPIRED');
  const { code, message, platformCode, platformText } = error as NodeJS.ErrnoException &
    Record<string, unknown>;
  assert.deepEqual(
    { code, message, platformCode, platformText },
    {
      code: 'CERT_HAS_EXPIRED',
      message: 'localhost: too old',
      platformCode: 0x800b0101,
      platformText: 'CERT_E_EXPIRED',
    },
  );
  assert.equal(origin.received(), 0);
});

void test('a wrong name is refused though the platform says yes', async (t) => {
  const { origin, agent } = await machine(t, () => ({ ok: true }), ['other.example']);
  assert.equal(await viaHttps(origin.url, { agent: agent() }), 'ERR_TLS_CERT_ALTNAME_INVALID');
  const checkServerIdentity = (): undefined => undefined;
  assert.equal(await viaHttps(origin.url, { agent: agent(), checkServerIdentity }), 'ok');
});

void test('what the program excludes is refused though the platform says yes', async (t) => {
  const { origin, agent, intermediate } = await machine(t, () => ({ ok: true }));
  assert.equal(await viaHttps(origin.url, { agent: agent({}, [intermediate]) }), 'CERT_REJECTED');
  assert.equal(origin.received(), 0);
});

function distrusting(der: Buffer): TrustedCertificates['judges'] {
  const set: Partial<TrustSet> = {
    facts: [],
    distrusted: [new Certificate(der)],
    distrustedNames: [],
    dated: [],
    distrustedBy: () => undefined,
  };
  return new PeerJudges(set as TrustSet);
}

void test('on macOS what the platform accepts stands, but it is not given anchors that the machine distrusts', async (t) => {
  const { origin, agent, calls, intermediate, root } = await machine(t, () => ({ ok: true }));
  const { platform } = process;
  t.after(() => Object.defineProperty(process, 'platform', { value: platform }));
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  const via = (distrusted: Buffer, refused: Buffer[] = []): Promise<string> =>
    viaHttps(origin.url, { agent: agent({}, refused, distrusting(distrusted)) });
  assert.equal(await via(intermediate), 'ok');
  assert.equal(await via(root), 'ok');
  assert.equal(await via(root, [intermediate]), 'CERT_REJECTED');
  // The settings are those of one encoding.
  assert.equal(await via(reencoded(intermediate)), 'CERT_REJECTED');
  assert.deepEqual(
    calls.map(({ options }) => options.userCAs),
    [[root], [], [], [root]],
  );
});

void test('elsewhere what the machine distrusts is refused though the platform says yes, unless it has used another path', async (t) => {
  let used: Buffer[] = [];
  const { origin, agent, leaf, intermediate, root } = await machine(t, () => ({
    ok: true,
    chain: used,
  }));
  const via = (distrusted: Buffer): Promise<string> =>
    viaHttps(origin.url, { agent: agent({}, [], distrusting(distrusted)) });
  used = [leaf, intermediate, root];
  assert.equal(await via(leaf), 'CERT_REJECTED');
  assert.equal(await via(intermediate), 'CERT_REJECTED');
  assert.equal(await via(root), 'CERT_REJECTED');
  assert.equal(origin.received(), 0);
  const { der: other } = await createCertificate({ commonName: 'Other' });
  assert.equal(await via(other), 'ok');
});

void test('a verifier that fails or never answers is no yes', async (t) => {
  const failing = await machine(t, () =>
    Promise.reject(Object.assign(new Error('broken'), { code: 'BROKEN' })),
  );
  assert.equal(await viaHttps(failing.origin.url, { agent: failing.agent() }), 'BROKEN');
  const controller = new AbortController();
  const { signal } = controller;
  const silent = await machine(t, () => {
    setImmediate(() => {
      controller.abort();
    });
    return new Promise<never>(() => undefined);
  });
  assert.equal(await viaHttps(silent.origin.url, { agent: silent.agent(), signal }), 'ABORT_ERR');
  await until(() => silent.calls[0]?.options.signal?.aborted === true, 'the verifier hears of it');
  const late = await machine(t, () => new Promise<never>(() => undefined));
  assert.equal(await viaHttps(late.origin.url, { agent: late.agent() }), 'ERR_TRUSTSTORE_DEADLINE');
  assert.equal(silent.origin.received() + late.origin.received() + failing.origin.received(), 0);
});

void test('a server that hangs up while the platform thinks is an error of the connection', async (t) => {
  let answer: (verdict: ChainVerdict) => void = () => undefined;
  const { origin, agent } = await machine(t, () => {
    setImmediate(() => {
      origin.hangUp();
    });
    return new Promise((resolve) => (answer = resolve));
  });
  assert.equal(await viaHttps(origin.url, { agent: agent() }), 'ECONNRESET');
  answer({ ok: true });
});

void test('a resumed session carries the verdict and is not asked about again', async (t) => {
  const { origin, agent, calls } = await machine(t, () => ({ ok: true }));
  const one = agent();
  const reused: boolean[] = [];
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((resolve, reject) => {
      https
        .get(origin.url, { agent: one }, (response) => {
          const socket = response.socket as TLSSocket;
          reused.push(socket.isSessionReused());
          assert.equal(socket.authorized, true);
          response.resume().on('end', resolve);
        })
        .on('error', reject);
    });
  }
  assert.deepEqual(reused, [false, true]);
  assert.equal(calls.length, 1);
});

void test('an explicit ca is judged by OpenSSL', async (t) => {
  const { origin, agent, calls } = await machine(t, () => ({ ok: true }));
  const { root } = await createAuthority();
  const code = await viaHttps(origin.url, { agent: agent(), ca: root.pem }).catch(codeOf);
  assert.equal(code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  assert.equal(calls.length, 0);
});

void test('a ca that is taken for the defaults is judged by the platform, beside what it names', async (t) => {
  const { origin, agent, calls, root } = await machine(t, () => ({ ok: true }));
  assert.equal(await viaHttps(origin.url, { agent: agent(), ca: TAKEN }), 'ok');
  assert.deepEqual(calls[0]?.options.userCAs, [root, root]);
});

void test('of the user’s certificates those that signed themselves are anchors, and others help', async () => {
  const { root, intermediate } = await createAuthority();
  const { userCAs } = onlyTrusting(intermediate, root);
  const options = resolveTrustOptions({ bundled: false, system: false, userCAs });
  const trusted = sourceOfOptions(options).current();
  assert.deepEqual(trusted.userCAs, [root.der]);
  assert.deepEqual(trusted.helpers, [intermediate.der]);
});

for (const [what, outcome] of [
  ['another certificate', 'closed'],
  ['the same certificate', 'open'],
] as const) {
  void test(`a renegotiation with ${what} leaves the connection ${outcome}`, async (t) => {
    if (!canRenegotiate) {
      t.skip('this line of Node cannot change the certificate of a connection');
      return;
    }
    const dns = ['localhost'];
    const { origin, agent, calls } = await machine(
      t,
      () => ({ ok: true }),
      dns,
      async ({ intermediate, leaf: make }, leaf) => {
        const shown = outcome === 'closed' ? await make({ dns, ip: [] }) : leaf;
        return renegotiating([shown, intermediate]);
      },
    );
    const result = await throughRenegotiation(origin.url, agent({ keepAlive: true }));
    assert.equal(result.outcome, outcome);
    if (outcome === 'open') assert.equal(result.authorized, true);
    assert.equal(calls.length, 1);
  });
}

void test('another certificate while the platform thinks about the first is the end', async (t) => {
  const exports = require('node:tls') as Pick<typeof tls, 'connect'>;
  const { connect } = exports;
  let socket: tls.TLSSocket | undefined;
  exports.connect = ((...args: Parameters<typeof connect>) =>
    (socket = connect(...args))) as typeof connect;
  t.after(() => {
    exports.connect = connect;
  });
  const { origin, agent, intermediate } = await machine(t, async () => {
    // A paused socket may renegotiate or not, so this simulates the result.
    Object.assign(socket ?? {}, { getPeerCertificate: () => ({ raw: intermediate }) });
    socket?.emit('secure');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { ok: true };
  });
  assert.equal(await viaHttps(origin.url, { agent: agent() }), 'ECONNRESET');
  assert.equal(origin.received(), 0);
});

void test('a session of a renegotiation does not get the verdict of the first handshake', () => {
  for (const [protocol, kept] of [
    ['TLSv1.2', 'first'],
    ['TLSv1.3', 'second'],
  ] as const) {
    const memory = new SessionMemory();
    const socket = Object.assign(new EventEmitter(), { getProtocol: () => protocol });
    const watch = memory.watch(socket as unknown as TLSSocket, 'host');
    socket.emit('session', Buffer.from('first'));
    watch.keep(Date.now() + 60_000);
    socket.emit('session', Buffer.from('second'));
    assert.equal(memory.get('host')?.session.toString(), kept, protocol);
  }
});
