/**
 * Checks that lib/cli/README.md names every command, option, exit code and variable.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { bundleVariables, preferredVariables } from '../../dist/bundle/environment.js';
import { ExitCode } from '../../dist/cli/exit-code.js';
import { createProgram } from '../../dist/cli/program.js';
import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import { documentedVariables } from '../../dist/cli/variables.js';
import { diagnosisClasses } from '../../dist/explain/classes.js';
import { createFakeApi } from './fake-api.js';
import { lines, runFake } from './run-cli.js';
import type { TestContext } from './run-cli.js';

const root = resolve(__dirname, '..', '..');
const page = readFileSync(join(root, 'lib/cli/README.md'), 'utf8');

const terminal = createTerminal(process.stdout, process.stderr, {});

function help(t: TestContext, ...command: string[]): string {
  const { status, stdout, stderr } = runFake(t, { certificates: [] }, [...command, '--help']);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

function commands(t: TestContext): string[] {
  const [, list = ''] = /^Commands:\n((?: .*\n)+)/m.exec(help(t)) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
}

test('the page of commands is what the definitions say', () => {
  const script = join(root, 'lib', 'build', 'command-reference.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [script, '--print'], { encoding: 'utf8' });
  assert.equal(page, stdout, `npm run docs:commands writes it anew. ${stderr}`);
});

test('each example of the page is a command with options that exist', async () => {
  // The page quotes the help of each command as it stands: 'lib/cli/README.md'.
  const examples = [
    ...page.matchAll(/^ {2}\$ (?:eval "\$\()?(?:npx )?os-truststore ([^|>)\n]+)/gm),
  ];
  assert.ok(examples.length > 10, String(examples.length));
  for (const [, text = ''] of examples) {
    const ran: string[] = [];
    const program = createProgram({
      api: createFakeApi({ certificates: [] }),
      terminal,
      finish: String,
    });
    for (const command of program.commands) command.action(() => void ran.push(command.name()));
    const [words = ''] = text.split(/ {2,}|"\)?$/);
    await program.parseAsync(words.trim().split(' '), { from: 'user' });
    assert.equal(ran.length, 1, text);
  }
});

test('the page names every command, option and exit code', (t) => {
  const names = commands(t).filter((name) => name !== 'help');
  assert.ok(names.length >= 7, names.join(' '));
  for (const name of names) assert.ok(page.includes(`## os-truststore ${name}\n`), name);
  for (const flag of ['--exclude <fingerprint>', '--inject', '--ca <file>', '--local']) {
    assert.ok(page.includes(`\`${flag}\``), flag);
  }
  for (const [name, { exitCode }] of Object.entries(diagnosisClasses)) {
    if (exitCode > 0) assert.ok(page.includes(`- ${exitCode} \`${name}\`: `), name);
  }
  for (const code of [...Object.values(ExitCode)]) {
    assert.match(page, new RegExp(`\\b${code}: `), String(code));
  }
});

test('the help of every command fits 80 columns', (t) => {
  for (const name of commands(t).filter((command) => command !== 'help')) {
    for (const line of lines(help(t, name))) assert.ok(line.length <= 80, `${name}: ${line}`);
  }
});

/** Variables with which our processes talk to each other. */
const internal = ['OS_TRUSTSTORE_OPTIONS'];

test('every variable has a sentence on the page', () => {
  const sources = readdirSync(join(root, 'lib'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'lib', name), 'utf8'));
  const found = sources.flatMap((text) => text.match(/OS_TRUSTSTORE_[A-Z_]+/g) ?? []);
  const names = new Set(found.filter((name) => !internal.includes(name)));
  assert.ok(names.size >= 10);
  const told = new Set(documentedVariables.flatMap((variable) => variable.names));
  for (const name of names) assert.ok(told.has(name), name);
  for (const { name } of bundleVariables) assert.ok(page.includes(name), name);
});

test('the page of the bundle names each variable that is set or replaced, and no other', () => {
  const text = readFileSync(join(root, 'lib', 'bundle', 'README.md'), 'utf8');
  const rows = text.match(/^- `.+$/gm) ?? [];
  const named = rows.flatMap((row) => [...(row.split(':')[0] ?? '').matchAll(/`(\w+)`/g)]);
  const found = named.map(([, name = '']) => name).filter((name) => name.includes('_'));
  const known = [...bundleVariables.map(({ name }) => name), ...preferredVariables];
  assert.deepEqual(found.sort(), known.sort());
});
