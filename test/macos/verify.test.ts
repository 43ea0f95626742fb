import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { getSystemCAsAsync } from '../../dist/index.js';
import { verifyChain } from '../../dist/verify/platform/platform-verifier.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { assertClean, DENY, eventually, mac, TRUST_ROOT } from './fake-mac.js';
import type { MacCertificate } from './fake-mac.js';

const EVALUATE = 'SecTrustEvaluateWithError';
const MOST_AT_ONCE = 8;

let root: TestCertificate;
let leaf: TestCertificate;

before(async () => {
  root = await createCertificate({ commonName: 'Company Root' });
  leaf = await createCertificate({ commonName: 'host', issuer: root, ca: false, dns: ['host'] });
});

afterEach(async () => {
  mac.unhang();
  await eventually(() => mac.hanging() === 0, 'the end of what hangs');
});
after(assertClean);

function trust(): void {
  mac.reset([]);
  mac.allowEvaluation({ trusted: true, chain: [leaf.der, root.der] });
}

const paths = {
  fake: JSON.stringify(require.resolve('./fake-mac.js')),
  verifier: JSON.stringify(require.resolve('../../dist/verify/platform/platform-verifier.js')),
};

/** Verifies in a separate process or worker, with the same Mac. */
const verifying = (then: string): string => `
  const { verifyChain } = require(${paths.verifier});
  const chain = [Buffer.from('${leaf.der.toString('hex')}', 'hex')];
  ${then}`;

