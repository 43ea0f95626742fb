/**
 * Who sees which messages: every variable that turns logging on, each in a process of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const library = JSON.stringify(resolve(__dirname, '..', '..', 'dist', 'index.js'));

/** Reads the store, warns about a missing file, injects and restores. */
const busy = `
const library = require(${library});
library.getTrustedCAs();
library.inject();
require('node:tls').createSecureContext();
library.restore();`;

interface Ended {
  stdout: string;
  stderr: string;
}

function run(env: Record<string, string>, script = busy): Ended {
  const { PATH, TMPDIR, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', script], {
    env: {
      PATH,
      TMPDIR,
      HOME,
      XDG_CONFIG_HOME: join(tmpdir(), 'os-truststore-no-such-directory'),
      NODE_EXTRA_CA_CERTS: join(tmpdir(), 'os-truststore-no-such-file.pem'),
      ...env,
    },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

/** Counts the lines of each level; every line must be ours. */
function levels(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of text.split('\n').filter((one) => one !== '')) {
    // Node itself reports that it could not read NODE_EXTRA_CA_CERTS.
    if (line.startsWith('Warning: Ignoring extra certs')) continue;
    const [, level = ''] = /^\d{4}-\d\d-\d\dT\S+Z os-truststore (\w+): \S/.exec(line) ?? [];
    assert.notEqual(level, '', line);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}

test('nothing is logged unless a variable asks for it', () => {
  assert.deepEqual(levels(run({}).stderr), {});
  assert.deepEqual(levels(run({ OS_TRUSTSTORE_LOG_LEVEL: 'loud' }).stderr), {});
  assert.deepEqual(levels(run({ NODE_DEBUG: 'http,tls' }).stderr), {});
});

test('OS_TRUSTSTORE_LOG_LEVEL writes what is at least that important to stderr', () => {
  const at = (level: string): string[] =>
    Object.keys(levels(run({ OS_TRUSTSTORE_LOG_LEVEL: level }).stderr)).sort();
  assert.deepEqual(at('debug'), ['debug', 'info', 'warn']);
  assert.deepEqual(at('Info'), ['info', 'warn']);
  assert.deepEqual(at('warn'), ['warn']);
  assert.deepEqual(at('error'), []);
});

test('NODE_DEBUG writes everything, by name or pattern', () => {
  for (const sections of ['os-truststore', 'http, OS-TRUSTSTORE', 'os-*', '*']) {
    const { stderr } = run({ NODE_DEBUG: sections });
    const own = stderr.split('\n').filter((line) => line.includes(' os-truststore '));
    assert.ok((levels(own.join('\n'))['debug'] ?? 0) > 0, sections);
  }
});

test('OS_TRUSTSTORE_LOG_FILE is appended to, from OS_TRUSTSTORE_LOG_FILE_LEVEL on', (t) => {
  const directory = fs.mkdtempSync(join(tmpdir(), 'os-truststore-log-'));
  t.after(() => {
    fs.rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'log');
  assert.deepEqual(levels(run({ OS_TRUSTSTORE_LOG_FILE: file }).stderr), {});
  const first = fs.readFileSync(file, 'utf8');
  assert.ok((levels(first)['debug'] ?? 0) > 0);
  if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600);

  run({ OS_TRUSTSTORE_LOG_FILE: file, OS_TRUSTSTORE_LOG_FILE_LEVEL: 'warn' });
  const text = fs.readFileSync(file, 'utf8');
  assert.ok(text.startsWith(first));
  assert.deepEqual(Object.keys(levels(text.slice(first.length))), ['warn']);

  // A log that cannot be written must not break anything.
  run({ OS_TRUSTSTORE_LOG_FILE: join(directory, 'missing', 'log') });
});

test('programs hear it on the diagnostics channel', () => {
  const script = `
    const messages = [];
    require('node:diagnostics_channel').subscribe('os-truststore', (message) => messages.push(message));
    ${busy}
    console.log(JSON.stringify(messages));`;
  const messages = JSON.parse(run({}, script).stdout) as {
    level: string;
    message: string;
    fields: object;
  }[];
  assert.deepEqual([...new Set(messages.map(({ level }) => level))].sort(), [
    'debug',
    'info',
    'warn',
  ]);
  for (const { message, fields } of messages) {
    assert.ok(message !== '' && typeof fields === 'object');
  }
});

test('the password of a proxy is in no log and no error', () => {
  const secrets = ['p4ssw0rd', 'dXNlcjpwNHNzdzByZA'];
  const script = `
    const { explain } = require(${library});
    const targets = [['https://localhost:1', 'http://user:p4ssw0rd@127.0.0.1:1'], ['localhost:1', 'ftp://user:p4ssw0rd@x']];
    Promise.allSettled(targets.map(([target, proxy]) => explain(target, { proxy, timeoutMs: 2000 })))
      .then((results) => console.log(JSON.stringify(results, (key, value) =>
        value instanceof Error ? { message: value.message, stack: value.stack, ...value } : value)));`;
  const env = {
    OS_TRUSTSTORE_LOG_LEVEL: 'debug',
    HTTPS_PROXY: 'http://user:p4ssw0rd@127.0.0.1:1',
  };
  const { stdout, stderr } = run(env, script);
  assert.match(stdout, /"rejected"/);
  assert.match(stderr, /127\.0\.0\.1:1|localhost:1/, 'the log does not say where it connects to');
  for (const secret of secrets) assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
});
