import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import {
  cleanEnv,
  fakeScript,
  lines,
  makeRecord,
  runFake,
  runHere,
  writeStore,
} from './run-cli.js';
import type { CliResult } from './run-cli.js';

/** What people see on a terminal without colours. */
function onTerminal(
  store: Parameters<typeof runHere>[0],
  args: string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  return runHere(store, args, { NO_COLOR: '1', ...env }, true);
}

interface ListJson {
  certificates: { der: string; subject: string; validTo: string; sources: unknown[] }[];
  errors: unknown[];
  locations: unknown[];
}

const missing = {
  code: 'ERR_TRUSTSTORE_READ_FAILED',
  operation: 'open',
  path: '/etc/ssl/certs/secret.pem',
  message: 'Permission denied',
} as const;

test('the table names each certificate, and the summary goes to stderr', async () => {
  const record = await makeRecord('Example Root');
  const { status, stdout, stderr } = await onTerminal({ certificates: [record] }, ['list']);
  assert.equal(status, 0);
  const [heading, row, ...rest] = lines(stdout);
  assert.match(heading ?? '', /^Subject +Role +Valid to +Source +SHA-256$/);
  const fingerprint = record.fingerprint256.replaceAll(':', '').slice(0, 8);
  assert.equal(row, `Example Root  anchor  2119-12-31  ca-certificates.crt  ${fingerprint}`);
  assert.deepEqual(rest, []);
  assert.equal(stderr, '1 certificate kept (system), 0 skipped, 0 errors\n');
});

test('a certificate without a common name goes by organisation and unit', async () => {
  const record = await makeRecord('', {
    subject: 'C=US\nO=The Go Daddy Group\\, Inc.\nOU=Class 2',
  });
  const { stdout } = await onTerminal({ certificates: [record] }, ['list']);
  assert.match(stdout, /^The Go Daddy Group, Inc\., Class 2 {2}/m);
});

test('no line is wider than 80 columns when the width is unknown', async () => {
  const long = 'A Certification Authority With A Name That Never Seems To Come To Its Own End';
  const wide = '証明書'.repeat(30);
  const sources = [
    {
      origin: 'system',
      kind: 'windows-store',
      location: 'LOCAL_MACHINE_GROUP_POLICY',
      store: 'ROOT',
    },
  ] as const;
  const certificates = [
    await makeRecord(long, { sources: [...sources] }),
    await makeRecord(wide, { role: 'intermediate' }),
  ];
  const { stdout } = await onTerminal({ certificates }, ['list', '--intermediates']);
  const [, first = '', second = ''] = lines(stdout);
  assert.equal(first.length, 80);
  // Each of these characters takes two columns.
  const doubled = second.match(/[証明書]/g)?.length ?? 0;
  assert.ok(doubled >= 10);
  assert.equal(second.length + doubled, 80);
  assert.match(first, /…/);
});

test('COLUMNS narrows the table, and the least needed columns go first', async () => {
  const certificates = [await makeRecord('A Root With A Fairly Long Common Name')];
  for (const [columns, heading] of [
    ['60', /^Subject +Valid to +Source +SHA-256$/],
    ['48', /^Subject +Valid to +SHA-256$/],
    ['40', /^Subject +Valid to$/],
    ['16', /^Subject$/],
  ] as const) {
    const { status, stdout } = await onTerminal({ certificates }, ['list'], { COLUMNS: columns });
    assert.equal(status, 0);
    for (const line of lines(stdout)) assert.ok(line.length <= Number(columns), line);
    assert.match(lines(stdout)[0] ?? '', heading);
  }
});

test('--wide and a pipe cut nothing: whole names, fingerprints and every source', async () => {
  const name = 'x'.repeat(200);
  const [first] = (await makeRecord('')).sources;
  assert.ok(first);
  const record = await makeRecord(name, { sources: [first, { ...first, location: '/two.pem' }] });
  const sources = `${first.location}, /two.pem`;
  const wide = await onTerminal({ certificates: [record] }, ['list', '--wide']);
  for (const text of [name, sources, record.fingerprint256]) assert.ok(wide.stdout.includes(text));
  const piped = await runHere({ certificates: [record] }, ['list'], { COLUMNS: '20' });
  const row = [name, 'anchor', '2119-12-31', sources, record.fingerprint256].join('\t');
  assert.equal(piped.stdout, `Subject\tRole\tValid to\tSource\tSHA-256\n${row}\n`);
});

test('--local lists what no public programme ships, and says what it compared with', async () => {
  const [own, known] = [await makeRecord('Company Root'), await makeRecord('Public Root')];
  const store = { certificates: [own, known], published: [known.fingerprint256] };
  const { status, stdout, stderr } = await runHere(store, ['list', '--local']);
  assert.equal(status, 0);
  assert.match(stdout, /^Company Root\t/m);
  assert.doesNotMatch(stdout, /Public Root/);
  assert.match(stderr, /^1 certificate that your company or you installed \(system\), 0 skipped/m);
  assert.match(
    stderr,
    /^Compared with the roots of this runtime and \/usr\/share\/ca-certificates/m,
  );
  const none = await runHere({ ...store, certificates: [known] }, ['list', '--local']);
  assert.deepEqual([none.status, none.stdout], [0, '']);
});

test('--json gives whole records, with errors and locations, and nothing else on stdout', async (t) => {
  const record = await makeRecord('Example Root');
  const locations = [
    {
      kind: 'file',
      location: '/etc/ssl/cert.pem',
      origin: 'openssl',
      state: 'missing',
      certificates: 0,
    },
  ] as const;
  const { status, stdout } = runFake(
    t,
    { certificates: [record], errors: [missing], locations: [...locations] },
    ['list', '--json'],
  );
  assert.equal(status, 0);
  const json = JSON.parse(stdout) as ListJson & { kind: string; schemaVersion: number };
  assert.deepEqual([json.kind, json.schemaVersion], ['list', 1]);
  assert.deepEqual(json.certificates, [record]);
  assert.deepEqual(json.errors, [missing]);
  assert.deepEqual(json.locations, locations);
});

