import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { bundleVariables } from '../../dist/bundle/environment.js';
import { assignments, dockerfile, formatAliases } from '../../dist/cli/shells/shells.js';
import { createCertificate } from '../helpers/pki.js';
import { lines, mainScript, makeTemporaryDirectory, runNode } from './run-cli.js';
import type { CliResult, TestContext } from './run-cli.js';

const names = bundleVariables.map(({ name }) => name);
const noVariables = Object.fromEntries(names.map((name) => [name, '']));

interface Machine {
  directory: string;
  root: string;
  run(args: readonly string[], env?: Record<string, string>): CliResult;
}

async function makeMachine(t: TestContext): Promise<Machine> {
  const directory = makeTemporaryDirectory(t);
  const { pem } = await createCertificate({ commonName: 'Env Test Root' });
  fs.writeFileSync(join(directory, 'system.pem'), pem);
  fs.mkdirSync(join(directory, 'empty'));
  const own = {
    ...noVariables,
    XDG_CACHE_HOME: join(directory, "it's a $cache"),
    LOCALAPPDATA: join(directory, "it's a $cache"),
    SSL_CERT_FILE: join(directory, 'system.pem'),
    SSL_CERT_DIR: join(directory, 'empty'),
  };
  return {
    directory,
    root: pem,
    run: (args, env = {}) => runNode(mainScript, args, { ...own, ...env }),
  };
}

