import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';

const extension = process.platform === 'win32' ? '.exe' : '';
const program = join(__dirname, `../../test/native/build/Release/windows_usage${extension}`);

it('the rules for purposes on Windows hold, case by case', () => {
  const { status, stdout, error } = spawnSync(program, { encoding: 'utf8' });
  if (error) throw error;
  const lines = stdout.trim().split(/\r?\n/);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('ok ')),
    [],
  );
  assert.equal(lines.length, 120);
  assert.equal(status, 0);
});