test('--skipped lists what was left out with its reason, and only that', async (t) => {
  const certificates = [
    await makeRecord('Good Root'),
    await makeRecord('Old Root', { skipped: 'expired', validTo: '2021-01-01T00:00:00.000Z' }),
    await makeRecord('Bad Root', { skipped: 'distrusted', trust: 'distrusted' }),
  ];
  const plain = runFake(t, { certificates }, ['list']);
  assert.match(plain.stdout, /Good Root/);
  assert.doesNotMatch(plain.stdout, /Old Root|Bad Root/);
  assert.match(plain.stderr, /1 certificate kept \(system\), 2 skipped \(--skipped\), 0 errors/);

  const { status, stdout, stderr } = runFake(t, { certificates }, ['list', '--skipped']);
  assert.equal(status, 0);
  assert.match(stderr, /^expired: Its validity is over\.$/m);
  assert.doesNotMatch(stderr, /^orphan:/m);
  assert.match(stdout, /^Old Root\texpired\t2021-01-01/m);
  assert.match(stdout, /^Bad Root\tdistrusted/m);
  assert.doesNotMatch(stdout, /Good Root/);
});

test('intermediates stand aside until they are asked for', async (t) => {
  const certificates = [
    await makeRecord('A Root'),
    await makeRecord('A Helper', { role: 'intermediate' }),
  ];
  const plain = runFake(t, { certificates }, ['list']);
  assert.doesNotMatch(plain.stdout, /A Helper/);
  assert.match(plain.stderr, /1 intermediate aside \(--intermediates\)/);
  const { stdout } = runFake(t, { certificates }, ['list', '--intermediates']);
  assert.match(stdout, /^A Helper\tinterm\./m);
});

test('a certificate in several sources is one row of --source all', async (t) => {
  const shared = await makeRecord('Shared Root');
  const bundled = {
    ...shared,
    sources: [{ origin: 'bundled', kind: 'runtime', location: 'node' }],
  };
  const { stdout } = runFake(
    t,
    { certificates: [shared], merged: [bundled as typeof shared, await makeRecord('Other Root')] },
    ['list', '--source', 'all', '--json'],
  );
  const { certificates } = JSON.parse(stdout) as ListJson;
  assert.equal(certificates.length, 2);
  assert.equal(certificates[0]?.sources.length, 2);
});

// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

test('nothing in a name reaches the terminal as a control or a direction override', async (t) => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\u0000\r\nFake Root';
  const certificates = [await makeRecord(evil)];
  const errors = [{ ...missing, message: `bad ${evil}` }];
  for (const args of [['list'], ['list', '--json'], ['list', '--wide'], ['export'], ['paths']]) {
    const { stdout, stderr } = runFake(t, { certificates, errors }, args, { FORCE_COLOR: '0' });
    assert.doesNotMatch(stdout + stderr, forbidden, args.join(' '));
  }
  const { stdout } = runFake(t, { certificates }, ['list', '--wide']);
  assert.ok(stdout.includes('\\x1b]0;owned\\x07'));
});

test('colours come to a terminal, and not to a pipe or with NO_COLOR', async () => {
  const store = { certificates: [await makeRecord('A Root')] };
  assert.ok((await runHere(store, ['list'], {}, true)).stdout.includes('\u001b['));
  assert.ok(!(await onTerminal(store, ['list'])).stdout.includes('\u001b['));
  assert.ok(!(await runHere(store, ['list'], { FORCE_COLOR: '1' })).stdout.includes('\u001b['));
});

test('no certificates and no error is exit code 3; with an error it is 4', async (t) => {
  const empty = runFake(t, { certificates: [] }, ['list']);
  assert.equal(empty.status, 3);
  assert.equal(empty.stdout, '');
  const failed = runFake(t, { certificates: [], errors: [missing] }, ['list']);
  assert.equal(failed.status, 4);
  assert.match(
    failed.stderr,
    /^warning: \/etc\/ssl\/certs\/secret\.pem: Permission denied \(ERR_/m,
  );
  const partly = runFake(t, { certificates: [await makeRecord('Left')], errors: [missing] }, [
    'list',
  ]);
  assert.equal(partly.status, 0);
  assert.match(partly.stderr, /1 error$/m);
});

test('thousands of errors are a few lines and a count', (t) => {
  const errors = Array.from({ length: 3000 }, () => missing);
  const { stderr } = runFake(t, { certificates: [], errors }, ['list']);
  assert.equal(lines(stderr).length, 7);
  assert.match(stderr, /2995 more warnings/);
});

test('ten thousand certificates are listed whole', async (t) => {
  const store = { certificates: [await makeRecord('Root')], repeat: 10_000 };
  const { status, stdout } = runFake(t, store, ['list']);
  assert.equal(status, 0);
  assert.equal(lines(stdout).length, 10_001);
  assert.match(stdout, /^Root 9999\t/m);
});

test('a reader that leaves early ends the command quietly and with success', async (t) => {
  for (const args of [['list', '--json'], ['list'], ['export']]) {
    const store = writeStore(t, { certificates: [await makeRecord('Root')], repeat: 10_000 });
    const child = spawn(process.execPath, [fakeScript, store, ...args], {
      env: cleanEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 0, args.join(' '));
    assert.doesNotMatch(stderr, /EPIPE|Error|error:/);
  }
});
