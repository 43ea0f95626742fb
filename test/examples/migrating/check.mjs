import { cpSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertWorks, compare, project, run } from '../company.mjs';

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

test('one line in place of others, loaded first, makes a program work', () =>
  compare(
    ['migrating/inject.cjs', 'behind-a-proxy/app.js'],
    [process.execPath, ['--require', './inject.cjs', 'app.js']],
    /^200$/m,
  ));

test('a list of CAs in place of another', () =>
  compare(['migrating/ca.mjs'], [process.execPath, ['ca.mjs']], /^200$/m));

test('the program that used system-ca worked here, too', async () => {
  const cwd = project(['migrating/system-ca.mjs']);
  const from = realpathSync(path.join(modules, 'system-ca'));
  cpSync(from, path.join(cwd, 'node_modules/system-ca'), { recursive: true });
  assertWorks(await run(process.execPath, ['system-ca.mjs'], { cwd }), /^200$/m);
});
