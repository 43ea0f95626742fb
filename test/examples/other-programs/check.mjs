import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertRefused, assertWorks, project, script } from '../company.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** A project with us, and a program that is installed elsewhere and found in PATH. */
function installed(...files) {
  const cwd = project(files.map((file) => `other-programs/${file}`));
  const bin = path.join(project([]), 'bin');
  mkdirSync(bin);
  cpSync(path.join(here, 'some-cli.cjs'), path.join(bin, 'some-cli'));
  return { cwd, env: { PATH: `${bin}:${process.env.PATH}` } };
}

test('a program of others, installed elsewhere, is refused by itself', async () => {
  assertRefused(await script(path.join(here, 'bare.sh'), installed()));
});

for (const file of ['run.sh', 'inject.sh', 'shell.sh', 'absolute.sh']) {
  test(`${file} makes it work`, async () => {
    assertWorks(await script(file, installed(file)), /^some-cli 200$/m);
  });
}

test('the name of the package in NODE_OPTIONS breaks it, because it is no part of the project', async () => {
  const { status, output } = await script('breaks.sh', installed('breaks.sh'));
  assert.notEqual(status, 0);
  assert.match(output, /Cannot find module 'os-truststore\/register'/);
});
