/**
 * Runs `os-truststore run` over the real library: the command must behave as if started directly.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { requireOption } from '../../dist/base/node-options.js';
import { createCertificate } from '../helpers/pki.js';
import { cleanEnv, mainScript, makeTemporaryDirectory } from './run-cli.js';
import type { TestContext } from './run-cli.js';

const onWindows = process.platform === 'win32' && 'Windows has no signals';
const node = process.execPath;

interface Started {
  child: ChildProcess;
  ended: Promise<{
    status: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    stderr: string;
  }>;
  /** Resolves when stdout contains this text. */
  says(text: string): Promise<void>;
}

async function makeEnv(t: TestContext, extra: Record<string, string> = {}) {
  const directory = makeTemporaryDirectory(t);
  const root = await createCertificate({ commonName: 'Run Test Root' });
  fs.writeFileSync(join(directory, 'system.pem'), root.pem);
  fs.mkdirSync(join(directory, 'empty'));
  const given = {
    XDG_CACHE_HOME: join(directory, 'cache'),
    LOCALAPPDATA: join(directory, 'cache'),
    SSL_CERT_FILE: join(directory, 'system.pem'),
    SSL_CERT_DIR: join(directory, 'empty'),
    ...extra,
  };
  const env = cleanEnv(given);
  return { directory, env, root };
}

function start(env: NodeJS.ProcessEnv, args: readonly string[]): Started {
  const child = spawn(node, [mainScript, 'run', ...args], { env });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Awaited<Started['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status, signal, stdout, stderr });
    });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      waiting.add(look);
      look();
      void ended.then((end) => {
        reject(new Error(`ended before it said ${text}: ${JSON.stringify(end)}`));
      });
    });
  return { child, ended, says };
}

test('the command gets its arguments as they are, and the variables', async (t) => {
  const { env, root, directory } = await makeEnv(t);
  const given = ['--help', '-V', '--keep', '$HOME *', '', 'a"b\'c', '--', '%PATH%', ';echo'];
  const script = 'console.log(JSON.stringify([process.argv.slice(1), process.env]))';
  for (const separator of [[], ['--']]) {
    const args = [...separator, node, '-e', script, '--', ...given];
    const { status, stdout, stderr } = await start(env, args).ended;
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    const [argv, variables] = JSON.parse(stdout) as [string[], Record<string, string>];
    assert.deepEqual(argv, given);
    const bundle = variables['SSL_CERT_FILE'] ?? '';
    assert.ok(bundle.startsWith(join(directory, 'cache')));
    assert.ok(fs.readFileSync(bundle, 'utf8').includes(root.pem));
    for (const name of ['NODE_EXTRA_CA_CERTS', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO', 'PIP_CERT']) {
      assert.equal(variables[name], bundle, name);
    }
    assert.equal(variables['PATH'], env['PATH']);
  }
});

test('standard input, output and error are the command’s own', async (t) => {
  const { env } = await makeEnv(t);
  const script = `
    process.stdin.pipe(process.stdout);
    process.stdin.on('end', () => process.stderr.write('end'));`;
  const { child, ended } = start(env, ['--', node, '-e', script]);
  const text = 'x'.repeat(300_000);
  child.stdin?.end(text);
  const { stdout, stderr } = await ended;
  assert.equal(stdout, text);
  assert.equal(stderr, 'end');
});

test('the exit code is the command’s own', async (t) => {
  const { env } = await makeEnv(t);
  for (const code of [0, 1, 3, 42, 255]) {
    const args = ['--', node, '-e', `process.exit(${code})`];
    assert.equal((await start(env, args).ended).status, code);
  }
});

test('a command that is not there is 127, one that cannot be executed 126', async (t) => {
  const { env, directory } = await makeEnv(t);
  const missing = await start(env, ['--', 'no-such-command-anywhere', 'x']).ended;
  assert.equal(missing.status, 127);
  assert.match(missing.stderr, /^error: no-such-command-anywhere: there is no such command/);
  if (onWindows !== false) return;
  const file = join(directory, 'not-executable');
  fs.writeFileSync(file, '');
  const refused = await start(env, ['--', file]).ended;
  assert.equal(refused.status, 126);
  assert.match(refused.stderr, /^error: .*EACCES/);
});

test('nothing is started without a bundle', async (t) => {
  const { env, directory } = await makeEnv(t);
  const bad = { ...env, OS_TRUSTSTORE_USER_CAS: join(directory, 'missing.pem') };
  const { status, stdout, stderr } = await start(bad, ['--', node, '-p', '1']).ended;
  assert.equal(status, 125);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: .*missing\.pem.*\(ERR_TRUSTSTORE_USER_CA\)\ntry: /);
  assert.equal((await start(env, []).ended).status, 2);
  assert.equal((await start(env, ['--', '']).ended).status, 127);
});

