/**
 * Who is let in: the rules, the decision, and everything around it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { checkRuntime } from '../../dist/first-use/options.js';
import { TruststoreError, trustOnFirstUse } from '../../dist/index.js';
import type { FirstUseDecision, RefusalReason } from '../../dist/index.js';
import { EKU, createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import {
  connect,
  createClient,
  createWeakClient,
  fingerprintOf,
  pause,
  startBench,
  temporaryFile,
  until,
  visit,
} from './bench.js';

void describe('a certificate that decide() is not asked about', () => {
  const day = 24 * 60 * 60 * 1000;
  const cases: [RefusalReason, () => Promise<TestCertificate>][] = [
    ['expired', () => createClient('Old', { validTo: new Date(Date.now() - day) })],
    ['not-yet-valid', () => createClient('New', { validFrom: new Date(Date.now() + day) })],
    ['purpose', () => createClient('Server only', { eku: [EKU.serverAuth] })],
    ['weak-key', createWeakClient],
  ];
  for (const [reason, create] of cases) {
    test(`is refused: ${reason}`, async (t) => {
      const client = await create();
      const bench = await startBench(t, {
        kind: 'tls',
        server: { ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      assert.equal(await visit(bench, client), 'refused');
      assert.deepEqual([bench.asked, bench.served], [[], []]);
      assert.deepEqual(
        bench.refusals.map((refusal) => refusal.reason),
        [reason],
      );
      await assert.rejects(bench.trust.accept(client.pem), {
        code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
        message: new RegExp(reason),
      });
    });
  }

  test('may name client authentication, or any purpose', async (t) => {
    const bench = await startBench(t);
    for (const eku of [[EKU.clientAuth], [EKU.any], [EKU.serverAuth, EKU.clientAuth]]) {
      assert.equal(await visit(bench, await createClient('Good', { eku })), 'served');
    }
  });

  test('expires while its connection is open, and the connection is cut', async (t) => {
    const { now } = Date;
    const validTo = new Date(now() + 60_000);
    let passed = false;
    t.mock.method(Date, 'now', () => now() + (passed ? 61_000 : 0));
    const bench = await startBench(t);
    const client = await connect(bench, await createClient('Short', { validTo }));
    assert.equal(await client.ask(), 'served');
    passed = true;
    await client.closed;
  });
});

test('a chain that verifies lets no client in', async (t) => {
  const ca = await createCertificate({ commonName: 'Company' });
  const bench = await startBench(t, { decide: () => 'refuse', server: { ca: ca.pem } });
  const client = await createClient('Employee', { issuer: ca });
  assert.equal(await visit(bench, client), 'refused');
  assert.equal(bench.asked.length, 1);
});

void describe('the decision', () => {
  const noDecisions: [string, () => unknown][] = [
    ['true', () => true],
    ['nothing', () => undefined],
    ['another word', () => 'yes'],
    ['an object without a decision', () => ({ label: 'x' })],
    ['an exception', () => assert.fail('no idea')],
    ['a label that is no text', () => ({ decision: 'accept', label: {} })],
  ];
  for (const [name, answer] of noDecisions) {
    test(`${name} refuses, with a warning`, async (t) => {
      const bench = await startBench(t, { decide: () => answer() as FirstUseDecision });
      assert.equal(await visit(bench, await createClient('Device')), 'refused');
      assert.equal(bench.refusals[0]?.reason, 'declined');
      assert.match(bench.warnings[0]?.message ?? '', /decide\(\) failed/);
      assert.deepEqual(bench.trust.peers(), []);
    });
  }

  test('block is remembered', async (t) => {
    const client = await createClient('Device');
    const bench = await startBench(t, { decide: () => 'block' });
    assert.equal(await visit(bench, client), 'refused');
    assert.equal(await visit(bench, client), 'refused');
    assert.equal(bench.asked.length, 1);
    assert.deepEqual(
      bench.refusals.map(({ reason }) => reason),
      ['declined', 'revoked'],
    );
    assert.equal(bench.trust.peers()[0]?.state, 'revoked');
  });

  test('is asked for once, however many connections wait', async (t) => {
    const client = await createClient('Device');
    const bench = await startBench(t, { decide: () => pause(300).then(() => 'accept') });
    const visits = Array.from({ length: 12 }, () => visit(bench, client));
    assert.deepEqual(new Set(await Promise.all(visits)), new Set(['served']));
    assert.equal(bench.asked.length, 1);
    assert.equal(bench.trust.peers().length, 1);
  });

  test('is waited for by a bounded number of connections', async (t) => {
    const bench = await startBench(t, {
      maximumPending: 3,
      decide: async () => {
        await until(() => bench.refusals.length >= 2, 'the others to be turned away');
        return 'refuse' as const;
      },
    });
    const clients = await Promise.all(Array.from({ length: 5 }, () => createClient('Device')));
    await Promise.all(clients.map((client) => visit(bench, client)));
    const reasons = bench.refusals.map(({ reason }) => reason).sort();
    assert.deepEqual(reasons, ['busy', 'busy', 'declined', 'declined', 'declined']);
    const late = visit(bench, clients[0]);
    await until(() => bench.asked.length === 4, 'the place to be free again');
    assert.equal(await late, 'refused');
  });

  test('comes in time or not at all', async (t) => {
    let aborted = false;
    let decide: (answer: 'accept') => void = () => undefined;
    const bench = await startBench(t, {
      decisionMs: 100,
      decide: (_peer, { signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise((resolve) => (decide = resolve));
      },
    });
    const client = await createClient('Device');
    assert.equal(await visit(bench, client), 'refused');
    assert.equal(bench.refusals[0]?.reason, 'deadline');
    assert.equal(aborted, true);
    decide('accept');
    await pause(100);
    assert.deepEqual(bench.trust.peers(), [], 'a late answer counts for nothing');
  });

  test('is not waited for when the client has left', async (t) => {
    let aborted = false;
    const bench = await startBench(t, {
      decide: (_peer, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (aborted = true));
        }),
    });
    const client = await connect(bench, await createClient('Device'));
    await until(() => bench.asked.length === 1, 'the question');
    client.socket.destroy();
    await until(() => aborted, 'the question to be withdrawn');
  });

  test('can come from accept() and revoke() while the client waits', async (t) => {
    const bench = await startBench(t, { decide: () => new Promise(() => undefined) });
    const [good, bad] = [await createClient('Good'), await createClient('Bad')];
    const visits = [visit(bench, good), visit(bench, bad)];
    await until(() => bench.asked.length === 2, 'the questions');
    const accepted = await bench.trust.accept(good.der, { label: 'Hall' });
    assert.equal(accepted.label, 'Hall');
    await bench.trust.revoke(fingerprintOf(bad));
    assert.deepEqual(await Promise.all(visits), ['served', 'refused']);
  });
});

void describe('hostile names', () => {
  const names = [
    '</script><img src=x onerror=alert(1)>',
    'safe\u202Etxt.exe',
    '\u001b[2J\u0007bell',
    'two\nlines',
    'x'.repeat(60),
  ];
  for (const name of names) {
    test(`${JSON.stringify(name)} is shown safely, and is no identity`, async (t) => {
      const bench = await startBench(t);
      // The generator reads names as RFC 4514 text, where some characters need an escape.
      const escaped = name.replace(/[<>"+,;\\#=]/g, '\\$&');
      const first = await createClient(escaped);
      assert.equal(await visit(bench, first), 'served');
      const second = await createClient(escaped);
      assert.equal(await visit(bench, second), 'served');
      assert.equal(bench.asked.length, 2, 'the same name is another client');
      assert.doesNotMatch(bench.asked[0]!.name, /\p{C}/u);
      assert.notEqual(bench.asked[0]!.name, '');
      assert.deepEqual(bench.asked[1]!.renews, []);
      assert.equal(bench.asked[1]!.namesakes[0]?.fingerprint256, fingerprintOf(first));
    });
  }
});

test('what is not supported says so', () => {
  for (const runtime of ['bun', 'deno']) {
    assert.throws(
      () => {
        checkRuntime({ [runtime]: '1.0.0' });
      },
      (error) =>
        error instanceof TruststoreError && error.code === 'ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME',
    );
  }
});

test('wrong options are refused', (t) => {
  const good = { file: temporaryFile(t), decide: () => 'accept' as const };
  const bad: object[] = [
    { file: '' },
    { file: 'a\0b' },
    { decide: 'accept' },
    { decisionMs: 0 },
    { decisionMs: Infinity },
    { maximumPending: 1.5 },
  ];
  for (const wrong of bad) {
    assert.throws(() => trustOnFirstUse({ ...good, ...wrong }), {
      code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
    });
  }
  assert.throws(() => trustOnFirstUse(undefined as never), {
    code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
  });
});
