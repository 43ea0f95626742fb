import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { textWidth } from '../../dist/cli/terminal/text.js';
import { findings } from '../../dist/explain/machine/machine-findings.js';
import type { Examination, MachineFacts } from '../../dist/explain/machine/machine-types.js';
import { cleanEnv, lines, mainScript } from '../cli/run-cli.js';
import { createCertificate } from '../helpers/pki.js';
import { anchor, healthy } from './healthy.js';
import { makeMachine, temporaryDirectory } from './loopback.js';
import type { Machine, TestContext } from './loopback.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

const problem = {
  code: 'ERR_TRUSTSTORE_ADDON_BROKEN',
  operation: 'load addon',
  message: 'wrong ELF class',
} as const;

const table: [name: string, facts: Partial<MachineFacts>, expected: string, remedy?: string][] = [
  ['a healthy machine', {}, ''],
  [
    'no addon, but a listing',
    { reader: { strategy: 'runtime', problem } },
    'addon-missing warning',
  ],
  ['no addon at all', { reader: { strategy: 'addon', problem } }, 'addon-missing error'],
  [
    'an empty container',
    { lists: { ...healthy.lists, system: 0 }, surroundings: { container: 'Docker' } },
    'no-system-store warning',
  ],
  ['a full container', { surroundings: { container: 'Docker' } }, 'container info'],
  ['WSL', { surroundings: { wsl: true } }, 'wsl info'],
  ['Flatpak', { surroundings: { sandbox: { kind: 'flatpak', p11Kit: false } } }, 'sandbox info'],
  ['Snap', { surroundings: { sandbox: { kind: 'snap', p11Kit: false } } }, 'sandbox info'],
  [
    'a store that is three years old',
    { store: { ...healthy.store, newestFile: '2027-01-01T00:00:00.000Z' } },
    'stale-store warning',
  ],
  [
    'a root distrusted from a date on',
    { dated: [{ subject: 'CN=Old', after: '2029-06-30T23:59:59.000Z' }] },
    'dated-distrust info',
  ],
  [
    'a clock that is behind',
    { clock: { programTime: '2031-01-01T00:00:00.000Z', expiredRoots: 0 } },
    'clock error',
  ],
  ['a clock that is ahead', { clock: { expiredRoots: 0.8 } }, 'clock error'],
  [
    'verification switched off',
    { variables: [{ name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0' }] },
    'verification-off error',
  ],
  [
    'verification left on',
    { variables: [{ name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '1' }] },
    '',
  ],
  [
    'a file that is not there',
    { variables: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/x', problem: 'does not exist' }] },
    'variable-unreadable error',
  ],
  [
    'a file in quotes',
    {
      variables: [
        {
          name: 'NODE_EXTRA_CA_CERTS',
          value: '"/a b"',
          problem: 'does not exist',
          corrected: '/a b',
        },
      ],
    },
    'variable-unreadable error',
    "Set it to the file itself: `NODE_EXTRA_CA_CERTS='/a b'`.",
  ],
  [
    'a file for clients of gRPC',
    { variables: [{ name: 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', value: '/x' }] },
    'variable-ignored info',
  ],
  [
    'OpenSSL’s variables on Windows',
    {
      variables: [{ name: 'SSL_CERT_FILE', value: '/x' }],
      runtime: { ...healthy.runtime, platform: 'win32' },
    },
    'variable-ignored info',
    'Name files of CAs in OS_TRUSTSTORE_USER_CAS or NODE_EXTRA_CA_CERTS.',
  ],
  [
    'a file named too late',
    { variables: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/x', late: true }] },
    'variable-too-late warning',
  ],
  [
    'OpenSSL’s variables with Node alone',
    {
      variables: [
        { name: 'SSL_CERT_FILE', value: '/x' },
        { name: 'SSL_CERT_DIR', value: '/y' },
      ],
    },
    'variable-ignored info',
  ],
  [
    'OpenSSL’s variables with the flag that heeds them',
    {
      variables: [{ name: 'SSL_CERT_FILE', value: '/x' }],
      runtime: { ...healthy.runtime, flags: ['--use-openssl-ca'] },
    },
    '',
  ],
  [
    'the variable of Nix with an OpenSSL of another',
    { variables: [{ name: 'NIX_SSL_CERT_FILE', value: '/x' }] },
    'variable-ignored info',
  ],
  [
    'the variable of Nix beside that of OpenSSL, with the flag that heeds the latter',
    {
      variables: [
        { name: 'NIX_SSL_CERT_FILE', value: '/x' },
        { name: 'SSL_CERT_FILE', value: '/x' },
      ],
      runtime: { ...healthy.runtime, flags: ['--use-openssl-ca'] },
    },
    '',
  ],
  [
    'the variable of Nix on a Mac',
    {
      variables: [{ name: 'NIX_SSL_CERT_FILE', value: '/x' }],
      runtime: { ...healthy.runtime, platform: 'darwin' },
    },
    '',
  ],
  [
    'a variable that is too new',
    { variables: [{ name: 'NODE_USE_SYSTEM_CA', value: '1' }] },
    'variable-ignored info',
  ],
  [
    'a variable of Deno',
    { variables: [{ name: 'DENO_CERT', value: '/x' }] },
    'variable-ignored info',
  ],
  ['a root of a company', { additions: [anchor('Company')] }, 'system-only info'],
  [
    'a root only Node has',
    { bundledOnly: [anchor('New', { bundled: true })] },
    'bundled-only info',
  ],
  [
    'a bundled root the system distrusts',
    { distrusted: [anchor('Bad', { bundled: true })] },
    'bundled-distrusted info',
  ],
  [
    'a company’s root that expires next month',
    { remarkable: [anchor('Company', { validTo: '2030-07-01T00:00:00.000Z' })] },
    'expires-soon warning',
  ],
  [
    'a bundled root that expires next month',
    { remarkable: [anchor('Public', { validTo: '2030-07-01T00:00:00.000Z', bundled: true })] },
    'expires-soon info',
  ],
  ['a short key', { remarkable: [anchor('Short', { shortKey: true })] }, 'weak-anchor warning'],
  ['a root at which this Node crashes', { fatal: anchor('Odd') }, 'runtime-crash error'],
  ['two of one name', { sameName: [[anchor('Twin'), anchor('Twin')]] }, 'same-name warning'],
  [
    'a root of one Windows account',
    {
      additions: [
        anchor('Mine', {
          sources: [
            { origin: 'system', kind: 'windows-store', location: 'CURRENT_USER', store: 'ROOT' },
          ],
        }),
      ],
    },
    'current-user-only info, system-only info',
  ],
];

test('findings follow from facts', () => {
  for (const [name, facts, expected, remedy] of table) {
    const all = findings({ ...healthy, ...facts });
    const found = all.map((finding) => `${finding.name} ${finding.severity}`);
    assert.equal(found.join(', '), expected, name);
    if (remedy !== undefined) assert.equal(all[0]?.remedy, remedy, name);
  }
});

test('failures come before warnings, and warnings before notes', () => {
  const all = findings({
    ...healthy,
    additions: [anchor('Company')],
    sameName: [[anchor('Twin'), anchor('Twin')]],
    clock: { expiredRoots: 0.9 },
  });
  assert.deepEqual(
    all.map(({ severity }) => severity),
    ['error', 'warning', 'info'],
  );
});

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

function doctor(
  t: TestContext,
  machine: Machine,
  args: string[],
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
): Result {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArgs, mainScript, 'doctor', ...args],
    { env: cleanEnv({ ...makeMachine(t, machine).env, ...env }), encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

test(
  'the machine is shown in 80 columns, as JSON, and as a report without names',
  unix,
  async (t) => {
    const root = await createCertificate({ commonName: 'Secret Company Root' });
    const machine = { system: [root.pem] };
    const text = doctor(t, machine, []);
    assert.equal(text.status, 0, text.stderr);
    // Only a path that is too long by itself may exceed the width, because a broken one could not be copied.
    const tooLong = lines(text.stdout).filter((line) => textWidth(line) > 80);
    for (const line of tooLong) assert.match(line, /^ {2}[a-z -]{13}\/\S+$/);
    assert.match(text.stdout, /Secret\s+Company\s+Root/);
    assert.ok(!text.stdout.includes('\u001b'));
    assert.equal(text.stderr, '');
    const { facts } = JSON.parse(doctor(t, machine, ['--json']).stdout) as Examination;
    assert.equal(facts.lists.system, 1);
    assert.equal(facts.additions[0]?.subject, 'CN=Secret Company Root');
    const report = doctor(t, machine, ['--report'], { HTTPS_PROXY: 'http://me:pass@proxy.corp' });
    assert.doesNotMatch(report.stdout, /Secret|pass|proxy\.corp/);
    assert.ok(!report.stdout.includes(facts.additions[0].fingerprint256));
    assert.match(report.stdout, /"HTTPS_PROXY"/);
    assert.match(report.stdout, /system-only/);
  },
);

test('variables that do nothing are found in a real process', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const machine = { system: [root.pem] };
  const directory = temporaryDirectory(t);
  const key = join(directory, 'key.pem');
  writeFileSync(key, root.keyPem);
  const names = ({ stdout }: Result): string[] =>
    (JSON.parse(stdout) as Examination).findings.map(({ name }) => name);
  const off = doctor(t, machine, ['--json'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
  assert.ok(names(off).includes('verification-off'));
  assert.equal(off.status, 60);
  for (const [path, why] of [
    [key, 'holds no certificate: it is a private key'],
    [`${key}:${key}`, 'does not exist (it looks like a list, and one path is read here)'],
  ] as const) {
    const found = doctor(t, machine, ['--json'], { NODE_EXTRA_CA_CERTS: path });
    assert.equal(names(found).filter((name) => name === 'user-ca').length, 0, 'it is said once');
    assert.ok(found.stdout.includes(`NODE_EXTRA_CA_CERTS is ${path}, which ${why}.`));
    assert.equal(found.status, 60);
  }
  const part = join(directory, 'part.pem');
  writeFileSync(part, `${root.pem}-----BEGIN CERTIFICATE-----\n`);
  const found = doctor(t, machine, ['--json'], { NODE_EXTRA_CA_CERTS: part });
  assert.match(found.stdout, /part\.pem is not used: block 2, line \d+: the text ends/);
});

test(
  'a NODE_EXTRA_CA_CERTS that came after the start is found out',
  { skip: process.platform === 'linux' ? false : 'only Linux tells what a process began with' },
  async (t) => {
    const root = await createCertificate({ commonName: 'Root' });
    const directory = temporaryDirectory(t);
    const file = join(directory, 'late.pem');
    writeFileSync(file, root.pem);
    const preload = join(directory, 'preload.cjs');
    writeFileSync(preload, `process.env.NODE_EXTRA_CA_CERTS = ${JSON.stringify(file)};`);
    const { stdout } = doctor(t, {}, ['--json'], {}, ['--require', preload]);
    const { findings: found } = JSON.parse(stdout) as Examination;
    assert.ok(found.some(({ name }) => name === 'variable-too-late'));
  },
);

test('NODE_EXTRA_CA_CERTS is said to be ignored by the lines of Deno that ignore it, and no others', () => {
  const found = (version: string): string[] =>
    findings({
      ...healthy,
      runtime: { ...healthy.runtime, name: 'deno', version },
      variables: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/extra.pem' }],
    }).map(({ name }) => name);
  for (const version of ['1.46.3', '2.7.14']) {
    assert.ok(found(version).includes('variable-ignored'));
  }
  for (const version of ['2.8.0', '2.10.1', '3.0.0']) {
    assert.ok(!found(version).includes('variable-ignored'), version);
  }
});