const waiting = (...signals: string[]): string[] => [
  '--',
  node,
  '-e',
  `${signals.map((signal) => `process.on('${signal}', () => { console.log('${signal}'); process.exit(9) });`).join('')}
   setInterval(() => {}, 1000); console.log('ready ' + process.pid);`,
];

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  test(`${signal} reaches the command, which decides`, { skip: onWindows }, async (t) => {
    const { env } = await makeEnv(t);
    const { child, ended, says } = start(env, waiting(signal));
    await says('ready');
    child.kill(signal);
    const { status, stdout } = await ended;
    assert.equal(status, 9);
    assert.match(stdout, new RegExp(`${signal}\n$`));
  });
}

test('a command ended by a signal is 128 + n', { skip: onWindows }, async (t) => {
  const { env } = await makeEnv(t);
  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGKILL', 137],
    ['SIGSEGV', 139],
  ] as const) {
    const args = [
      '--',
      node,
      '-e',
      `process.kill(process.pid, '${signal}'); setInterval(()=>{}, 9)`,
    ];
    assert.equal((await start(env, args).ended).status, status);
  }
});

test(
  'an interrupt that ends the command ends us, so that a shell leaves its loop',
  { skip: onWindows },
  async (t) => {
    const { env } = await makeEnv(t);
    const { child, ended, says } = start(env, waiting());
    await says('ready');
    child.kill('SIGINT');
    const { status, signal } = await ended;
    assert.deepEqual({ status, signal }, { status: null, signal: 'SIGINT' });
  },
);

test(
  'the command is in our process group',
  { skip: process.platform !== 'linux' && 'reads /proc' },
  async (t) => {
    const { env } = await makeEnv(t);
    const script = `
    const group = (pid) => require('fs').readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[2];
    console.log(group(process.pid) === group(process.ppid));`;
    const { stdout } = await start(env, ['--', node, '-e', script]).ended;
    assert.equal(stdout, 'true\n');
  },
);

