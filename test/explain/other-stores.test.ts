import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import { machineReport } from '../../dist/cli/terminal/doctor-report.js';
import { machineText } from '../../dist/cli/terminal/machine-text.js';
import { findings } from '../../dist/explain/machine/machine-findings.js';
import { withOtherStores } from '../../dist/explain/other-stores/host-words.js';
import { readKeystore } from '../../dist/explain/other-stores/java-keystore.js';
import { otherStoreFacts } from '../../dist/explain/other-stores/machine-words.js';
import { readNssDatabase } from '../../dist/explain/other-stores/nss-database.js';
import { readOtherStores } from '../../dist/explain/other-stores/other-stores.js';
import type { Surroundings } from '../../dist/explain/other-stores/other-stores.js';
import { cleanEnv, mainScript } from '../cli/run-cli.js';
import { makeJks } from '../helpers/jks.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { healthy } from './healthy.js';
import {
  explainOn,
  leafOf,
  listen,
  makeMachine,
  temporaryDirectory,
  tlsServer,
} from './loopback.js';
import type { MachineFiles, TestContext } from './loopback.js';
import { CERT9_DB, ENCRYPTED_PKCS12, JKS, PLAIN_PKCS12, ROOT_PEM } from './other-store-files.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the places of files are those of Linux'
      : false,
};

const rootDer = new X509Certificate(ROOT_PEM).raw;

