/**
 * Files and texts named as CAs that hold none, or also hold damaged ones, and paths that lead nowhere.
 */
import assert from 'node:assert/strict';
import { createPublicKey, createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';

import { TruststoreError, getTrustedCAs, inject } from '../../dist/index.js';
import type { InjectOptions, TrustOptions } from '../../dist/index.js';
import { checkUserCAs } from '../../dist/trust/options/user-ca-checks.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import { readTrustSet } from '../../dist/trust/trusted-cas.js';
import { hintOf } from '../../dist/trust/user-cas/user-ca-faults.js';
import { readUserCAs } from '../../dist/trust/user-cas/user-cas.js';
import { createFakeBinding, fakeFacts } from '../helpers/fake-binding.js';
import { createCertificate, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { certificate, commonName, integer, oid, sequence, set, tlv } from '../native/der.js';

let root: TestCertificate;
let other: TestCertificate;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'os-truststore-faults-'));
  root = await createCertificate({ commonName: 'Root' });
  other = await createCertificate({ commonName: 'Other' });
});
after(() => {
  rmSync(folder, { recursive: true });
});

/** Makes the set from what the test names and nothing of the machine. */
function setOf(
  userCAs: TrustOptions['userCAs'],
  variables: Record<string, string> = {},
): Pick<TrustSet, 'certificates' | 'userErrors' | 'warnings'> {
  const env = { HOME: folder, APPDATA: folder, XDG_CONFIG_HOME: folder, ...variables };
  const nowhere = { SSL_CERT_FILE: join(folder, 'no'), SSL_CERT_DIR: join(folder, 'no') };
  return readTrustSet({ bundled: false, system: { env: { ...env, ...nowhere } }, userCAs });
}

function write(content: string | Uint8Array): string {
  const path = join(folder, 'named.pem');
  writeFileSync(path, content);
  return path;
}

const secret = (): Buffer => Buffer.from(root.keyPem.split('\n').slice(1, -2).join(''), 'base64');
const encrypted = (): Buffer =>
  sequence(sequence(oid('1.2.840.113549.1.5.13'), sequence()), tlv(0x04, secret()));
const request = (): Buffer =>
  sequence(sequence(integer(0), commonName('x'), sequence(), tlv(0xa0)), sequence());
const publicKey = (): Buffer =>
  createPublicKey(createPrivateKey(root.keyPem)).export({ type: 'spki', format: 'der' });
const cutAt = (pem: string, length: number): string => pem.slice(0, length);

