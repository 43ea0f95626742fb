import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';

const extension = process.platform === 'win32' ? '.exe' : '';
const program = join(__dirname, `../../test/native/build/Release/verdicts${extension}`);

it('the verdicts of Windows and macOS become the codes of Node, case by case', () => {
  const { status, stdout, error } = spawnSync(program, { encoding: 'utf8' });
  if (error) throw error;
  const lines = stdout.trim().split(/\r?\n/);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('ok ')),
    [],
  );
  assert.ok(lines.length > 160, String(lines.length));
  assert.equal(status, 0);
});