test('what variables of other programs name goes into the bundle', async (t) => {
  const own = await createCertificate({ commonName: 'Own Root' });
  const { env, directory, root } = await makeEnv(t);
  const file = join(directory, 'own.pem');
  fs.writeFileSync(file, own.pem);
  const preferred = {
    ...{ GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: file, NIX_SSL_CERT_FILE: file },
    ...{ HTTPLIB2_CA_CERTS: file, CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: file },
    ...{ YARN_HTTPS_CA_FILE_PATH: file, CONDA_SSL_VERIFY: file },
  };
  const gone = join(directory, 'gone.pem');
  const meant = { JULIA_SSL_CA_ROOTS_PATH: '', PGSSLROOTCERT: file };
  const given = { ...env, ...preferred, ...meant, CURL_CA_BUNDLE: file, PIP_CERT: gone };
  const print = ['--', node, '-p', 'JSON.stringify(process.env)'];
  const replaced = JSON.parse((await start(given, print).ended).stdout) as NodeJS.ProcessEnv;
  assert.notEqual(replaced['CURL_CA_BUNDLE'], file);
  const bundle = fs.readFileSync(replaced['CURL_CA_BUNDLE'] ?? '', 'utf8');
  assert.ok(bundle.includes(own.pem) && bundle.includes(root.pem));
  assert.equal(replaced['PIP_CERT'], replaced['CURL_CA_BUNDLE']);
  for (const name of Object.keys(preferred)) {
    assert.equal(replaced[name], replaced['CURL_CA_BUNDLE'], name);
  }
  for (const [name, value] of Object.entries(meant)) assert.equal(replaced[name], value, name);
  assert.ok(!('COMPOSER_CAFILE' in replaced), 'what nobody has set stays unset');

  const kept = JSON.parse(
    (await start(given, ['--keep', ...print]).ended).stdout,
  ) as NodeJS.ProcessEnv;
  assert.deepEqual([kept['CURL_CA_BUNDLE'], kept['NIX_SSL_CERT_FILE']], [file, file]);
  assert.equal(kept['SSL_CERT_FILE'], env['SSL_CERT_FILE']);
  assert.ok(!fs.readFileSync(kept['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8').includes(own.pem));
});

test('npm finds the bundle however its variable is spelled', async (t) => {
  const { env } = await makeEnv(t);
  const print = ['--', node, '-p', 'JSON.stringify(process.env)'];
  const read = async (more: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> =>
    JSON.parse((await start({ ...env, ...more }, print).ended).stdout) as NodeJS.ProcessEnv;
  const usual = await read({ CONDA_SSL_VERIFY: 'false' });
  assert.equal(usual['CONDA_SSL_VERIFY'], 'false', 'names no file');
  assert.equal(usual['npm_config_cafile'], usual['CURL_CA_BUNDLE']);
  const given = await read({ NPM_CONFIG_CAFILE: '/etc/hosts.missing' });
  assert.equal(given['NPM_CONFIG_CAFILE'], given['CURL_CA_BUNDLE']);
});

test('a bundle is no source of the next one', async (t) => {
  const { env, directory } = await makeEnv(t);
  const stale = await createCertificate({ commonName: 'Removed Root' });
  const old = join(directory, `ca-bundle-${'0'.repeat(32)}.pem`);
  fs.writeFileSync(old, stale.pem);
  const inherited = { ...env, SSL_CERT_FILE: old, NODE_EXTRA_CA_CERTS: old, CURL_CA_BUNDLE: old };
  const { stdout, stderr } = await start(inherited, ['--', node, '-p', 'process.env.SSL_CERT_FILE'])
    .ended;
  assert.notEqual(stdout.trim(), old, stderr);
  assert.ok(!fs.readFileSync(stdout.trim(), 'utf8').includes(stale.pem));
});

/** A file in a directory of its own for each variable, since one file would prove the others read. */
test('the file of each variable that is replaced goes into the bundle', async (t) => {
  const { env, directory } = await makeEnv(t);
  const names = [
    ...['NIX_SSL_CERT_FILE', 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', 'HTTPLIB2_CA_CERTS'],
    ...['CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', 'YARN_HTTPS_CA_FILE_PATH'],
  ];
  const owns = await Promise.all(names.map((commonName) => createCertificate({ commonName })));
  const given: NodeJS.ProcessEnv = { ...env };
  names.forEach((name, index) => {
    given[name] = join(directory, `${name}.pem`);
    fs.writeFileSync(given[name], owns[index]?.pem ?? '');
  });
  const print = ['--', node, '-p', 'JSON.stringify(process.env)'];
  const { stdout, stderr } = await start(given, print).ended;
  const set = JSON.parse(stdout) as NodeJS.ProcessEnv;
  assert.equal(stderr, '');
  const bundle = fs.readFileSync(set['CURL_CA_BUNDLE'] ?? '', 'utf8');
  names.forEach((name, index) => {
    assert.equal(set[name], set['CURL_CA_BUNDLE'], name);
    assert.ok(bundle.includes(owns[index]?.pem ?? 'nothing'), name);
  });
});

/** What a Node program outside of any project tells of its injection. */
const tellInjection = `
  const loaded = Object.keys(require.cache).filter((path) => /dist.register[.]js$/.test(path));
  console.log(JSON.stringify({ loaded, env: process.env }));`;

test('--inject loads register by its path, once, and keeps what NODE_OPTIONS holds', async (t) => {
  const { env, directory } = await makeEnv(t);
  const program = join(directory, 'a program.js');
  fs.writeFileSync(program, tellInjection);
  interface Told {
    loaded: string[];
    env: NodeJS.ProcessEnv;
  }
  const tell = async (given: NodeJS.ProcessEnv, ...options: string[]): Promise<Told> => {
    const { stdout, stderr } = await start(given, [...options, '--', node, program]).ended;
    assert.equal(stderr, '');
    return JSON.parse(stdout) as Told;
  };
  const plain = await tell(env);
  assert.deepEqual(plain.loaded, []);
  const exclude = 'AB'.repeat(32);
  const given = {
    ...env,
    NODE_OPTIONS: '--no-deprecation',
    OS_TRUSTSTORE_EXCLUDE: 'CD'.repeat(32),
  };
  const first = await tell(given, '--inject', '--no-bundled', '--keep', '--exclude', exclude);
  assert.equal(first.loaded.length, 1);
  assert.equal(
    first.env['NODE_OPTIONS'],
    `--no-deprecation ${requireOption(first.loaded[0] ?? '')}`,
  );
  assert.equal(first.env['OS_TRUSTSTORE_BUNDLED'], '0');
  assert.equal(first.env['OS_TRUSTSTORE_EXCLUDE'], `${'CD'.repeat(32)},${exclude}`);
  const again = await tell({ ...env, NODE_OPTIONS: first.env['NODE_OPTIONS'] }, '--inject');
  assert.equal(again.env['NODE_OPTIONS'], first.env['NODE_OPTIONS']);
  assert.equal(again.env['OS_TRUSTSTORE_BUNDLED'], undefined);
});

test('--inject is refused where register would trust more than the bundle', async (t) => {
  const { env } = await makeEnv(t);
  const given = { ...env, OS_TRUSTSTORE_EXCLUDE: 'AB:CD' };
  const args = ['--inject', '--exclude', 'AB'.repeat(32), '--', node, '-p', '1'];
  const { status, stdout, stderr } = await start(given, args).ended;
  assert.deepEqual([status, stdout], [125, '']);
  assert.match(stderr, /OS_TRUSTSTORE_EXCLUDE holds "AB:CD"/);
});

test('Node reads a path with blanks and backslashes from NODE_OPTIONS as it is', (t) => {
  const directory = join(
    makeTemporaryDirectory(t),
    process.platform === 'win32' ? 'a path' : 'it\'s "a" path',
  );
  const file = join(directory, process.platform === 'win32' ? 'p.js' : 'back\\slash.js');
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(file, 'console.log("loaded")');
  const env = cleanEnv({ NODE_OPTIONS: requireOption(file) });
  const { stdout, stderr } = spawnSync(node, ['-e', '0'], { env, encoding: 'utf8' });
  assert.equal(stdout, 'loaded\n', stderr);
});