test(
  'a shell that reads the lines has the variables',
  { skip: process.platform === 'win32' && 'Windows has no sh' },
  async (t) => {
    const { run, root } = await makeMachine(t);
    const { status, stdout, stderr } = run(['env', 'sh']);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const shell = spawnSync('sh', ['-c', `${stdout}\nenv -0`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    const variables = new Map(
      shell.stdout
        .split('\0')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    for (const name of names) {
      const path = variables.get(name) ?? '';
      assert.ok(path.includes("/it's a $cache/os-truststore/"), `${name}=${path}`);
      if (name !== 'SSL_CERT_DIR') assert.ok(fs.readFileSync(path, 'utf8').includes(root));
    }
  },
);

test('each language quotes what it would take for its own', () => {
  const value = (format: Parameters<typeof assignments>[0], path: string): string =>
    assignments(format, { NAME: path }, ['comment 100%']);
  assert.equal(value('sh', `/a'b $c`), `export NAME='/a'\\''b $c'\n# comment 100%\n`);
  assert.equal(value('fish', `/a'b\\c`), `set -gx NAME '/a\\'b\\\\c'\n# comment 100%\n`);
  assert.equal(value('powershell', "C:\\a’b'c"), "$env:NAME = 'C:\\a’’b''c'\n# comment 100%\n");
  assert.equal(value('cmd', 'C:\\100% & b'), 'set "NAME=C:\\100%% & b"\nrem comment 100%%\n');
  assert.equal(
    value('cmd', '--require "C:\\\\a & 100%\\\\b (1)\\\\r.js"'),
    'set NAME=--require ^"C:\\\\a ^& 100%%\\\\b ^(1^)\\\\r.js^"\nrem comment 100%%\n',
  );
  assert.equal(value('github-actions', '/a b'), 'NAME=/a b\n');
  for (const format of ['sh', 'fish', 'powershell', 'cmd', 'github-actions'] as const) {
    assert.throws(() => value(format, '/a\nEVIL=1'), /ERR_TRUSTSTORE_INVALID_ARGUMENT|one that/);
  }
  assert.doesNotMatch(value('cmd', '/a"&calc&"'), /[^^]["&]/);
});

test('json, github-actions and the others name the same files', async (t) => {
  const { run } = await makeMachine(t);
  const variables = JSON.parse(run(['env', 'json']).stdout) as Record<string, string>;
  assert.deepEqual(Object.keys(variables), names);
  const expected = Object.entries(variables).map(([name, path]) => `${name}=${path}`);
  assert.deepEqual(lines(run(['env', 'github-actions']).stdout), expected);
  for (const format of ['fish', 'powershell', 'cmd']) {
    const { stdout } = run(['env', format]);
    for (const name of names) assert.match(stdout, new RegExp(`\\b${name}\\b`), format);
  }
  for (const [alias, format] of Object.entries(formatAliases)) {
    assert.equal(run(['env', alias]).stdout, run(['env', format]).stdout, alias);
  }
});

test('an image gets a copy of the file', async (t) => {
  const { run, directory, root } = await makeMachine(t);
  const plain = run(['env', 'dockerfile']).stdout;
  assert.match(plain, /^# Make it: os-truststore export -o ca-bundle\.pem$/m);
  const file = join(directory, 'ca.pem');
  const { stdout, stderr } = run(['env', 'dockerfile', '-o', file]);
  assert.ok(stdout.includes(`COPY ["${file}","/usr/local/share/os-truststore/ca-bundle.pem"]`));
  assert.match(stdout, /^ENV NODE_EXTRA_CA_CERTS=\/usr\/local\/share\/.+ \\\n {4}SSL_CERT_FILE=/m);
  assert.ok(!stdout.includes('SSL_CERT_DIR'));
  assert.ok(stderr.includes('COPY wants a path below the build context.'));
  assert.ok(fs.readFileSync(file, 'utf8').includes(root));
  assert.match(dockerfile('a "b.pem', ['A'], []), /^COPY \["a \\"b\.pem",/);
});

test('-o keeps the bundle in a file of the user’s, which is no source of itself', async (t) => {
  const { run, directory, root } = await makeMachine(t);
  const file = join(directory, 'mine.pem');
  const first = run(['env', 'json', '-o', file]);
  const variables = JSON.parse(first.stdout) as Record<string, string>;
  assert.deepEqual([...new Set(Object.values(variables))], [file]);
  assert.equal(variables['SSL_CERT_DIR'], undefined);
  assert.ok(fs.readFileSync(file, 'utf8').includes(root));

  const { pem } = await createCertificate({ commonName: 'Removed Root' });
  fs.appendFileSync(file, pem);
  run(['env', 'json', '-o', file], { NODE_EXTRA_CA_CERTS: file, CURL_CA_BUNDLE: file });
  assert.ok(!fs.readFileSync(file, 'utf8').includes(pem));
});

test('--exclude may be repeated, --no-bundled leaves Node’s roots out', async (t) => {
  const { run, root } = await makeMachine(t);
  const path = (args: readonly string[]): string => {
    const { stdout, stderr } = run(['env', 'json', ...args]);
    assert.equal(stderr, '');
    return (JSON.parse(stdout) as Record<string, string>)['CURL_CA_BUNDLE'] ?? '';
  };
  assert.equal(fs.readFileSync(path(['--no-bundled']), 'utf8'), root);
  const all = fs.readFileSync(path([]), 'utf8').split('-----BEGIN').length;
  const bundled = JSON.parse(run(['list', '--source', 'bundled', '--json']).stdout) as {
    certificates: { fingerprint256: string }[];
  };
  const some = bundled.certificates.slice(0, 2).map(({ fingerprint256 }) => fingerprint256);
  const excluded = path(some.flatMap((fingerprint) => ['--exclude', fingerprint]));
  assert.equal(fs.readFileSync(excluded, 'utf8').split('-----BEGIN').length, all - 2);
});

test('what cannot be made is said on stderr, and no line is printed', async (t) => {
  const { run, directory } = await makeMachine(t);
  const missing = { OS_TRUSTSTORE_USER_CAS: join(directory, 'missing.pem') };
  const { status, stdout, stderr } = run(['env'], missing);
  assert.equal(status, 4);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: .*missing\.pem/);
  assert.equal(run(['env', 'csh']).status, 2);
});