const useless: [string, () => string | Uint8Array, RegExp][] = [
  ['a PKCS#12 file', () => sequence(integer(3), sequence(secret())), /PKCS#12.*pkcs12 -in FILE/],
  ['a BER PKCS#12 file', () => Buffer.from('3080020103308006', 'hex'), /PKCS#12/],
  ['a private key', () => root.keyPem, /it is a private key$/],
  ['a private key in DER', secret, /it is a private key$/],
  ['an encrypted key in DER', encrypted, /it is a private key$/],
  ['a private key in base64', () => secret().toString('base64'), /it is a private key$/],
  ['a request', () => toPem(request(), 'CERTIFICATE REQUEST'), /a certificate request/],
  ['a request in DER', request, /a certificate request/],
  ['a public key', () => toPem(publicKey(), 'PUBLIC KEY'), /a public key/],
  ['a public key in DER', publicKey, /a public key/],
  ['a revocation list', () => toPem(sequence(), 'X509 CRL'), /a revocation list/],
  ['an empty file', () => '', /it is empty$/],
  ['a file of blanks', () => '\ufeff\r\n \n', /it is empty$/],
  ['an HTML page', () => '<!DOCTYPE html>\n<title>Sign in</title>', /an HTML page/],
  ['a Java keystore', () => Buffer.from('feedfeed0000', 'hex'), /keytool/],
  ['a path', () => '/etc/ssl/corporate.pem', /it is a path/],
  ['a block without end', () => `\n${cutAt(root.pem, 200)}`, /block 1, line 2: .*before the END/],
  ['half a certificate', () => toPem(root.der.subarray(0, 99)), /block 1, line 1: .*cut short$/],
  ['half a certificate in base64', () => root.der.toString('base64', 0, 99), /certificate$/],
];

for (const [what, content, reason] of useless) {
  test(`${what} is named with what it is, and nothing of what is in it`, () => {
    const path = write(content());
    const { userErrors } = setOf({ files: [path] });
    const { userErrors: fromList } = setOf(undefined, { OS_TRUSTSTORE_USER_CAS: path });
    const { userErrors: none, warnings } = setOf(root.pem, { NODE_EXTRA_CA_CERTS: path });
    assert.deepEqual(none, []);
    for (const faults of [userErrors, fromList, warnings]) {
      assert.equal(faults.length, 1);
      assert.equal(faults[0]?.code, 'ERR_TRUSTSTORE_USER_CA');
      assert.equal(faults[0].path, path);
      assert.ok(faults[0].message.startsWith(`The CA file ${path} holds no certificate`));
      assert.match(faults[0].message, reason);
      assert.doesNotMatch(JSON.stringify(faults[0]), /[A-Za-z0-9+/]{40}/);
    }
    const [fault] = setOf([content() as string | Buffer]).userErrors;
    assert.match(fault?.message ?? '', reason);
  });
}

test('getTrustedCAs throws what inject only warns of', () => {
  const userCAs = { files: [write(root.keyPem)], env: false };
  assert.throws(() => getTrustedCAs({ userCAs }), { code: 'ERR_TRUSTSTORE_USER_CA' });
});

test('a PKCS#7 list under the header of a certificate is read', () => {
  const data = oid('1.2.840.113549.1.7.1');
  const lists = tlv(0xa0, root.der, other.der);
  const signed = sequence(integer(1), set(), sequence(data), lists, set());
  const list = sequence(oid('1.2.840.113549.1.7.2'), tlv(0xa0, signed));
  const { certificates, warnings } = setOf({ files: [write(toPem(list))] });
  assert.deepEqual(certificates, [root.pem, other.pem]);
  assert.deepEqual(warnings, []);
});

test('bad blocks beside good ones are named with path, line and reason', () => {
  const lines = root.pem.split('\n').length;
  const path = write(root.pem + toPem(root.der.subarray(0, 99)) + other.pem.replace('M', '*'));
  for (const [userCAs, variables] of [
    [{ files: [path] }, {}],
    [undefined, { OS_TRUSTSTORE_USER_CAS: path }],
    [undefined, { NODE_EXTRA_CA_CERTS: path }],
  ] as const) {
    const { certificates, userErrors, warnings } = setOf(userCAs as TrustOptions['userCAs'], {
      ...variables,
    });
    assert.deepEqual(certificates, [root.pem]);
    assert.deepEqual(userErrors, []);
    assert.deepEqual(
      warnings.map(({ code, path: where }) => [code, where]),
      Array.from({ length: 2 }, () => ['ERR_TRUSTSTORE_USER_CA', path]),
    );
    const [first, second] = warnings.map(({ message }) => message);
    assert.ok(first?.includes(`${path} is not used: block 2, line ${String(lines)}: not a cert`));
    assert.match(second ?? '', /: block 3, line \d+: a character that is not base64$/);
  }
  const { warnings } = setOf(root.pem + toPem(Buffer.from('x')));
  assert.match(warnings[0]?.message ?? '', /^Part of userCAs\[0\] is not used: block 2/);
});

test('a thousand bad blocks are a few warnings and a number', () => {
  const { certificates, warnings } = setOf(root.pem + toPem(Buffer.from('x')).repeat(1000));
  assert.deepEqual(certificates, [root.pem]);
  assert.equal(warnings.length, 11);
  assert.match(warnings[10]?.message ?? '', /990 more/);
});

test('of what is added at run time, bad blocks are warned of', async (t) => {
  const injection = inject({ system: false, userCAs: { env: false } });
  t.after(() => {
    injection.restore();
  });
  const warnings: string[] = [];
  injection.on('warning', ({ message }: Error) => warnings.push(message));
  injection.add(`-----BEGIN CERTIFICATE-----\n${root.pem}`);
  assert.ok(injection.certificates.includes(root.pem));
  await Promise.resolve();
  assert.deepEqual(warnings, [
    'Part of ca is not used: block 1, line 1: another BEGIN line comes before the END line',
  ]);
});

test('more certificates than a call takes arguments are read', () => {
  const binding = createFakeBinding({
    parsed: { many: Array.from({ length: 300_000 }, () => fakeFacts('x')) },
  });
  const policy = { purpose: 'any', intermediates: true, expired: true, now: 0 } as const;
  assert.equal(readUserCAs(checkUserCAs('many'), {}, binding, policy).user.length, 300_000);
});

const accepted: [string, () => string | Buffer][] = [
  ['\\n for line ends', () => root.pem.replaceAll('\n', '\\n')],
  ['\\r\\n for line ends', () => root.pem.replaceAll('\n', '\\r\\n')],
  ['\\\\n for line ends', () => root.pem.replaceAll('\n', '\\\\n')],
  ['\\n and quotes', () => `'${root.pem.replaceAll('\n', '\\n')}'\n`],
  ['\\n behind a private key', () => (root.keyPem + root.pem).replaceAll('\n', '\\n')],
  ['base64', () => root.der.toString('base64')],
  ['base64 in lines', () => root.pem.split('\n').slice(1, -2).join('\r\n')],
  ['base64 in quotes, with \\n', () => `"${root.pem.split('\n').slice(1, -2).join('\\n')}"`],
  ['base64 in UTF-16', () => Buffer.from(`\ufeff${root.der.toString('base64')}\r\n`, 'utf16le')],
];

for (const [what, content] of accepted) {
  test(`a certificate is read with ${what}, from a file and as a value`, () => {
    for (const userCAs of [{ files: [write(content())] }, content()]) {
      const { certificates, userErrors, warnings } = setOf(userCAs);
      assert.deepEqual(certificates, [root.pem]);
      assert.deepEqual([...userErrors, ...warnings], []);
    }
  });
}

test('of text with \\n, blocks that stay damaged are named with their line', () => {
  const { certificates, warnings } = setOf(
    `${root.pem.replaceAll('\n', '\\n')}\n${toPem(Buffer.from('x'))}`,
  );
  assert.deepEqual(certificates, [root.pem]);
  assert.match(warnings[0]?.message ?? '', /block 2, line 2: not a certificate/);
});

test('base64 with anything beside it is no certificate', () => {
  const base64 = root.der.toString('base64');
  const two = Buffer.concat([root.der, certificate({})]).toString('base64');
  for (const text of [`${base64}#`, `CA=${base64}`, base64.slice(4), base64.slice(0, -1), two]) {
    const { certificates, userErrors } = setOf(text);
    assert.deepEqual(certificates, []);
    assert.match(userErrors[0]?.message ?? '', /^userCAs\[0\] holds no certificate/);
  }
});

const paths: [string, RegExp][] = [
  ['"/etc/ca.pem"', /quotes/],
  ["'/etc/ca.pem'", /quotes/],
  ['/etc/ca.pem\n', /white space/],
  [' /etc/ca.pem', /white space/],
  ['~/ca.pem', /~/],
  ['$HOME/ca.pem', /variable/],
  ['${CERTS}/ca.pem', /variable/],
  ['%USERPROFILE%\\ca.pem', /variable/],
  ['file:///etc/ca.pem', /URL/],
  ['file', /URL/],
  ['/etc/a.pem:/etc/b.pem', /list/],
  ['/etc/a.pem;/etc/b.pem', /list/],
  ['C\\Users\\ca.pem', /backslashes/],
];

test('of a path that leads nowhere, what is wrong is said if it shows', () => {
  for (const [path, hint] of paths) assert.match(hintOf(path, 'linux'), hint);
  assert.equal(hintOf('/etc/ca.pem', 'linux'), '');
  assert.equal(hintOf('C:\\certs\\ca.pem', 'win32'), '');
  assert.match(hintOf('C:\\a.pem;C:\\b.pem', 'win32'), /list/);
  const list = ['/no/a.pem', '/no/b.pem'].join(delimiter);
  const [file] = setOf({ files: ['~/ca.pem'] }).userErrors;
  const [directory] = setOf({ directories: ['$HOME/certs'] }).userErrors;
  const [extra] = setOf(root.pem, { NODE_EXTRA_CA_CERTS: list }).warnings;
  assert.match(file?.message ?? '', /^The CA file ~\/ca\.pem cannot be read: .*\(~ is expanded/);
  assert.match(directory?.message ?? '', /\(the variable/);
  assert.match(extra?.message ?? '', /\(it looks like a list/);
});

test('PEM in place of a path goes no further', () => {
  const named = setOf(root.pem, { OS_TRUSTSTORE_USER_CAS: `Proc-Type: 4\n${root.keyPem}` });
  const extra = setOf(root.pem, { NODE_EXTRA_CA_CERTS: root.keyPem });
  for (const [fault] of [named.userErrors, extra.warnings]) {
    assert.match(fault?.message ?? '', /is PEM text, not paths of files$/);
  }
});

const wrong: [string, unknown][] = [
  ['a number', 5],
  ['null', null],
  ['a function', () => root.pem],
  ['a symbol', Symbol('x')],
  ['a map', new Map()],
  ['words of two bytes', new Uint16Array(2)],
  ['an option nobody knows', { file: ['ca.pem'] }],
  ['lists in a list', [['-----BEGIN PRIVATE KEY-----\nc2VjcmV0']]],
  ['PEM for a list of paths', { files: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0' }],
  ['PEM for a path', { files: ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0'] }],
  ['an empty path', { directories: [''] }],
  ['a switch that is none', { env: 'no' }],
  ['an object without a prototype', Object.assign(Object.create(null), { files: {} })],
];

for (const [what, userCAs] of wrong) {
  test(`${what} is refused at the call, by every function that takes it`, () => {
    const options = { userCAs } as TrustOptions;
    const check = (error: unknown): boolean => {
      assert.ok(error instanceof TruststoreError);
      assert.equal(error.code, 'ERR_TRUSTSTORE_INVALID_ARGUMENT');
      assert.doesNotMatch(error.message, /c2VjcmV0/);
      return true;
    };
    assert.throws(() => getTrustedCAs(options), check);
    const more: InjectOptions[] = [{}, { watch: true }, { childProcesses: true }];
    for (const others of more) {
      assert.throws(() => inject({ ...options, ...others }), check);
    }
  });
}
