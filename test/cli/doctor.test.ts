import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { textWidth } from '../../dist/cli/terminal/text.js';
import { diagnosisClasses } from '../../dist/explain/classes.js';
import { leafOf, listen, makeMachine, tlsServer } from '../explain/loopback.js';
import type { MachineFiles, Served, TestContext } from '../explain/loopback.js';
import { EKU, createCertificate } from '../helpers/pki.js';
import { trustedPem } from '../helpers/roots.js';
import { cleanEnv, lines, mainScript, makeTemporaryDirectory, runFake } from './run-cli.js';
import type { CliResult } from './run-cli.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

/** Does not use spawnSync, because the server is in this process. */
function run(machine: MachineFiles, ...args: string[]): Promise<CliResult> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [mainScript, ...args], {
      env: cleanEnv(machine.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => {
      done({ status, stdout, stderr });
    });
  });
}

async function serve(t: TestContext, served: Served): Promise<string> {
  return `localhost:${await listen(t, tlsServer(served).server)}`;
}

test(
  'a host is explained in 80 columns, without colours or progress in a pipe',
  unix,
  async (t) => {
    const root = await createCertificate({
      commonName: 'A Company With A Rather Long Name Root CA',
    });
    const leaf = await leafOf(root, {
      dns: Array.from({ length: 12 }, (_, index) => `name-${index}.rather.long.example`).concat(
        'localhost',
      ),
    });
    const target = await serve(t, { leaf });
    const machine = makeMachine(t, { system: [root.pem] });
    const { status, stdout, stderr } = await run(machine, 'doctor', target);
    assert.equal(status, diagnosisClasses['system-only-root'].exitCode);
    assert.equal(stderr, '');
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /[\u001b\r]/);
    // Paths are never cut, because people copy them.
    const rows = lines(stdout).filter((line) => !line.includes('/'));
    for (const row of rows) assert.ok(textWidth(row) <= 80, row);
    assert.match(stdout, /system-only-root/);
    assert.match(stdout, /Try: Call\s+`inject\(\)`/);
    assert.ok(stdout.replace(/\s+/g, ' ').includes(machine.env['SSL_CERT_FILE'] ?? ''));
    assert.doesNotMatch(stdout, /BEGIN CERTIFICATE/);
    const withPem = await run(machine, 'doctor', target, '--showcerts');
    assert.ok(withPem.stdout.includes(leaf.pem));
  },
);

test('a control sequence in a certificate does not reach the terminal', unix, async (t) => {
  const leaf = await leafOf(undefined, { commonName: 'Evil\u001b[31m\u202eName' });
  const target = await serve(t, { leaf });
  for (const form of [[], ['--json'], ['--report'], ['--fix']]) {
    const { stdout, stderr } = await run(makeMachine(t, {}), 'doctor', target, ...form);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(`${stdout}${stderr}`, /[\u001b\u202e]/, form.join());
  }
});

test('a report tells nothing of the host, and the diagnosis all the same', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Secret Company Root' });
  const leaf = await leafOf(root, { commonName: 'secret.corp', dns: ['secret.corp'], ip: [] });
  const target = await serve(t, { leaf, chain: [root] });
  const { stdout } = await run(makeMachine(t, {}), 'doctor', target, '--report');
  assert.doesNotMatch(stdout, /secret|localhost|127\.0\.0\.1|BEGIN CERTIFICATE/i);
  assert.match(stdout, /untrusted-root/);
  assert.match(stdout, /wrong-host/);
});

test(
  'distrust is a diagnosis with an exit code of its own, and nothing to save',
  unix,
  async (t) => {
    const root = await createCertificate({ commonName: 'Root' });
    const issuing = await createCertificate({ commonName: 'Banned CA', issuer: root });
    const target = await serve(t, { leaf: await leafOf(issuing), chain: [issuing] });
    const banned = trustedPem(issuing.der, { reject: [EKU.serverAuth] });
    const machine = makeMachine(t, { system: [root.pem, banned] });
    const { status, stdout, stderr } = await run(machine, 'doctor', target, '--fix', '--yes');
    assert.equal(status, 39);
    assert.match(stdout, /not trusted/);
    assert.match(stdout, /distrusted/);
    assert.match(stdout.replace(/\s+/g, ' '), /The system distrusts “Banned CA”.* no other chain/);
    assert.match(stderr, /nothing here can be mended/);
    assert.deepEqual(readdirSync(machine.userDirectory), []);
    const report = await run(machine, 'doctor', target, '--report');
    assert.match(report.stdout, /"name": "distrusted"/);
    assert.match(report.stdout, /CERT_REJECTED/);
    const fingerprint = new X509Certificate(issuing.der).fingerprint256;
    assert.doesNotMatch(report.stdout, new RegExp(`Banned|${fingerprint}`));
  },
);

