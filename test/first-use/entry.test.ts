/**
 * `os-truststore/first-use`, as programs load it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(__dirname, '../..');

/** Runs a program that has the package by its name, and says which files of it were loaded and which addons mapped. */
function run(program: string, ...flags: string[]): Record<string, unknown> {
  const prelude = `const mapped = []; const { dlopen } = process;
    process.dlopen = (module, file, ...rest) => { mapped.push(file); return dlopen.call(process, module, file, ...rest); };`;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', prelude + program], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Record<string, unknown>;
}

const file = JSON.stringify(join(root, 'no-such-folder', 'peers.json'));

test('it is one file, which maps no addon', () => {
  const { files, mapped } = run(`
    const { relative, sep } = require('node:path');
    const { trustOnFirstUse } = require('os-truststore/first-use');
    trustOnFirstUse({ file: ${file}, decide: () => 'refuse' });
    const files = Object.keys(require.cache).map((file) => relative('dist', file).replaceAll(sep, '/'));
    console.log(JSON.stringify({ files, mapped }));`);
  assert.deepEqual(files, ['first-use/index.js']);
  assert.deepEqual(mapped, []);
});

test('the package and the entry point use one file, and know the errors of each other', () => {
  const { files, known, same } = run(
    `import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/program.js');
    const entries = [require('os-truststore'), require('os-truststore/first-use'), await import('os-truststore/first-use')];
    const errors = entries.map(({ trustOnFirstUse }) => {
      trustOnFirstUse({ file: ${file}, decide: () => 'refuse' });
      try { trustOnFirstUse({}); } catch (error) { return error; }
    });
    const files = Object.keys(require.cache).filter((file) => file.includes('first-use'));
    const known = entries.map(({ TruststoreError, ErrorCodes }) =>
      errors.every((error) => error instanceof TruststoreError && error.code === ErrorCodes.INVALID_ARGUMENT));
    const same = entries[1].trustOnFirstUse === entries[2].trustOnFirstUse;
    console.log(JSON.stringify({ files: files.length, known, same }));`,
    '--input-type=module',
  );
  assert.deepEqual({ files, known, same }, { files: 1, known: [true, true, true], same: true });
});
