/**
 * Checks where the bundle is put: no other user may be able to write there.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { writeBundle } from '../../dist/index.js';
import type { BundleFile, TruststoreError } from '../../dist/index.js';
import { isTruststoreError, libraryPath, makeMachine, makePki, on, runScript } from './machine.js';
import type { TestContext } from './machine.js';

const onWindows = process.platform === 'win32' && 'Windows has neither modes nor owners like these';
const notRoot = process.getuid?.() !== 0 && 'only root can give a file away';

test(
  'other users can neither read the file nor enter the directory',
  { skip: onWindows },
  async (t) => {
    const machine = makeMachine(t);
    machine.trust((await makePki()).root);
    const umask = process.umask(0);
    t.after(() => process.umask(umask));
    const { path, env } = writeBundle(on(machine));
    assert.equal(fs.statSync(path).mode & 0o777, 0o600);
    assert.equal(fs.statSync(dirname(path)).mode & 0o777, 0o700);
    assert.equal(fs.statSync(env['SSL_CERT_DIR'] ?? '').mode & 0o777, 0o700);

    fs.chmodSync(dirname(path), 0o777);
    fs.chmodSync(path, 0o666);
    writeBundle(on(machine));
    assert.equal(fs.statSync(path).mode & 0o777, 0o600);
    assert.equal(fs.statSync(dirname(path)).mode & 0o777, 0o700);
  },
);

test('a directory that others planted is not used', { skip: onWindows }, async (t) => {
  const machine = makeMachine(t);
  machine.trust((await makePki()).root);
  const elsewhere = join(machine.directory, 'elsewhere');
  fs.mkdirSync(elsewhere);
  fs.mkdirSync(join(machine.directory, 'cache'));
  fs.symlinkSync(elsewhere, join(machine.directory, 'cache', 'os-truststore'));
  const script = `console.log(require(${JSON.stringify(libraryPath)}).writeBundle().path)`;
  const temporary = join(machine.directory, 'tmp');
  fs.mkdirSync(temporary);
  const { stdout } = await runScript(
    { ...machine, env: { ...machine.env, TMPDIR: temporary } },
    script,
  );
  const path = stdout.trim();
  assert.ok(path.startsWith(join(temporary, 'os-truststore-')));
  assert.equal(fs.statSync(dirname(path)).mode & 0o777, 0o700);
  assert.deepEqual(fs.readdirSync(elsewhere), []);

  const planted = join(machine.directory, 'planted');
  fs.symlinkSync(elsewhere, planted);
  assert.throws(
    () => writeBundle(on(machine, { directory: planted })),
    isTruststoreError('ERR_TRUSTSTORE_WRITE_FAILED'),
  );
});

test('a directory of another user is not used, nor one below it', { skip: notRoot }, async (t) => {
  const machine = makeMachine(t);
  machine.trust((await makePki()).root);
  const theirs = join(machine.directory, 'theirs');
  fs.mkdirSync(theirs, { mode: 0o700 });
  fs.chownSync(theirs, 65534, 65534);
  for (const directory of [theirs, join(theirs, 'below', 'it')]) {
    assert.throws(
      () => writeBundle(on(machine, { directory })),
      (error: TruststoreError) =>
        error.message.includes('another user') && error.remedy !== undefined,
    );
  }
  assert.deepEqual(fs.readdirSync(theirs), []);
});

test('a place of the caller’s own is used as it is named', async (t) => {
  const machine = makeMachine(t);
  machine.trust((await makePki()).root);
  const directory = join(machine.directory, 'a', 'b');
  assert.equal(dirname(writeBundle(on(machine, { directory })).path), directory);
});

void describe('a directory of the caller’s that is there already', { skip: onWindows }, () => {
  /** Runs `writeBundle()` on a machine with one root and a directory of this mode. */
  async function prepare(
    t: TestContext,
    mode: number,
  ): Promise<{ directory: string; write(): BundleFile }> {
    const machine = makeMachine(t);
    machine.trust((await makePki()).root);
    const directory = join(machine.directory, 'mine');
    fs.mkdirSync(directory);
    fs.chmodSync(directory, mode);
    return { directory, write: () => writeBundle(on(machine, { directory })) };
  }
  const refused = (path: string, why: RegExp) => ({
    code: 'ERR_TRUSTSTORE_WRITE_FAILED',
    path,
    message: why,
  });

  for (const mode of [0o755, 0o700, 0o750]) {
    test(`keeps its mode ${mode.toString(8)}`, async (t) => {
      const { directory, write } = await prepare(t, mode);
      const { path } = write();
      assert.equal(dirname(path), directory);
      assert.equal(fs.statSync(directory).mode & 0o7777, mode);
      assert.equal(fs.statSync(path).mode & 0o777, 0o600);
    });
  }

  for (const mode of [0o775, 0o757, 0o1777]) {
    test(`is refused with mode ${mode.toString(8)}, and nothing is put into it`, async (t) => {
      const { directory, write } = await prepare(t, mode);
      assert.throws(write, refused(directory, /written to by others/));
      assert.deepEqual(fs.readdirSync(directory), []);
      assert.equal(fs.statSync(directory).mode & 0o7777, mode, 'and it keeps its mode');
    });
  }

  test('is refused where everybody could put another one into its place', async (t) => {
    const { directory, write } = await prepare(t, 0o700);
    fs.chmodSync(dirname(directory), 0o777);
    assert.throws(write, refused(dirname(directory), /written to by others/));
    assert.deepEqual(fs.readdirSync(directory), []);
    // Like /tmp, where only owners may rename.
    fs.chmodSync(dirname(directory), 0o1777);
    assert.equal(dirname(write().path), directory);
  });

  test('must have nothing in what SSL_CERT_DIR names', async (t) => {
    const { directory, write } = await prepare(t, 0o700);
    const empty = write().env['SSL_CERT_DIR'] ?? '';
    fs.writeFileSync(join(empty, 'abcdef01.0'), '');
    assert.throws(write, refused(empty, /not an empty directory/));
    fs.rmSync(empty, { recursive: true });
    fs.symlinkSync(fs.mkdtempSync(join(dirname(directory), 'elsewhere-')), empty);
    assert.throws(write, refused(empty, /not an empty directory/));
    fs.unlinkSync(empty);
    assert.equal(write().env['SSL_CERT_DIR'], empty);
  });

  test('is used without what another user put there', { skip: notRoot }, async (t) => {
    const { directory, write } = await prepare(t, 0o700);
    const { path, env } = write();
    const empty = env['SSL_CERT_DIR'] ?? '';
    fs.chownSync(path, 65534, 65534);
    assert.equal(write().path, path);
    assert.equal(fs.statSync(path).uid, process.getuid?.(), 'the same text in a file of our own');
    fs.chownSync(empty, 65534, 65534);
    assert.throws(write, refused(empty, /of this user/));
    assert.deepEqual(fs.readdirSync(directory).sort(), [basename(path), basename(empty)].sort());
  });
});
