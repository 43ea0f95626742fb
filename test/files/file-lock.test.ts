/**
 * The lock of the file, when it is abandoned, foreign or released.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';

import { withFileLock } from '../../dist/files/file-lock.js';
import { temporaryFile } from '../first-use/bench.js';
import type { TestContext } from '../first-use/bench.js';

void describe('the lock', () => {
  const lockPath = (t: TestContext): string => {
    const path = temporaryFile(t);
    fs.mkdirSync(dirname(path), { recursive: true });
    return path;
  };

  test('of a process that was killed is taken over, by one of those who wait', async (t) => {
    const path = lockPath(t);
    const script = `require(${JSON.stringify(require.resolve('../../dist/files/file-lock.js'))})
      .withFileLock(${JSON.stringify(path)}, 100, () => process.kill(process.pid, 'SIGKILL'))`;
    assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
    assert.equal(fs.existsSync(path), true, 'control: it was left behind');
    let [inside, done] = [0, 0];
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileLock(path, 5000, () => {
          assert.equal(++inside, 1);
          done++;
          inside--;
        }),
      ),
    );
    assert.equal(done, 8);
    assert.deepEqual(fs.readdirSync(dirname(path)), []);
  });

  const locked = { code: 'ERR_TRUSTSTORE_PEER_STORE_LOCKED' };
  const owner = { token: 'ab'.repeat(16), pid: process.pid, start: '', host: 'another machine' };
  const foreign: [string, string][] = [
    ['of another machine', JSON.stringify({ ...owner, pid: 1 })],
    ['that nobody can read', ''],
    ['whose token is a path', JSON.stringify({ ...owner, token: '../../x', pid: 2 ** 22 + 1 })],
  ];
  for (const [name, content] of foreign) {
    test(`${name} is respected, and named`, async (t) => {
      const path = lockPath(t);
      fs.writeFileSync(path, content);
      await assert.rejects(
        withFileLock(path, 50, () => assert.fail('got in')),
        { ...locked, path },
      );
      assert.equal(fs.readFileSync(path, 'utf8'), content);
    });
  }

  for (const links of [true, false]) {
    const where = links ? '' : ' without links';
    test(`leaves nothing behind on a full disk${where}, and works again when there is room`, async (t) => {
      const path = lockPath(t);
      if (!links) {
        t.mock.method(fs, 'linkSync', () => {
          throw Object.assign(new Error('no links here'), { code: 'EPERM' });
        });
      }
      const write = fs.writeFileSync;
      const isLast = (file: fs.PathOrFileDescriptor): boolean => links || typeof file === 'number';
      const full = t.mock.method(fs, 'writeFileSync', (...args: Parameters<typeof write>) => {
        if (!isLast(args[0])) {
          write(...args);
          return;
        }
        write(args[0], '{', args[2]);
        throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
      });
      await assert.rejects(
        withFileLock(path, 50, () => assert.fail('got in')),
        { code: 'ENOSPC' },
      );
      assert.deepEqual(fs.readdirSync(dirname(path)), []);
      full.mock.restore();
      assert.equal(await withFileLock(path, 50, () => 'done'), 'done');
      assert.deepEqual(fs.readdirSync(dirname(path)), []);
    });
  }

  test('is let go of when the work fails', async (t) => {
    const path = lockPath(t);
    await assert.rejects(
      withFileLock(path, 50, () => assert.fail('work')),
      /work/,
    );
    assert.equal(fs.existsSync(path), false);
  });
});
