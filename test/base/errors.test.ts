/**
 * What a program, and a person who reads its output, sees of an error.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';

import { TruststoreError as LateTruststoreError } from '../../dist/errors.js';
import { ErrorCodes, TruststoreError, getTrustedCAs } from '../../dist/index.js';

const libraryPath = resolve(__dirname, '..', '..', 'dist', 'index.js');

test('an uncaught error is printed in a few lines, under its name', () => {
  const script = `require(${JSON.stringify(libraryPath)}).getTrustedCAs({ exclude: ['x'] })`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^TruststoreError: options\.exclude must be .*, not "x"$/m);
  assert.match(stderr, /ERR_TRUSTSTORE_INVALID_ARGUMENT/);
  assert.doesNotMatch(stderr, /undefined/, 'fields that are not there are not shown');
  assert.ok(stderr.length < 4000, `${stderr.length} characters, for one line of words`);
});

test('an error is one of ours whichever part threw it, and a subclass is its own', () => {
  class Special extends TruststoreError {}
  const fields = { operation: 'test' };
  const late = new LateTruststoreError(ErrorCodes.DEADLINE, 'late', fields);
  const special = new Special(ErrorCodes.DEADLINE, 'special', fields);
  assert.ok(late instanceof TruststoreError);
  assert.ok(special instanceof TruststoreError);
  assert.ok(special instanceof Special);
  assert.ok(!(late instanceof Special));
  assert.ok(!(new Error('other') instanceof TruststoreError));
  assert.deepEqual(Object.keys(late), ['code', 'operation']);
  assert.throws(() => getTrustedCAs({ exclude: ['x'] }), /^TruststoreError: options\.exclude/);
});
