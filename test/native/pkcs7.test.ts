/**
 * Tests PKCS#7 certificate lists: DER, PEM, and the BER that Java tools write.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadAddon } from '../../dist/addon/load-addon.js';
import type { NativePolicy } from '../../dist/addon/native-binding.js';
import { toPem } from '../helpers/pki.js';
import { certificate, commonName, integer, octetString, oid, sequence, set, tlv } from './der.js';

const addon = loadAddon();
const policy: NativePolicy = {
  purpose: 'server-auth',
  intermediates: true,
  expired: false,
  now: Date.UTC(2026, 0, 1),
};

const derA = certificate({ subject: commonName('a') });
const derB = certificate({ subject: commonName('b') });

const signedDataOid = oid('1.2.840.113549.1.7.2');
const dataOid = oid('1.2.840.113549.1.7.1');
const indefinite = (tag: number, ...parts: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);

interface Parts {
  certificates?: Uint8Array[];
  lists?: Uint8Array[];
  signers?: Uint8Array[];
  wrap?: (tag: number, ...parts: Uint8Array[]) => Buffer;
}

function pkcs7({
  certificates = [derA, derB],
  lists = [],
  signers = [],
  wrap = tlv,
}: Parts = {}): Buffer {
  const signedData = wrap(
    0x30,
    integer(1),
    set(),
    wrap(0x30, dataOid),
    wrap(0xa0, ...certificates),
    ...lists,
    set(...signers),
  );
  return wrap(0x30, signedDataOid, wrap(0xa0, signedData));
}

const read = (input: Uint8Array) => {
  const { certificates, errors } = addon.parse(input, policy);
  return {
    pems: certificates.map(({ pem }) => pem),
    messages: errors.map(({ message }) => message),
  };
};

const attributeCertificate = tlv(0xa1, integer(1));
const good: [string, Uint8Array, Buffer[]][] = [
  ['in DER', pkcs7(), [derA, derB]],
  ['in PEM', Buffer.from(toPem(pkcs7(), 'PKCS7')), [derA, derB]],
  ['in PEM labelled CERTIFICATE', Buffer.from(toPem(pkcs7())), [derA, derB]],
  ['in PEM labelled CMS', Buffer.from(toPem(pkcs7(), 'CMS')), [derA, derB]],
  ['of indefinite lengths', pkcs7({ wrap: indefinite }), [derA, derB]],
  ['without certificates', pkcs7({ certificates: [] }), []],
  ['with revocation lists', pkcs7({ lists: [tlv(0xa1, sequence())] }), [derA, derB]],
  [
    'with other kinds of certificates',
    pkcs7({ certificates: [attributeCertificate, derB] }),
    [derB],
  ],
];

for (const [what, input, expected] of good) {
  test(`a list ${what} gives its certificates in order`, () => {
    assert.deepEqual(read(input), { pems: expected.map((der) => toPem(der)), messages: [] });
  });
}

const nested = (depth: number): Buffer =>
  depth === 0 ? Buffer.alloc(0) : indefinite(0x30, nested(depth - 1));

const bad: [string, Uint8Array, RegExp][] = [
  ['cut short', pkcs7().subarray(0, -1), /cut short/],
  ['of indefinite lengths cut short', pkcs7({ wrap: indefinite }).subarray(0, -1), /cut short/],
  ['followed by a byte', Buffer.concat([pkcs7(), Buffer.of(0)]), /bytes follow/],
  ['that is a signed message', pkcs7({ signers: [sequence()] }), /a signed message/],
  [
    'with a broken certificate in the list',
    pkcs7({ certificates: [derA.subarray(0, -1)] }),
    /malformed/,
  ],
  [
    'nested without end',
    pkcs7({ certificates: [nested(100)], wrap: indefinite }),
    /malformed|cut short/,
  ],
  ['without signed data', sequence(signedDataOid), /content is malformed/],
  [
    'with something behind the content',
    sequence(signedDataOid, tlv(0xa0, sequence()), octetString()),
    /content is malformed/,
  ],
];

for (const [what, input, message] of bad) {
  test(`a list ${what} is refused with a reason`, () => {
    const { pems, messages } = read(input);
    assert.deepEqual(pems, []);
    assert.equal(messages.length, 1);
    assert.match(messages[0] ?? '', message);
  });
}

test('a list cut anywhere is refused without harm', () => {
  for (const whole of [pkcs7(), pkcs7({ wrap: indefinite })]) {
    for (let size = 20; size < whole.length; size++) {
      assert.deepEqual(read(whole.subarray(0, size)).pems, []);
    }
  }
});

test('a list of things too small to be certificates is refused, not taken apart', () => {
  const certificates = [derA, ...Array.from({ length: 100 }, () => sequence())];
  const { pems, messages } = read(pkcs7({ certificates }));
  assert.deepEqual(pems, []);
  assert.deepEqual(messages, ['the PKCS#7 list holds things too small to be certificates']);
});

test('a list of nothing but damaged certificates gives a bounded list of them', () => {
  const damaged = sequence(Buffer.alloc(70));
  const { pems, messages } = read(
    pkcs7({ certificates: Array.from({ length: 3000 }, () => damaged) }),
  );
  assert.deepEqual(pems, []);
  assert.equal(messages.length, 1001);
});
