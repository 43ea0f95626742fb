/**
 * What users rely on does not change by accident: types, exports, error codes, the command and the environment. The files in
 * snapshot/ are what the last release has.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import * as library from '../../dist/index.js';
import { CommandOnMachine, describeCommand, describeFacts } from './command.js';
import { describePublicTypes } from './public-types.js';
import { assertSnapshot, heading, projectRoot } from './snapshot.js';
import { environmentVariables } from './variables.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

test('the types are those of the last release', () => {
  assertSnapshot('types', describePublicTypes(projectRoot));
});

/** `import.types` for the key `types` below `import`. */
function paths(value: unknown, before: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return [before.join(' ')];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, [...before, key]));
}

test('entry points, exports, their parameters and error codes are those of the last release', () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    exports: object;
    bin: object;
  };
  const exports = Object.entries(library)
    .map(
      ([name, value]) =>
        `${name}: ${typeof value === 'function' ? `function of ${value.length}` : typeof value}`,
    )
    .sort();
  const codes = Object.entries(library.ErrorCodes).map(([name, code]) => `${name}: ${code}`);
  assertSnapshot('exports', [
    ...[heading('exports in package.json'), ...paths(manifest.exports)],
    ...[heading('commands in package.json'), ...Object.keys(manifest.bin)],
    ...[heading('exports'), ...exports],
    ...[heading('ErrorCodes'), ...codes.sort()],
  ]);
});

test(
  'what commands print, and their exit codes, are those of the last release',
  unix,
  async (t) => {
    const machine = new CommandOnMachine(t);
    assertSnapshot('command', await describeCommand(machine));
    assertSnapshot('command-facts', await describeFacts(machine));
    const failures = Object.values(library.ErrorCodes)
      .sort()
      .map((code) => new library.TruststoreError(code, 'failed', { operation: 'test' }));
    const exits = [`any other error: ${await machine.exitCodeOf(new Error('failed'))}`];
    for (const error of failures) {
      exits.push(`${error.code}: ${await machine.exitCodeOf(error)}`);
    }
    assertSnapshot('exit-codes', exits);
  },
);

test('environment variables are those of the last release', () => {
  assertSnapshot('variables', environmentVariables(projectRoot));
});
