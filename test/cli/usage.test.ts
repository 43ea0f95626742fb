import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { createProgram } from '../../dist/cli/program.js';
import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import { createFakeApi } from './fake-api.js';
import {
  cleanEnv,
  fakeScript,
  lines,
  makeRecord,
  runFake,
  runHere,
  writeStore,
} from './run-cli.js';

test('--version, -V and -v print the version alone', async () => {
  for (const flag of ['--version', '-V', '-v']) {
    const result = await runHere({ certificates: [] }, [flag]);
    assert.deepEqual(result, { status: 0, stdout: '0.0.0-test\n', stderr: '' });
  }
});

test('--help has examples and exit codes and fits 80 columns', (t) => {
  for (const args of [['--help'], ['list', '--help'], ['export', '--help'], ['help', 'paths']]) {
    const { status, stdout, stderr } = runFake(t, { certificates: [] }, args);
    assert.equal(status, 0);
    assert.equal(stderr, '');
    for (const line of lines(stdout)) assert.ok(line.length <= 80, line);
  }
  const { stdout } = runFake(t, { certificates: [] }, ['--help']);
  assert.match(stdout, /^Examples:$/m);
  assert.match(stdout, /^Exit codes:$/m);
});

test('wrong usage is exit code 2, on stderr, with a hint', async () => {
  const cases: [string[], RegExp][] = [
    [['lst'], /Did you mean list\?/],
    [['list', '--jsno'], /Did you mean --json\?/],
    [['list', '--source', 'nowhere'], /Allowed choices are system, bundled/],
    [['list', 'extra-argument'], /too many arguments/],
    [['export', '-o'], /argument missing/],
    [['help', 'nothing'], /unknown command 'nothing'/],
    [['help', 'lst'], /Did you mean list\?/],
    [['lst', '--help'], /Did you mean list\?/],
    [[], /^Usage:/],
  ];
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = await runHere({ certificates: [] }, args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  }
});

test('help for a command is that command’s --help', async () => {
  const store = { certificates: [] };
  for (const name of ['list', 'run']) {
    assert.deepEqual(await runHere(store, ['help', name]), await runHere(store, [name, '--help']));
  }
  assert.deepEqual(await runHere(store, ['help']), await runHere(store, ['--help']));
});

test('an option takes no argument behind its value, and options about a host want one', async () => {
  const cases: [string[], RegExp][] = [
    [['doctor', '--ca', 'corp.pem'], /'--ca <file>' is about a host, and none is named/],
    [['doctor', '--no-proxy'], /--proxy.* is about a host/],
    [['doctor', '--fix'], /'--fix' is about a host/],
    [['doctor', '--ca', '/missing.pem', 'localhost'], /\/missing\.pem cannot be read/],
    [['export', '--exclude', 'a'.repeat(64), 'b'], /too many arguments/],
  ];
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = await runHere({ certificates: [] }, args);
    assert.ok(status === 2 || status === 4, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  }
});

test('no option of any command takes more than one value', () => {
  const context = { api: createFakeApi({ certificates: [] }), finish: () => undefined };
  const terminal = createTerminal(process.stdout, process.stderr, {});
  for (const command of createProgram({ ...context, terminal }).commands) {
    for (const { variadic, flags } of command.options) {
      assert.equal(variadic, false, `${command.name()} ${flags}`);
    }
  }
});

test('a failing library is one line and a remedy, without a stack', (t) => {
  const failure = {
    code: 'ERR_TRUSTSTORE_ADDON_NOT_FOUND',
    message: 'There is no binary',
    remedy: 'Build it.',
  } as const;
  for (const args of [['list'], ['export'], ['paths']]) {
    const { status, stdout, stderr } = runFake(t, { certificates: [], failure }, args);
    assert.equal(status, 4);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      'error: There is no binary (ERR_TRUSTSTORE_ADDON_NOT_FOUND)\ntry: Build it.\n',
    );
  }
});

test('the stack of an unexpected error comes with OS_TRUSTSTORE_LOG_LEVEL=debug', (t) => {
  const store = { certificates: [], failure: { code: '', message: 'surprise' } } as const;
  const plain = runFake(t, { ...store, certificates: [] }, ['list']);
  assert.equal(plain.status, 1);
  assert.doesNotMatch(plain.stderr, /^ +at /m);
  const verbose = runFake(t, { ...store, certificates: [] }, ['list'], {
    OS_TRUSTSTORE_LOG_LEVEL: 'debug',
  });
  assert.match(verbose.stderr, /^ +at /m);
});

const hasScript = spawnSync('script', ['--version']).status === 0;

test(
  'a terminal gets colours and lines of its own width',
  { skip: hasScript ? false : 'script(1) of util-linux is not here to make a terminal' },
  async (t) => {
    const store = writeStore(t, {
      certificates: [await makeRecord('A Root With A Very Long Common Name Indeed')],
    });
    const command = `stty cols 50; '${process.execPath}' '${fakeScript}' '${store}' list 2>/dev/null`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      env: cleanEnv({ TERM: 'xterm' }),
      encoding: 'utf8',
    });
    assert.ok(stdout.includes('\u001b['));
    // eslint-disable-next-line no-control-regex
    const plain = stdout.replace(/\u001b\[\d+m/g, '').replaceAll('\r', '');
    const rows = lines(plain);
    assert.equal(rows.length, 2);
    for (const row of rows) assert.ok(row.length <= 50, row);
  },
);
