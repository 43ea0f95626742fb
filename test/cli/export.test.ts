import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeRecord, makeTemporaryDirectory, runFake, runHere } from './run-cli.js';

function blocks(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
}

test('each certificate of the bundle follows a comment with its name', async (t) => {
  const [first, second] = [await makeRecord('First'), await makeRecord('Second')];
  const { status, stdout } = runFake(t, { certificates: [first], merged: [second] }, ['export']);
  assert.equal(status, 0);
  assert.equal(stdout, `# First\n${first.pem}\n# Second\n${second.pem}`);
  for (const pem of blocks(stdout)) assert.ok(new crypto.X509Certificate(pem).ca);
});

test('--source system leaves out what only the merge adds', async (t) => {
  const [first, second] = [await makeRecord('First'), await makeRecord('Second')];
  const store = { certificates: [first], merged: [second] };
  const { stdout } = runFake(t, store, ['export', '--source', 'system']);
  assert.deepEqual(blocks(stdout), [first.pem]);
});

test('--exclude takes fingerprints with and without colons', async (t) => {
  const [first, second] = [await makeRecord('First'), await makeRecord('Second')];
  for (const fingerprint of [
    first.fingerprint256,
    first.fingerprint256.replaceAll(':', '').toLowerCase(),
  ]) {
    const args = ['export', '--source', 'system', '--exclude', fingerprint];
    const { stdout } = runFake(t, { certificates: [first, second] }, args);
    assert.deepEqual(blocks(stdout), [second.pem]);
  }
});

test('--exclude takes the digits that list prints, where they mean one certificate', async () => {
  const [first, second] = [await makeRecord('First'), await makeRecord('Second')];
  const digits = first.fingerprint256.replaceAll(':', '');
  const store = { certificates: [first, second] };
  for (const source of ['system', 'merged']) {
    for (const short of [digits.slice(0, 8).toLowerCase(), first.fingerprint256.slice(0, 29)]) {
      const args = ['export', '--source', source, '--exclude', short];
      const { stdout, stderr } = await runHere(store, args);
      assert.deepEqual(blocks(stdout), [second.pem], stderr);
    }
  }
  const twin = { ...second, fingerprint256: first.fingerprint256.replace(/..$/, '00') };
  const both = { certificates: [first, twin] };
  const ambiguous = await runHere(both, ['export', '--exclude', digits.slice(0, 8)]);
  assert.equal(ambiguous.status, 2);
  assert.match(ambiguous.stderr, /may mean 2 certificates: /);
  for (const { fingerprint256, name } of [
    { ...first, name: 'First' },
    { ...twin, name: 'Second' },
  ]) {
    assert.ok(ambiguous.stderr.includes(`${fingerprint256} (${name})`), ambiguous.stderr);
  }
  const none = await runHere({ certificates: [second] }, [
    'export',
    '--exclude',
    digits.slice(0, 9),
  ]);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /no certificate of this set/);
  const absent = await runHere({ certificates: [second] }, ['export', '--exclude', digits]);
  assert.equal(absent.status, 0, 'a whole fingerprint may be that of another machine');
});

test('--exclude fails for a text that is not a fingerprint, instead of leaving nothing out', async (t) => {
  const certificates = [await makeRecord('First')];
  const args = ['export', '--source', 'system', '--exclude', 'AB:CD'];
  const { status, stdout, stderr } = runFake(t, { certificates }, args);
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /SHA-256 fingerprint or its first 8 digits or more, not "AB:CD"/);
});

test('a name cannot smuggle a block into the bundle', async (t) => {
  const evil = await makeRecord(`x\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`);
  const { stdout } = runFake(t, { certificates: [evil] }, ['export']);
  assert.equal(stdout.match(/-----BEGIN/g)?.length, 1);
  assert.deepEqual(blocks(stdout), [evil.pem]);
});

test('-o writes the file, says so on stderr and nothing on stdout', async (t) => {
  const record = await makeRecord('Root');
  const path = join(makeTemporaryDirectory(t), 'bundle.pem');
  const result = runFake(t, { certificates: [record] }, ['export', '-o', path]);
  assert.deepEqual(result, {
    status: 0,
    stdout: '',
    stderr: `1 certificate written to ${path}\n`,
  });
  assert.equal(fs.readFileSync(path, 'utf8'), `# Root\n${record.pem}`);
});

test('an empty bundle is refused, and a file that was there stays as it was', (t) => {
  const path = join(makeTemporaryDirectory(t), 'bundle.pem');
  fs.writeFileSync(path, 'precious');
  for (const args of [['export', '-o', path], ['export'], ['export', '--source', 'system']]) {
    const { status, stdout, stderr } = runFake(t, { certificates: [] }, args);
    assert.equal(status, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: .*ERR_TRUSTSTORE_EMPTY_SET\)\ntry: .+\n$/);
  }
  assert.equal(fs.readFileSync(path, 'utf8'), 'precious');
});

test('a place that cannot be written is exit code 5, with a remedy', async (t) => {
  const path = join(makeTemporaryDirectory(t), 'missing', 'bundle.pem');
  const store = { certificates: [await makeRecord('Root')] };
  const { status, stderr } = runFake(t, store, ['export', '-o', path]);
  assert.equal(status, 5);
  assert.match(stderr, /^error: .*missing.*ERR_TRUSTSTORE_WRITE_FAILED\)\ntry: .+\n$/);
});
