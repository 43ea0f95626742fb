/**
 * Runs the command as it is installed, over the real library; SSL_CERT_FILE and SSL_CERT_DIR are the store.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { createCertificate, toPem } from '../helpers/pki.js';
import {
  cleanEnv,
  lines,
  mainScript,
  makeTemporaryDirectory,
  runNode,
  type CliResult,
  type TestContext,
} from './run-cli.js';

const options = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

interface Store {
  directory: string;
  env: Record<string, string>;
}

function makeStore(t: TestContext, pem: string): Store {
  const directory = makeTemporaryDirectory(t);
  fs.mkdirSync(join(directory, 'empty'));
  fs.writeFileSync(join(directory, 'store.pem'), pem);
  return {
    directory,
    env: {
      SSL_CERT_FILE: join(directory, 'store.pem'),
      SSL_CERT_DIR: join(directory, 'empty'),
      XDG_CONFIG_HOME: join(directory, 'config'),
    },
  };
}

function run(
  { env }: Store,
  args: readonly string[],
  more: Record<string, string> = {},
): CliResult {
  return runNode(mainScript, args, { ...env, ...more });
}

/** Copies one certificate many times, each with another serial number patched into the middle. */
async function makeManyPems(count: number): Promise<string> {
  const { der } = await createCertificate({ commonName: 'Many', serialNumber: '7123456789abcdef' });
  const at = der.indexOf(Buffer.from('7123456789abcdef', 'hex'));
  return Array.from({ length: count }, (_, index) => {
    const copy = Buffer.from(der);
    copy.writeUInt32BE(index, at + 4);
    return toPem(copy);
  }).join('');
}

test('list and --skipped tell good certificates from the others', options, async (t) => {
  const root = await createCertificate({ commonName: 'Good Root' });
  const old = await createCertificate({
    commonName: 'Old Root',
    validTo: new Date('2021-01-01T00:00:00Z'),
  });
  const leaf = await createCertificate({ commonName: 'leaf.example', issuer: root, ca: false });
  const store = makeStore(t, root.pem + old.pem + leaf.pem);
  const listed = run(store, ['list']);
  assert.equal(listed.status, 0, listed.stderr);
  assert.match(listed.stdout, /^Good Root\tanchor\t2120-01-01\t\S+store\.pem\t[0-9A-F:]{95}$/m);
  assert.equal(lines(listed.stdout).length, 2);
  const skipped = run(store, ['list', '--skipped']);
  assert.match(skipped.stdout, /^Old Root\texpired\t2021-01-01/m);
  assert.match(skipped.stdout, /^leaf\.example\tnot-a-ca/m);
});

test('--json agrees with node:crypto', options, async (t) => {
  const root = await createCertificate({ commonName: 'JSON Root' });
  const { stdout } = run(makeStore(t, root.pem), ['list', '--json']);
  const { certificates } = JSON.parse(stdout) as { certificates: Record<string, string>[] };
  const expected = new crypto.X509Certificate(root.pem);
  assert.equal(certificates.length, 1);
  assert.equal(certificates[0]?.fingerprint256, expected.fingerprint256);
  assert.equal(certificates[0]?.subject, expected.subject);
  assert.equal(certificates[0]?.serialNumber, expected.serialNumber);
  assert.equal(certificates[0]?.der, root.der.toString('base64'));
});

test('bundled, extra and user CAs list with where they come from', options, async (t) => {
  const [root, extra, user] = await Promise.all(
    ['System Root', 'Extra Root', 'User Root'].map((commonName) =>
      createCertificate({ commonName }),
    ),
  );
  const store = makeStore(t, root?.pem ?? '');
  const extraFile = join(store.directory, 'extra.pem');
  const userFile = join(store.directory, 'mine.pem');
  fs.writeFileSync(extraFile, extra?.pem ?? '');
  fs.writeFileSync(userFile, user?.pem ?? '');
  const env = { NODE_EXTRA_CA_CERTS: extraFile, OS_TRUSTSTORE_USER_CAS: userFile };
  assert.match(
    run(store, ['list', '--source', 'extra'], env).stdout,
    /^Extra Root\t.*\(NODE_EXTRA_CA_CERTS\)\t/m,
  );
  assert.match(run(store, ['list', '--source', 'user'], env).stdout, /^User Root\t.*mine\.pem\t/m);
  fs.writeFileSync(userFile, user?.keyPem ?? '');
  const useless = run(store, ['list', '--source', 'user'], env);
  assert.match(useless.stderr, /mine\.pem holds no certificate: it is a private key/);
  assert.equal(useless.status, 4);
  fs.writeFileSync(userFile, `${user?.pem ?? ''}-----BEGIN CERTIFICATE-----\n`);
  const bundled = run(store, ['list', '--source', 'bundled'], env);
  assert.ok(lines(bundled.stdout).length > 100);
  const { stdout: all, stderr } = run(store, ['list', '--source', 'all', '--wide'], env);
  assert.match(stderr, /mine\.pem is not used: block 2, line \d+: the text ends/);
  for (const name of ['System Root', 'Extra Root', 'User Root']) {
    assert.match(all, new RegExp(`^${name}\t`, 'm'));
  }
});

