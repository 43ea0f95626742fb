import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { rootCertificates } from 'node:tls';

import { CAN_WAIT, createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const SCENARIOS = join(__dirname, 'deadline.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

async function prepare(t: TestContext): Promise<Record<string, string>> {
  const root = await createRoot();
  const userRoot = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const { url: userUrl } = await startServer(t, await createLeaf(userRoot));
  return { url, userUrl, root: root.pem, userRoot: userRoot.pem };
}

void test('inject does not wait for the store; the first context does, for what is left', async (t) => {
  const { result } = await runScenario<Record<string, number>>(SCENARIOS, 'slowStore', {
    input: await prepare(t),
  });
  const { injecting = 0, waiting = 0, total = 0, ...rest } = result;
  assert.ok(injecting < 2000, `inject() took ${injecting} ms of 3000`);
  assert.ok(total > 2950, `the context was there after ${total} ms of 3000`);
  assert.ok(waiting < total - 450, `the context waited ${waiting} ms of ${total}`);
  assert.deepEqual(rest, { attempt: 'ok', reads: 1 });
});

void test('a store that hangs leaves bundled roots and user CAs in force, warns once and is used late', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'hangingStore', { input: await prepare(t) });
  assert.deepEqual(result, {
    late: true,
    before: { system: REFUSED, user: 'ok' },
    bundled: rootCertificates.length + 1,
    after: { system: 'ok', user: 'ok', fetch: 'ok' },
    certificates: rootCertificates.length + 2,
    events: ['ERR_TRUSTSTORE_DEADLINE'],
    warnings: ['ERR_TRUSTSTORE_DEADLINE'],
    changes: [1],
    stillLate: true,
  });
});

async function prepareLate(t: TestContext): Promise<Record<string, string>> {
  const evil = await createRoot();
  const gone = await createRoot();
  const orphan = await createRoot({ commonName: 'Orphaned CA', issuer: gone });
  const { url: evilUrl } = await startServer(t, await createLeaf(evil));
  return { ...(await prepare(t)), evilUrl, evil: evil.pem, orphan: orphan.pem };
}

const NOT_USED = (why: string): string => `A certificate you named is not used (${why})`;

void test('what is added while the store hangs is judged at once, and again by its answer', async (t) => {
  const { result } = await runScenario<Record<string, unknown>>(SCENARIOS, 'addWhileHanging', {
    input: await prepareLate(t),
  });
  const { blocked, ...rest } = result;
  assert.ok(Number(blocked) < 1900, `three CAs were added in ${String(blocked)} ms`);
  assert.deepEqual(rest, {
    late: true,
    before: [REFUSED, 'ok', 'ok'],
    diff: { added: 1, removed: [true] },
    after: ['ok', 'ok', REFUSED],
    holdsOrphan: false,
    warnings: [
      'The system store did not answer within 2000 ms; its CAs are used as soon as it does',
      NOT_USED('orphan'),
      NOT_USED('distrusted'),
    ],
  });
});

void test('what the store has said stands while it does not answer again: distrust and roots', async (t) => {
  const { result } = await runScenario<Record<string, unknown>>(SCENARIOS, 'addAfterAnswer', {
    input: await prepareLate(t),
  });
  const { blocked, ...rest } = result;
  assert.ok(Number(blocked) < 1900, `the second CA was added in ${String(blocked)} ms`);
  assert.deepEqual(rest, {
    first: 'ok',
    after: ['ok', 'ok', REFUSED],
    removed: REFUSED,
    warnings: [
      'The system store did not answer within 2000 ms; its CAs are used as soon as it does',
      NOT_USED('distrusted'),
    ],
  });
});

void test('a program that uses no TLS loads none, and ends while the store hangs', async (t) => {
  const { result, elapsedMs } = await runScenario(SCENARIOS, 'idle', { input: await prepare(t) });
  assert.deepEqual(result, CAN_WAIT ? [] : ['tls', 'worker_threads']);
  assert.ok(elapsedMs < 40_000, `ended after ${elapsedMs} ms`);
});

void test('an empty set is never installed', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'emptyStore', { input: await prepare(t) });
  assert.deepEqual(result, {
    codes: ['ERR_TRUSTSTORE_EMPTY_SET'],
    nothing: REFUSED,
    reloading: 'ERR_TRUSTSTORE_EMPTY_SET',
    filled: 'ok',
    emptied: 'ERR_TRUSTSTORE_EMPTY_SET',
    kept: 'ok',
  });
});

void test('a source that fails takes nothing away', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'failingSource', { input: await prepare(t) });
  assert.deepEqual(result, {
    before: 'ok',
    reload: 'ERR_TRUSTSTORE_READ_FAILED',
    after: 'ok',
    certificates: rootCertificates.length + 1,
  });
});

void test('a store that cannot be read is reported and leaves the bundled roots', async (t) => {
  const { result } = await runScenario(SCENARIOS, 'failingAtStart', { input: await prepare(t) });
  assert.deepEqual(result, {
    codes: ['ERR_TRUSTSTORE_READ_FAILED'],
    certificates: rootCertificates.length,
    warnings: 1,
    url: REFUSED,
  });
});