test(
  '--fix saves a self-signed certificate only with --yes when nobody can be asked',
  unix,
  async (t) => {
    const leaf = await leafOf(undefined);
    const target = await serve(t, { leaf });
    const machine = makeMachine(t, {});
    const refused = await run(machine, 'doctor', target, '--fix');
    assert.equal(refused.status, diagnosisClasses['self-signed'].exitCode);
    assert.deepEqual(readdirSync(machine.userDirectory), []);
    const saved = await run(machine, 'doctor', target, '--fix', '--yes');
    assert.equal(saved.status, diagnosisClasses['user-only-root'].exitCode);
    const [file = ''] = readdirSync(machine.userDirectory);
    assert.match(file, /^localhost-[0-9a-f]{8}\.pem$/);
  },
);

test(
  '--fix makes no CA of a server for --yes alone, but for the fingerprint its owner told',
  unix,
  async (t) => {
    // What plain `openssl req -x509` makes: CA:TRUE, for a server.
    const leaf = await leafOf(undefined, { ca: true, keyUsage: null });
    const target = await serve(t, { leaf });
    const machine = makeMachine(t, {});
    const fix = (...args: string[]): ReturnType<typeof run> =>
      run(machine, 'doctor', target, '--fix', ...args);
    const plain = new X509Certificate(leaf.der).fingerprint256.replaceAll(':', '').toLowerCase();
    const refused = await fix('--yes');
    assert.equal(refused.status, diagnosisClasses['self-signed'].exitCode);
    assert.match(refused.stderr.replace(/\s+/g, ' '), /can pass for any host.*Nothing saved/);
    assert.match(refused.stdout.replace(/\s+/g, ' '), /trusted, its key can vouch for every host/);
    assert.match((await fix('--fingerprint', 'ab'.repeat(32))).stderr, /has another fingerprint/);
    assert.equal((await fix('--fingerprint', plain.slice(0, 8))).status, 2);
    assert.deepEqual(readdirSync(machine.userDirectory), []);
    const saved = await fix('--fingerprint', plain.toUpperCase());
    assert.equal(saved.status, diagnosisClasses['user-only-root'].exitCode);
    assert.equal(readdirSync(machine.userDirectory).length, 1);
  },
);

test('--fix has nothing to save for a host that is merely expired', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const leaf = await leafOf(root, { validTo: new Date('2021-01-01') });
  const target = await serve(t, { leaf });
  const machine = makeMachine(t, { system: [root.pem] });
  const { status, stderr } = await run(machine, 'doctor', target, '--fix', '--yes');
  assert.equal(status, diagnosisClasses.expired.exitCode);
  assert.match(stderr, /nothing here can be mended/);
  assert.deepEqual(readdirSync(machine.userDirectory), []);
});

test('the help names every exit code, each class its own, in 80 columns', (t) => {
  const { status, stdout } = runFake(t, { certificates: [] }, ['doctor', '--help']);
  assert.equal(status, 0);
  for (const line of lines(stdout)) assert.ok(line.length <= 80, line);
  const codes = Object.entries(diagnosisClasses).filter(([, { exitCode }]) => exitCode > 0);
  for (const [name, { exitCode }] of codes) {
    assert.match(stdout, new RegExp(`^ +${exitCode} +${name} `, 'm'));
  }
  assert.equal(new Set(codes.map(([, { exitCode }]) => exitCode)).size, codes.length);
});

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

test('wrong usage of the doctor is exit code 2', unix, async (t) => {
  const machine = makeMachine(t, {});
  for (const args of [
    ['doctor', ''],
    ['doctor', 'a b'],
    ['doctor', 'x', '--timeout', '0'],
    ['completion'],
    ['completion', 'tcsh'],
  ]) {
    assert.equal((await run(machine, ...args)).status, 2, args.join(' '));
  }
  const missing = await run(machine, 'doctor', 'localhost:1', '--ca', '/no/such/file.pem');
  assert.equal(missing.status, 4);
  assert.match(missing.stderr, /no\/such\/file\.pem/);
});

test(
  'bash completes commands, options and their values',
  { skip: has('bash') ? false : 'bash is not here' },
  (t) => {
    const script = runFake(t, { certificates: [] }, ['completion', 'bash']).stdout;
    const complete = (...words: string[]): string => {
      const quoted = ['os-truststore', ...words].map((word) => `'${word}'`).join(' ');
      const input = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _os_truststore; echo "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['--norc'], { input, encoding: 'utf8' });
      assert.equal(stderr, '');
      return stdout.trim();
    };
    assert.equal(complete('do'), 'doctor');
    assert.equal(complete('doctor', '--start'), '--starttls');
    assert.equal(complete('doctor', '--starttls', 'p'), 'pop3 postgres');
    assert.equal(complete('list', '--source', 'b'), 'bundled');
    assert.equal(complete('run', '--k'), '--keep');
    assert.match(complete('run', 'bas'), /\bbash\b/);
    assert.equal(complete('env', 'fi'), 'fish');
    assert.equal(complete('completion', ''), 'bash zsh fish powershell -h --help');
  },
);

for (const shell of ['zsh', 'fish']) {
  test(
    `the script for ${shell} is one ${shell} can read`,
    { skip: has(shell) ? false : `${shell} is not here` },
    (t) => {
      const file = join(makeTemporaryDirectory(t), 'completion');
      writeFileSync(file, runFake(t, { certificates: [] }, ['completion', shell]).stdout);
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      assert.equal(stderr, '');
      assert.equal(status, 0);
    },
  );
}