test(
  'export writes what getTrustedCAs() gives, and --exclude takes one out',
  options,
  async (t) => {
    const root = await createCertificate({ commonName: 'Export Root' });
    const store = makeStore(t, root.pem);
    const path = join(store.directory, 'bundle.pem');
    assert.equal(run(store, ['export', '-o', path]).status, 0);
    const text = fs.readFileSync(path, 'utf8');
    assert.ok(text.includes(`# Export Root\n${root.pem}`));
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    assert.ok(blocks.length > 100);
    for (const block of blocks) new crypto.X509Certificate(block);
    const { fingerprint256 } = new crypto.X509Certificate(root.pem);
    const without = run(store, ['export', '--exclude', fingerprint256]);
    assert.ok(!without.stdout.includes(root.pem));
    assert.equal(run(store, ['export', '--exclude', 'nonsense']).status, 2);
  },
);

test('a user CA file that cannot be used stops the export and is named', options, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const store = makeStore(t, root.pem);
  const missing = join(store.directory, 'missing.pem');
  const env = { OS_TRUSTSTORE_USER_CAS: missing };
  const { status, stdout, stderr } = run(store, ['export'], env);
  assert.equal(status, 4);
  assert.equal(stdout, '');
  assert.ok(stderr.includes(missing));
  assert.match(stderr, /^error: .*ERR_TRUSTSTORE_USER_CA\)\ntry: .+\n$/);
  assert.equal(run(store, ['list', '--source', 'user'], env).status, 4);
});

test('a store file that is empty, damaged or missing is named, with exit code 4', options, (t) => {
  const damaged = '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n';
  const missing = makeStore(t, '');
  fs.rmSync(join(missing.directory, 'store.pem'));
  for (const store of [makeStore(t, ''), makeStore(t, damaged), missing]) {
    for (const args of [['list'], ['export', '--source', 'system']]) {
      const { status, stdout, stderr } = run(store, args);
      assert.equal(status, 4, stderr);
      assert.equal(stdout, '');
      assert.ok(stderr.includes(join(store.directory, 'store.pem')), stderr);
    }
  }
});

test('a control sequence in a real subject does not reach the terminal', options, async (t) => {
  const root = await createCertificate({ commonName: 'Evil\u001b[31mRoot' });
  for (const args of [
    ['list', '--wide'],
    ['list', '--json'],
    ['export', '--source', 'system'],
  ]) {
    const { status, stdout } = run(makeStore(t, root.pem), args);
    assert.equal(status, 0);
    assert.ok(stdout.includes('Evil'));
    assert.ok(!stdout.includes('\u001b'), args.join(' '));
  }
});

test('ten thousand certificates list, export and end early', options, async (t) => {
  const store = makeStore(t, await makeManyPems(10_000));
  assert.equal(lines(run(store, ['list']).stdout).length, 10_001);
  const { stdout } = run(store, ['export', '--source', 'system']);
  assert.equal(stdout.match(/-----BEGIN/g)?.length, 10_000);
  const child = spawn(process.execPath, [mainScript, 'list', '--json'], {
    env: cleanEnv(store.env),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
});

test('paths shows the variables and the locations they name', options, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const store = makeStore(t, root.pem);
  const { status, stdout } = run(store, ['paths']);
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}read +1 +\/.*store\.pem +SSL_CERT_FILE$/m);
  assert.match(stdout, /^ {2}SSL_CERT_FILE +\/.*store\.pem$/m);
});

test('the built command can be executed as it is', options, () => {
  fs.accessSync(mainScript, fs.constants.X_OK);
  assert.match(fs.readFileSync(mainScript, 'utf8'), /^#!\/usr\/bin\/env node\n/);
});
