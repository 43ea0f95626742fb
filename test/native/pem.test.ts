/**
 * Tests the PEM reader over text as real files have it, and over damaged text.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { loadAddon } from '../../dist/addon/load-addon.js';
import type { NativeParsed, NativePolicy } from '../../dist/addon/native-binding.js';
import { toPem } from '../helpers/pki.js';
import { certificate, commonName, sequence } from './der.js';
import { runDriver, temporaryDirectory } from './driver.js';

const addon = loadAddon();
const policy: NativePolicy = {
  purpose: 'server-auth',
  intermediates: true,
  expired: false,
  now: Date.UTC(2026, 0, 1),
};

const derA = certificate({ subject: commonName('a') });
const derB = certificate({ subject: commonName('b') });
const a = toPem(derA);
const b = toPem(derB);
const body = a.split('\n').slice(1, -2).join('\n');
const key = toPem(Buffer.from('not for anybody to see'), 'PRIVATE KEY');

const parse = (input: string | Uint8Array): NativeParsed =>
  addon.parse(typeof input === 'string' ? Buffer.from(input, 'latin1') : input, policy);

const withLabel = (pem: string, label: string): string =>
  pem.replaceAll(/(BEGIN|END) CERTIFICATE/g, `$1 ${label}`);

const utf16le = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

const good: [string, string | Uint8Array, string[]][] = [
  ['two blocks', a + b, [a, b]],
  ['the same block twice', a + a, [a, a]],
  ['CRLF line ends', (a + b).replaceAll('\n', '\r\n'), [a, b]],
  ['CR line ends', (a + b).replaceAll('\n', '\r'), [a, b]],
  ['no final newline', a.trimEnd(), [a]],
  ['files glued together without a line break', a.trimEnd() + b, [a, b]],
  ['files glued together with a BOM between them', `${a}\xef\xbb\xbf${b}`, [a, b]],
  ['a UTF-8 BOM', `\xef\xbb\xbf${a}`, [a]],
  ['little-endian UTF-16', utf16le(a + b), [a, b]],
  ['big-endian UTF-16', utf16le(a + b).swap16(), [a, b]],
  ['UTF-16 with other text between', utf16le(`Zürich ☃\n${a}größe\n${b}`), [a, b]],
  ['bag attributes', `Bag Attributes\n    friendlyName: x -----\nsubject=/CN=a\n\n${a}`, [a]],
  ['text that mentions a BEGIN line', `see -----BEGIN CERTIFICATE----- below\n${a}`, [a]],
  [
    'a row of dashes that runs into a BEGIN line',
    `# ------BEGIN CERTIFICATE-----\n${body}\n${b}`,
    [b],
  ],
  ['comments', `# a\n${a}\n# b\n${b}# end`, [a, b]],
  ['X509 CERTIFICATE', withLabel(a, 'X509 CERTIFICATE'), [a]],
  ['TRUSTED CERTIFICATE without settings', withLabel(a, 'TRUSTED CERTIFICATE'), [a]],
  [
    'keys, requests and lists among the certificates',
    key + a + toPem(derA, 'CERTIFICATE REQUEST') + toPem(derA, 'X509 CRL') + b,
    [a, b],
  ],
  ['a key that never ends', `${key.slice(0, -30)}\n${a}`, [a]],
  ['indented blocks', (a + b).replaceAll(/^/gm, '\t  '), [a, b]],
  [
    'one long line',
    `-----BEGIN CERTIFICATE-----\n${body.replaceAll('\n', '')}\n-----END CERTIFICATE-----`,
    [a],
  ],
  [
    'everything on one line',
    `-----BEGIN CERTIFICATE-----${body.replaceAll('\n', '')}-----END CERTIFICATE-----`,
    [a],
  ],
  [
    'lines of 76',
    `-----BEGIN CERTIFICATE-----\n${body.replaceAll('\n', '').replaceAll(/.{76}/g, '$&\n')}\n-----END CERTIFICATE-----`,
    [a],
  ],
  [
    'lines of 3',
    `-----BEGIN CERTIFICATE-----\n${body.replaceAll('\n', '').replaceAll(/.{3}/g, '$&\n')}\n-----END CERTIFICATE-----`,
    [a],
  ],
  ['blank lines inside', a.replaceAll('\n', ' \n\t\n'), [a]],
  ['RFC 1421 headers', a.replace('-----\n', '-----\nX-Name: value\n continued\nOther: x\n\n'), [a]],
  ['no certificates', 'nothing here\n', []],
  ['nothing at all', '', []],
  ['only a key', key, []],
  ['a DER certificate', derA, [a]],
  ['text that starts like DER', `0 s:/CN=a\n${a}`, [a]],
];

for (const [what, input, expected] of good) {
  test(`${what}: every certificate is read and nothing is reported`, () => {
    const { certificates, errors } = parse(input);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      certificates.map(({ pem }) => pem),
      expected,
    );
  });
}

const firstLine = a.split('\n')[1] ?? '';
const damaged: [string, string, string[], RegExp][] = [
  [
    'a character that is not base64',
    a.replace(firstLine, `${firstLine}*`) + b,
    [b],
    /^block 1, line 1: a character that is not base64$/,
  ],
  [
    'a dash inside the base64',
    a.replace(firstLine, `-${firstLine}`) + b,
    [b],
    /^block 1, line 1: a character that is not base64$/,
  ],
  [
    'an incomplete group',
    a.replace(firstLine, firstLine.slice(0, -1)) + b,
    [b],
    /^block 1, line 1: (the base64 is incomplete|a character that is not base64)$/,
  ],
  [
    'padding in the middle',
    a.replace(firstLine, `${firstLine.slice(0, -1)}=`) + b,
    [b],
    /^block 1, line 1: a character that is not base64$/,
  ],
  [
    'too much padding',
    `-----BEGIN CERTIFICATE-----\nQUJD====\n-----END CERTIFICATE-----\n${b}`,
    [b],
    /^block 1, line 1: a character that is not base64$/,
  ],
  [
    'no END line',
    `${a}\n${b.slice(0, 200)}`,
    [a],
    /^block 2, line \d+: the text ends before the END line$/,
  ],
  [
    'a BEGIN line before the END line',
    `${b.slice(0, 28)}${a}`,
    [a],
    /^block 1, line 1: another BEGIN line comes before the END line$/,
  ],
  [
    'an END line of another type',
    a.replace('END CERTIFICATE', 'END X509 CERTIFICATE') + b,
    [b],
    /^block 1, line 1: the END line names another type than the BEGIN line$/,
  ],
  [
    'an END line alone',
    `text\n-----END CERTIFICATE-----\n${b}`,
    [b],
    /^block 1, line 2: an END line without a BEGIN line$/,
  ],
  [
    'an empty block',
    `\r\n\r\n-----BEGIN CERTIFICATE-----\r\n-----END CERTIFICATE-----\r\n${b}`,
    [b],
    /^block 1, line 3: the block is empty$/,
  ],
  [
    'an encrypted block',
    a.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n') + b,
    [b],
    /^block 1, line 1: encrypted$/,
  ],
  ['PKCS#7 that is none', toPem(derA, 'PKCS7') + b, [b], /^block 1, line 1: .*PKCS#7/],
];

for (const [what, input, expected, message] of damaged) {
  test(`${what}: the block is named, and the others are read`, () => {
    const { certificates, errors } = parse(input);
    assert.deepEqual(
      certificates.map(({ pem }) => pem),
      expected,
    );
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.code, 'ERR_TRUSTSTORE_BAD_CERTIFICATE');
    assert.match(errors[0]?.message ?? '', message);
  });
}

test('one bad block among 10,000 costs one certificate', () => {
  const blocks = Array.from({ length: 10_000 }, () => a);
  blocks[4321] = a.replace(firstLine, '!');
  const { certificates, errors } = parse(blocks.join(''));
  assert.equal(certificates.length, 9999);
  const line = 4321 * (a.split('\n').length - 1) + 1;
  assert.deepEqual(
    errors.map(({ message }) => message),
    [`block 4322, line ${line}: a character that is not base64`],
  );
});

test('a text of nothing but damaged blocks gives a bounded list that says how many there were', () => {
  const { certificates, errors } = parse('-----BEGIN CERTIFICATE-----\n'.repeat(5000));
  assert.equal(certificates.length, 0);
  assert.equal(errors.length, 1001);
  assert.equal(errors.at(-1)?.message, '4000 more blocks are damaged');
});

test('a text of nothing but tiny blocks costs no record for each', (t) => {
  const settings = toPem(Buffer.concat([sequence(), Buffer.of(1)]), 'TRUSTED CERTIFICATE');
  const text = (toPem(Buffer.from('x')) + settings).repeat(2500) + a;
  const { certificates, errors } = parse(text);
  assert.deepEqual(
    certificates.map(({ pem }) => pem),
    [a],
  );
  assert.equal(errors.length, 1001);
  assert.match(errors[0]?.message ?? '', /^block 1, line 1: not a certificate/);
  assert.equal(errors.at(-1)?.message, '4000 more blocks are damaged');
  const listed = runDriver([write(t, text)]);
  // Each is listed once, with the good one after them.
  assert.equal(listed.certificates.length, 3);
  assert.equal(listed.errors.at(-1)?.message, '4000 more blocks are damaged');
});

test('certificates whose trust settings are malformed are all kept, because they reject their copies', (t) => {
  const label = 'TRUSTED CERTIFICATE';
  const block = (serial: number): string =>
    toPem(
      Buffer.concat([certificate({ serial: [1, serial >> 8, serial & 255] }), Buffer.of(9)]),
      label,
    );
  const text = Array.from({ length: 1100 }, (_, serial) => block(serial)).join('');
  const { certificates, errors } = runDriver([write(t, text)]);
  assert.equal(certificates.length, 1100);
  assert.ok(certificates.every(({ rejected }) => rejected !== 'none'));
  assert.deepEqual(errors, []);
});

test('what is in blocks of other types is never repeated', () => {
  const secret = 'c2VjcmV0c2VjcmV0';
  const broken = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----BEGIN CERTIFICATE-----\n${secret}*\n`;
  const { errors } = parse(broken);
  assert.equal(errors.length, 1);
  assert.ok(!JSON.stringify(errors).includes(secret));
});

function write(t: TestContext, content: string | Uint8Array): string {
  const file = join(temporaryDirectory(t), 'input');
  writeFileSync(file, content);
  return file;
}

test('base64 that is no certificate is listed as unparsable, with block and line', (t) => {
  const { certificates, errors } = runDriver([
    write(t, b + toPem(Buffer.from('hello')) + toPem(derA.subarray(0, 100))),
  ]);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    certificates.map(({ skip, reason }) => [skip, reason]),
    [
      ['none', undefined],
      ['unparsable', `block 2, line ${b.split('\n').length}: not a certificate, or cut short`],
      ['unparsable', `block 3, line ${b.split('\n').length + 3}: not a certificate, or cut short`],
    ],
  );
});

const mebibyte = 1 << 20;
const hostile: [string, string][] = [
  ['BEGIN without end', '-----BEGIN'],
  ['BEGIN lines', '-----BEGIN CERTIFICATE-----\n'],
  ['BEGIN lines without line ends', '-----BEGIN CERTIFICATE-----'],
  ['END lines', '-----END CERTIFICATE-----\n'],
  ['dashes', '-'],
  ['blanks before a BEGIN line', ' '],
  ['headers', '-----BEGIN CERTIFICATE-----\na:\n'],
  ['padding', '-----BEGIN CERTIFICATE-----\n=\n'],
  ['empty lines', '\r\n'],
  [
    'labels without end',
    '-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ],
];

for (const [what, unit] of hostile) {
  test(`16 MiB of ${what} take time in proportion`, () => {
    const text = (size: number) => `${unit.repeat(Math.ceil(size / unit.length))}\n${a}`;
    const time = (input: Buffer) => {
      // It measures the processor's time, so that other programs do not count.
      const start = process.cpuUsage();
      parse(input);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e3;
    };
    const small = Buffer.from(text(mebibyte));
    const large = Buffer.from(text(16 * mebibyte));
    time(small);
    const reference = Math.min(time(small), time(small));
    // Linear is sixteen times as much, with room for a busy machine; quadratic would be 256 times.
    assert.ok(time(large) < 16 * 6 * Math.max(reference, 2));
  });
}
