import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const program = join(
  __dirname,
  `../../test/native/build/Release/mac_rules${process.platform === 'win32' ? '.exe' : ''}`,
);

test('every row of the rules for macOS trust settings holds', () => {
  const { status, stdout } = spawnSync(program, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^ok every row of the trust settings rule holds$/m);
  assert.match(stdout, /^ok every row of the domain rule holds$/m);
});