const hasSqlite =
  (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule?.('node:sqlite') !==
  undefined;

function write(path: string, content: string | Buffer): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

test('keystores of Java are read without a password, and encrypted ones are said to be', () => {
  assert.deepEqual(readKeystore(JKS), [rootDer]);
  assert.deepEqual(readKeystore(PLAIN_PKCS12), [rootDer]);
  assert.deepEqual(readKeystore(makeJks(rootDer, rootDer)), [rootDer, rootDer]);
  assert.throws(() => readKeystore(ENCRYPTED_PKCS12), /it is encrypted/);
});

test('a damaged keystore is an error, wherever it ends', () => {
  // The last 20 bytes of JKS are its checksum.
  for (let end = 0; end < JKS.length - 20; end += 1) {
    assert.throws(() => readKeystore(JKS.subarray(0, end)), Error, `JKS of ${end} bytes`);
  }
  for (let end = 0; end < PLAIN_PKCS12.length; end += 1) {
    assert.throws(() => readKeystore(PLAIN_PKCS12.subarray(0, end)), Error, `${end} bytes`);
  }
  const many = Buffer.from(JKS);
  many.writeUInt32BE(0xffffffff, 8);
  assert.throws(() => readKeystore(many), RangeError);
});

test('an NSS database tells which CAs it trusts for servers, where the runtime has SQLite', (t) => {
  const path = write(join(temporaryDirectory(t), 'cert9.db'), CERT9_DB);
  if (!hasSqlite) {
    assert.throws(() => readNssDatabase(path), /needs Node 22\.13 or newer/);
    return;
  }
  const { emitWarning } = process;
  assert.deepEqual(readNssDatabase(path), [rootDer], 'a peer is no issuer');
  assert.equal(process.emitWarning, emitWarning, 'warnings work as before');
  writeFileSync(path, 'no database');
  assert.throws(() => readNssDatabase(path));
});

function linux(root: string): Surroundings {
  return {
    home: join(root, 'home', 'me'),
    javaHome: undefined,
    platform: 'linux',
    programFiles: '',
    appData: '',
    root,
  };
}

test('the places of each program are looked at, and each file is told once', unix, (t) => {
  const root = temporaryDirectory(t);
  assert.deepEqual(readOtherStores(linux(root)), []);
  const policies = write(
    join(root, 'etc/firefox/policies/policies.json'),
    JSON.stringify({
      policies: { Certificates: { Install: ['corp.pem', 'missing.pem', 7, join(root, 'der')] } },
    }),
  );
  write(join(root, 'usr/lib/mozilla/certificates/corp.pem'), ROOT_PEM);
  write(join(root, 'der'), rootDer);
  const java = write(join(root, 'etc/ssl/certs/java/cacerts'), JKS);
  const broken = write(join(root, 'usr/lib/jvm/17/lib/security/cacerts'), 'no keystore');
  write(join(root, 'opt/firefox/distribution/policies.json'), '{');
  const stores = readOtherStores({ ...linux(root), javaHome: join(root, 'usr/lib/jvm/17') });
  assert.deepEqual(
    stores.map(({ program, path, certificates, problem }) => [
      program,
      path,
      certificates.length,
      problem !== undefined,
    ]),
    [
      ['Firefox', policies, 2, false],
      ['Firefox', join(root, 'opt/firefox/distribution/policies.json'), 0, true],
      ['Java', broken, 0, true],
      ['Java', java, 1, false],
    ],
  );
});

test('profiles of Firefox and the database of Chrome are looked at', unix, (t) => {
  const root = temporaryDirectory(t);
  const { home } = linux(root);
  write(join(home, '.pki/nssdb/cert9.db'), CERT9_DB);
  write(join(home, '.mozilla/firefox/a.default/cert9.db'), CERT9_DB);
  const expected = hasSqlite ? 1 : 0;
  assert.deepEqual(
    readOtherStores(linux(root)).map(({ program, certificates }) => [program, certificates.length]),
    [
      ['Chrome', expected],
      ['Firefox', expected],
    ],
  );
});

test('the machine’s findings name what only another program trusts, and reports do not', (t) => {
  const root = temporaryDirectory(t);
  write(join(root, 'jdk/lib/security/cacerts'), JKS);
  const stores = readOtherStores({ ...linux(root), javaHome: join(root, 'jdk') });
  const of = (known: readonly string[]): typeof healthy => ({
    ...healthy,
    otherStores: otherStoreFacts(stores, new Set(known)),
  });
  const [finding] = findings(of([]));
  assert.equal(finding?.name, 'other-store');
  assert.match(finding.summary, /^Java \(.*\) trusts what neither .* has: “Corp NSS Root”\.$/);
  assert.deepEqual(findings(of([new X509Certificate(ROOT_PEM).fingerprint256])), []);
  const examination = { facts: of([]), findings: findings(of([])) };
  const report = machineReport(examination, '1.0.0');
  assert.doesNotMatch(report, /Corp|jdk/);
  assert.match(report, /"additions": 1/);
  const nowhere = { write: () => undefined };
  const text = machineText(examination, createTerminal(nowhere, nowhere, {}));
  assert.match(text, /Other programs\n {2}Java {9}1 in /);
});

async function serveBy(
  t: TestContext,
  root: TestCertificate,
  chain: TestCertificate[],
): Promise<string> {
  const leaf = await leafOf(root);
  return `localhost:${await listen(t, tlsServer({ leaf, chain }).server)}`;
}

/** A machine without the root; its Java has it. */
function machineWithJava(
  t: TestContext,
  other: TestCertificate,
  root: TestCertificate,
): MachineFiles {
  const machine = makeMachine(t, { system: [other.pem] });
  const home = join(temporaryDirectory(t), 'jdk');
  const der = new X509Certificate(root.pem).raw;
  write(join(home, 'lib/security/cacerts'), makeJks(der));
  return { ...machine, env: { ...machine.env, JAVA_HOME: home } };
}

test('a host’s diagnosis says that Java has the root, sent or not', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Corp Root' });
  const other = await createCertificate({ commonName: 'Other Root' });
  const machine = machineWithJava(t, other, root);
  for (const [chain, name] of [
    [[root], 'untrusted-root'],
    [[], 'unknown-issuer'],
  ] as const) {
    const target = await serveBy(t, root, [...chain]);
    const { diagnoses } = await explainOn(machine, target);
    const [first] = diagnoses;
    assert.equal(first?.name, name);
    assert.match(
      first.summary,
      /Java \(\S+cacerts\) on this machine trusts “Corp Root”, and the system’s store does not have it\.$/,
    );
    assert.match(
      first.remedy,
      /^Ask your administrator .* add it to the system store.* --fix` saves it/s,
    );
    assert.deepEqual(first.fix, {
      kind: 'self-signed',
      certificates: [root.pem],
      forEveryHost: true,
    });
    assert.equal(first.certificates[0], new X509Certificate(root.pem).fingerprint256);
    const judged = await explainOn(machine, target, { ca: other.pem });
    assert.equal(judged.diagnoses[0]?.fix, undefined, 'the directory is no part of a ca option');
    assert.match(judged.diagnoses[0]?.remedy ?? '', /If so, add it to those of the `ca` option\.$/);
    const without = await explainOn(makeMachine(t, { system: [other.pem] }), target);
    assert.equal(without.diagnoses[0]?.fix, undefined);
    assert.doesNotMatch(without.diagnoses[0]?.summary ?? '', /“Corp Root”, and the system/);
  }
});

function doctor(
  { env }: MachineFiles,
  ...args: string[]
): Promise<{ status: number | null; output: string }> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [mainScript, 'doctor', ...args], {
      env: cleanEnv(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => {
      done({ status, output });
    });
  });
}

test(
  '--fix saves the root of another program for its fingerprint, and never for --yes',
  unix,
  async (t) => {
    const root = await createCertificate({ commonName: 'Corp Root' });
    const other = await createCertificate({ commonName: 'Other Root' });
    const machine = machineWithJava(t, other, root);
    const target = await serveBy(t, root, [root]);
    const yes = await doctor(machine, target, '--no-proxy', '--fix', '--yes');
    assert.equal(yes.status, 37, yes.output);
    assert.deepEqual(readdirSync(machine.userDirectory), []);
    const { fingerprint256 } = new X509Certificate(root.pem);
    const told = await doctor(
      machine,
      target,
      '--no-proxy',
      '--fix',
      '--fingerprint',
      fingerprint256,
    );
    assert.equal(told.status, 31, told.output);
    assert.equal(readdirSync(machine.userDirectory).length, 1);
  },
);

test('in WSL it is said that the store of Windows is not read, and how to bring it', async (t) => {
  const root = await createCertificate({ commonName: 'Corp Root' });
  const other = await createCertificate({ commonName: 'Other Root' });
  const machine = makeMachine(t, { system: [other.pem] });
  const { diagnoses } = await explainOn(machine, await serveBy(t, root, [root]));
  const [first] = diagnoses;
  assert.ok(first);
  const facts = { skipped: [], sent: [] } as unknown as Parameters<typeof withOtherStores>[1];
  const said = withOtherStores(first, facts, { stores: [], wsl: true });
  assert.match(
    said.summary,
    /This is WSL: Windows may trust it, whose store is not read from here\./,
  );
  assert.match(said.remedy, /If Windows trusts it: Run `npx os-truststore export --source system/);
  assert.equal(said.fix, undefined);
});
