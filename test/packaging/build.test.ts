import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { blocksRunBy } from '../documents/blocks.js';
import { install, mustRun, pack, run, temporaryFolder } from './packed.js';

const whichAddon = `
  const { strategy } = require('os-truststore').readSystemStore();
  const { sharedObjects } = process.report.getReport();
  console.log(strategy, sharedObjects.find((file) => file.endsWith('.node')));`;

void describe('os-truststore build, in the installed package', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let root: string;
  let command: string;
  // Whether the result is fast does not matter here.
  const env = { ...process.env, CXXFLAGS: '-O0' };

  before(async () => {
    folder = await temporaryFolder();
    await install((await pack(folder.path)).path, folder.path);
    root = join(folder.path, 'node_modules/os-truststore');
    command = join(folder.path, 'node_modules/.bin/os-truststore');
  });

  after(() => folder.cleanUp());

  test('installing has compiled nothing', () => {
    assert.equal(existsSync(join(root, 'build')), false);
    assert.equal(existsSync(join(root, 'binding.gyp')), false);
  });

  test('makes an addon from the packed sources alone, and it is the one that is used', async () => {
    // There is no prebuilt addon, as on a system for which none is built.
    await rename(join(root, 'prebuilds'), join(folder.path, 'prebuilds-away'));
    const built = join(root, 'build/Release/os_truststore.node');
    const [documented] = await blocksRunBy('test/packaging/build.test.ts');
    const [program = '', ...args] = documented!.code.split(' ');
    const output = await mustRun(program, args, { cwd: folder.path, env });
    assert.equal(output, `${built}\n`);
    assert.equal(
      (await mustRun(process.execPath, ['-e', whichAddon], { cwd: folder.path })).trim(),
      `addon ${built}`,
    );
    await rename(join(folder.path, 'prebuilds-away'), join(root, 'prebuilds'));
    assert.equal(
      (await mustRun(process.execPath, ['-e', whichAddon], { cwd: folder.path })).trim(),
      `addon ${built}`,
    );
    await rm(join(root, 'build'), { recursive: true });
  });

  test('without a compiler says what is needed, and leaves things as they were', async () => {
    const broken = { ...env, CXX: join(folder.path, 'no-such-compiler'), CC: '/bin/false' };
    const { status, stdout, stderr } = await run(command, ['build'], {
      cwd: folder.path,
      env: broken,
    });
    assert.equal(status, 4);
    assert.equal(stdout, '');
    assert.match(stderr, /ERR_TRUSTSTORE_BUILD_FAILED/);
    assert.match(stderr, /Python 3, make and a C\+\+17 compiler/);
    assert.equal(existsSync(join(root, 'build/Release/os_truststore.node')), false);
  });

  test('where it may not write says how to put the addon elsewhere', async () => {
    await mkdir(join(folder.path, 'taken'));
    await writeFile(join(folder.path, 'taken/build'), 'a file where a folder is needed');
    const output = join(folder.path, 'taken/build/addon.node');
    const { status, stderr } = await run(command, ['build', '-o', output], {
      cwd: folder.path,
      env,
    });
    assert.equal(status, 5);
    assert.match(stderr, /--output FILE.*OS_TRUSTSTORE_ADDON=FILE/);
  });
});
