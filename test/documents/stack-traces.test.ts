/**
 * Runs the commands of CONTRIBUTING that lead from a stack trace to a line of lib/, as they stand.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

import { blocksRunBy } from './blocks.js';

const root = resolve(__dirname, '..', '..');
const skip = process.platform === 'win32' && 'needs sh';

test(
  'a line of a published file leads to a line of lib/, and the sources can be unpacked',
  { skip },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'os-truststore-trace-'));
    t.after(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    for (const file of ['dist/parts/judging.js.map', 'dist/sources.json.br']) {
      cpSync(join(root, file), join(folder, file));
    }
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']!}` };
    const [find, unpack] = (await blocksRunBy('test/documents/stack-traces.test.ts')).map(
      ({ code }) => execFileSync('sh', ['-c', code], { cwd: folder, env, encoding: 'utf8' }),
    );
    const [, file = ''] = /fileName: '(?:\.\.\/)*(lib\/[\w/-]+\.ts)'/.exec(find!) ?? [];
    assert.equal(unpack, '');
    assert.equal(readFileSync(join(folder, file), 'utf8'), readFileSync(join(root, file), 'utf8'));
  },
);
