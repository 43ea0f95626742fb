/**
 * Checks that the documents for users name every command, option, exit code and variable.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { bundleVariables } from '../../dist/bundle/environment.js';
import { diagnosisClasses } from '../../dist/explain/classes.js';
import { lines, runFake } from './run-cli.js';
import type { TestContext } from './run-cli.js';

const root = resolve(__dirname, '..', '..');
const readme = ['README.md', 'lib/cli/README.md', 'lib/bundle/README.md', 'lib/inject/README.md']
  .map((file) => join(root, file))
  .filter((file) => existsSync(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

function help(t: TestContext, ...command: string[]): string {
  const { status, stdout, stderr } = runFake(t, { certificates: [] }, [...command, '--help']);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

function commands(t: TestContext): string[] {
  const [, list = ''] = /^Commands:\n((?: .*\n)+)/m.exec(help(t)) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
}

test('every command and each of its options is in the documents', (t) => {
  const names = commands(t).filter((name) => name !== 'help');
  assert.ok(names.length >= 7, names.join(' '));
  for (const name of names) {
    assert.ok(readme.includes(`os-truststore ${name}`), name);
    const options = help(t, name).match(/^ {2}(?:-\w, )?(--[a-z-]+)/gm) ?? [];
    for (const option of options) {
      const flag = option.trim().replace(/^-\w, /, '');
      assert.ok(flag === '--help' || readme.includes(`\`${flag}`), `${name} ${flag}`);
    }
  }
});

test('the help of every command fits 80 columns', (t) => {
  for (const name of commands(t).filter((command) => command !== 'help')) {
    for (const line of lines(help(t, name))) assert.ok(line.length <= 80, `${name}: ${line}`);
  }
});

test('every exit code is in the documents, and those of a diagnosis with its name', () => {
  for (const [name, { exitCode }] of Object.entries(diagnosisClasses)) {
    const named = new RegExp(`\\b${exitCode}\\b\\W{1,8}${name}\\b`);
    if (exitCode > 0) assert.match(readme, named, name);
  }
  for (const code of ['0', '1', '2', '3', '4', '5', '60', '125 ?– ?127']) {
    assert.match(readme, new RegExp(`^[|-] \\W{0,3}${code}\\b`, 'm'), code);
  }
});

/** Variables with which our processes talk to each other. */
const internal = ['OS_TRUSTSTORE_OPTIONS'];

test('every variable is in the documents', () => {
  const sources = readdirSync(join(root, 'lib'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'lib', name), 'utf8'));
  const found = sources.flatMap((text) => text.match(/OS_TRUSTSTORE_[A-Z_]+/g) ?? []);
  const names = new Set(found.filter((name) => !internal.includes(name)));
  assert.ok(names.size >= 10);
  for (const name of [...names, ...bundleVariables.map((variable) => variable.name)]) {
    assert.ok(readme.includes(name), name);
  }
});