function runNode(script: string) {
  const emulator = (process.env.MACOS_TEST_EMULATOR ?? '').split(' ').filter(Boolean);
  const command = [...emulator, process.execPath, '-e', script];
  return spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the verifier of macOS', () => {
  test('accepts what macOS trusts, asked as told', async () => {
    trust();
    const verdict = await verifyChain([leaf.der], { host: 'host', userCAs: [root.der] });
    assert.deepEqual(verdict, {
      ok: true,
      chain: [leaf.der, root.der],
      revocation: { status: 'not-checked' },
    });
    assert.deepEqual(mac.evaluations(), [
      {
        certificates: [leaf.der],
        anchors: [root.der],
        anchorsOnly: false,
        network: false,
        server: true,
        host: 'host',
      },
    ]);
    assertClean();
  });

  test('asks for revocation and reports it', async () => {
    mac.reset([]);
    mac.allowEvaluation({ trusted: true, revocationChecked: true });
    const options = { host: '192.0.2.1', revocation: 'require' } as const;
    assert.deepEqual(await verifyChain([leaf.der], options), {
      ok: true,
      revocation: { status: 'good', source: 'platform' },
    });
    const [asked] = mac.evaluations();
    assert.equal(asked?.revocationFlags, 11);
    assert.equal(asked?.network, true);
    assert.equal(asked?.host, '192.0.2.1');
    assertClean();
  });

  test('refuses with the code of Node and the words of macOS', async () => {
    mac.reset([]);
    mac.allowEvaluation({ trusted: false, status: -67602 });
    assert.deepEqual(await verifyChain([leaf.der], { host: 'other' }), {
      ok: false,
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      reason: 'the certificate is for another host',
      platformCode: -67602,
      platformText: "errSecHostNameMismatch: Apple's words for -67602",
    });
    mac.allowEvaluation({ trusted: false, chain: [leaf.der] });
    const missing = await verifyChain([leaf.der], { host: 'host' });
    assert.equal(missing.ok ? '' : missing.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assertClean();
  });

  test('refuses bytes that are no certificate, and rejects such a user CA', async () => {
    trust();
    const garbage = Buffer.from('garbage');
    const verdict = await verifyChain([garbage], { host: 'host' });
    assert.equal(verdict.ok ? '' : verdict.code, 'ERR_TRUSTSTORE_BAD_CERTIFICATE');
    await assert.rejects(verifyChain([leaf.der], { host: 'host', userCAs: [garbage] }), {
      code: 'ERR_TRUSTSTORE_USER_CA',
    });
    assert.deepEqual(mac.evaluations(), []);
    assertClean();
  });

  test('verifies many at once, a few at a time, while the event loop and the store go on', async () => {
    trust();
    mac.hang(EVALUATE);
    // This is time enough for any machine; nothing here waits for it.
    const options = { host: 'host', deadlineMs: 120_000 };
    const verdicts = Promise.all(
      Array.from({ length: 40 }, () => verifyChain([leaf.der], options)),
    );
    await eventually(() => mac.hanging() === MOST_AT_ONCE, 'as many as may be at once');
    assert.deepEqual(await getSystemCAsAsync(), []);
    assert.equal(mac.hanging(), MOST_AT_ONCE);
    mac.unhang();
    assert.ok((await verdicts).every(({ ok }) => ok));
    assert.equal(mac.mostEvaluationsAtOnce(), MOST_AT_ONCE);
    await eventually(() => mac.report().leaks.length === 0, 'the release of everything');
    assertClean();
  });

  test('keeps its deadline, and what hung comes back into nothing', async () => {
    trust();
    mac.hang(EVALUATE);
    const verdict = await verifyChain([leaf.der], { host: 'host', deadlineMs: 100 });
    assert.equal(verdict.ok ? '' : verdict.code, 'ERR_TRUSTSTORE_DEADLINE');
    const controller = new AbortController();
    const aborted = verifyChain([leaf.der], { host: 'host', signal: controller.signal });
    await eventually(() => mac.hanging() === 2, 'the second');
    controller.abort(new Error('enough'));
    await assert.rejects(aborted, /enough/);
    mac.unhang();
    await eventually(() => mac.report().leaks.length === 0, 'the release of everything');
    assert.ok((await verifyChain([leaf.der], { host: 'host' })).ok);
    assertClean();
  });

  test('lets a worker be terminated in the middle', async () => {
    trust();
    mac.hang(EVALUATE);
    const worker = new Worker(verifying(`verifyChain(chain, { host: 'host' });`), { eval: true });
    await eventually(() => mac.hanging() === 1, 'the worker’s verification');
    await worker.terminate();
    mac.unhang();
    await eventually(() => mac.report().leaks.length === 0, 'the release of everything');
    assertClean();
  });

  test('does not keep a process that exits, or has given up', async () => {
    const start = `const { mac } = require(${paths.fake});
      mac.reset([]);
      mac.allowEvaluation({ trusted: true });
      mac.hang('${EVALUATE}');`;
    const exiting = runNode(
      verifying(`${start} verifyChain(chain, { host: 'host' });
        setInterval(() => { if (mac.hanging()) process.exit(7); }, 5);`),
    );
    assert.deepEqual(await once(exiting, 'close'), [7, null]);
    const givingUp = runNode(
      verifying(`${start} verifyChain(chain, { host: 'host', deadlineMs: 50 })
        .then(({ code }) => console.log(code));`),
    );
    let output = '';
    givingUp.stdout.on('data', (text: Buffer) => (output += text.toString()));
    assert.deepEqual(await once(givingUp, 'close'), [0, null]);
    assert.equal(output, 'ERR_TRUSTSTORE_DEADLINE\n');
  });

  test('and reading follow the same settings, but for anchors that are handed over', async () => {
    const entry = { policy: 'ssl', policyName: 'sslServer' } as const;
    const trusted = [{ ...entry, result: TRUST_ROOT }];
    const denied = [{ ...entry, result: DENY }];
    for (const [settings, isTrusted] of [
      [{ admin: trusted, user: denied }, true],
      [{ admin: denied, user: trusted }, false],
      [{ user: [{ policy: 'basic', result: TRUST_ROOT }] }, false],
    ] as const) {
      mac.reset([{ der: root.der, ...settings } as MacCertificate]);
      assert.deepEqual(await getSystemCAsAsync(), isTrusted ? [root.pem] : []);
      mac.allowEvaluation({ asTrustd: true });
      const chain = [leaf.der, root.der];
      assert.equal((await verifyChain(chain, { host: 'host' })).ok, isTrusted);
      // macOS asks given anchors before the settings, so a denied one must not be given.
      assert.ok((await verifyChain(chain, { host: 'host', userCAs: [root.der] })).ok);
    }
  });

  test('is the only one of ours to evaluate: reading the store never does', async () => {
    mac.reset([{ der: root.der, admin: [] }]);
    assert.deepEqual(await getSystemCAsAsync(), [root.pem]);
    const evaluating = Object.keys(mac.calls()).filter((name) =>
      /^SecTrust(?!Settings)/.test(name),
    );
    assert.deepEqual(evaluating, []);
    assertClean();
    mac.allowEvaluation({ trusted: true });
    await verifyChain([leaf.der], { host: 'host' });
    assert.equal(mac.calls()[EVALUATE], 1);
  });
});
