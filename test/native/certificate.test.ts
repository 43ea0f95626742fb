/**
 * Compares the certificate reader with node:crypto, which is OpenSSL, over public roots and over certificates no CA
 * issues.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import tls from 'node:tls';

import { loadAddon } from '../../dist/addon/load-addon.js';
import type { NativeCertificate, NativePolicy } from '../../dist/addon/native-binding.js';
import {
  Extensions,
  Tag,
  attribute,
  bitString,
  boolean,
  certificate,
  commonName,
  extension,
  generalizedTime,
  integer,
  name,
  octetString,
  oid,
  sequence,
  set,
  tlv,
  utcTime,
} from './der.js';

const addon = loadAddon();
const policy: NativePolicy = {
  purpose: 'server-auth',
  intermediates: true,
  expired: false,
  now: Date.UTC(2026, 0, 1),
};

const describe = (der: Uint8Array): NativeCertificate => addon.describe(der, policy);

const looksSelfSigned = (der: Uint8Array): boolean | undefined =>
  addon.parse(der, policy).certificates[0]?.looksSelfSigned;

/** Everything that Node also reports must be the same, character for character. */
function assertSameAsNode(der: Uint8Array): void {
  const ours = describe(der);
  const theirs = new X509Certificate(der);
  // Node returns no text for a name without attributes.
  assert.equal(ours.subject, theirs.subject ?? '');
  assert.equal(ours.issuer, theirs.issuer ?? '');
  assert.equal(ours.serialNumber, theirs.serialNumber);
  assert.equal(ours.fingerprint256, theirs.fingerprint256);
  assert.equal(ours.validFrom, Date.parse(theirs.validFrom));
  assert.equal(ours.validTo, Date.parse(theirs.validTo));
  assert.equal(ours.pem, theirs.toString());
}

const refuses = (der: Uint8Array, reason: RegExp): void => {
  assert.throws(() => describe(der), { name: 'TypeError', message: reason });
};

test('every certificate Node bundles reads as node:crypto reads it', () => {
  assert.ok(tls.rootCertificates.length > 100);
  for (const pem of tls.rootCertificates) {
    const x509 = new X509Certificate(pem);
    assertSameAsNode(x509.raw);
    assert.equal(describe(x509.raw).role !== 'leaf', x509.ca, x509.subject);
  }
});

const systemFile = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
].find((file) => existsSync(file));

test(
  "every certificate of this machine's CA file reads as node:crypto reads it",
  { skip: systemFile === undefined && 'this machine keeps its CAs elsewhere' },
  () => {
    const { certificates, errors } = addon.parse(readFileSync(systemFile ?? ''), policy);
    assert.deepEqual(errors, []);
    assert.ok(certificates.length > 0);
    for (const { pem, role } of certificates) {
      const x509 = new X509Certificate(pem);
      assertSameAsNode(x509.raw);
      assert.equal(role !== 'leaf', x509.ca, x509.subject);
    }
  },
);

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const utf32 = (text: string): Buffer =>
  Buffer.concat(
    Array.from(text, (character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(character.codePointAt(0) ?? 0);
      return bytes;
    }),
  );
const allAscii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

const names: [string, Buffer][] = [
  ['without attributes', sequence()],
  ['with an empty value', commonName('')],
  [
    'with two values in one RDN',
    sequence(
      set(attribute('2.5.4.10', 'o'), attribute('2.5.4.11', 'u')),
      set(attribute('2.5.4.3', 'a')),
    ),
  ],
  ['that needs escapes in the middle', commonName('a,b+c"d\\e<f>g;h#i=j k')],
  ['that needs escapes at both ends', commonName(' #x# ')],
  ['that is one hash', commonName('#')],
  ['that is one blank', commonName(' ')],
  ['that is two blanks', commonName('  ')],
  ['with control characters', commonName('\u0000\u0001\n\t\u007f')],
  ['in UTF-8 beyond the basic plane', commonName('Ünïcøde ☃ 𝄞')],
  [
    'in Latin-1 bytes of a T61String',
    name(attribute('2.5.4.3', Buffer.from('Z\xfcrich \x80\xff', 'latin1'), Tag.t61)),
  ],
  [
    'in an IA5String with high bytes',
    name(attribute('1.2.840.113549.1.9.1', Buffer.from('\xe9@x', 'latin1'), Tag.ia5)),
  ],
  [
    'in a PrintableString with high bytes',
    name(attribute('2.5.4.6', Buffer.from('\xe9', 'latin1'), Tag.printable)),
  ],
  ['in a BMPString', name(attribute('2.5.4.3', utf16('#Ünï ☃ '), Tag.bmp))],
  ['in a UniversalString', name(attribute('2.5.4.3', utf32(' Ünï 𝄞'), Tag.universal))],
  ['in a NumericString', name(attribute('2.5.4.5', '0 1', Tag.numeric))],
  ['in a BIT STRING', name(attribute('2.5.4.45', Buffer.from([0, 65, 200]), 0x03))],
  ['in a SEQUENCE', name(attribute('2.5.4.16', tlv(Tag.utf8, Buffer.from('street')), 0x30))],
  ['with an unknown attribute', name(attribute('1.3.6.1.4.1.99999.1', 'v'))],
  ['with a huge arc', name(attribute('2.999.340282366920938463463374607431768211456.7', 'v'))],
  [
    'with a long OID',
    name(attribute(`1.3.${Array.from({ length: 60 }, (_, i) => i).join('.')}`, 'v')),
  ],
  [
    'with an OID at the edges of its first arcs',
    name(
      ...['0.39', '1.0', '1.39', '2.0', '2.39', '2.40', '2.47', '2.48', '2.175'].map((each) =>
        attribute(each, 'v'),
      ),
    ),
  ],
  [
    'of every ASCII character first',
    name(...allAscii.map((character) => attribute('2.5.4.3', `${character}x`))),
  ],
  [
    'of every ASCII character last',
    name(...allAscii.map((character) => attribute('2.5.4.3', `x${character}`))),
  ],
  [
    'of every ASCII character alone',
    name(...allAscii.map((character) => attribute('2.5.4.3', character))),
  ],
  [
    'of every Latin-1 byte',
    name(attribute('2.5.4.3', Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Tag.t61)),
  ],
];

for (const [what, subject] of names) {
  test(`a name ${what} prints as Node prints it`, () => {
    assertSameAsNode(certificate({ subject, issuer: commonName('issuer') }));
    assertSameAsNode(certificate({ subject: commonName('subject'), issuer: subject }));
  });
}

test('every name attribute of the usual arcs has the short name Node gives it', () => {
  // Compares up to where the arcs hold name attributes; further on OpenSSL's versions differ.
  const arcs: [string, number][] = [
    ['2.5.4', 127],
    ['0.9.2342.19200300.100.1', 127],
    ['1.2.840.113549.1.9', 30],
    ['1.3.6.1.4.1.311.60.2.1', 10],
    ['1.2.643.100', 127],
  ];
  for (const [arc, last] of arcs) {
    for (let number = 1; number <= last; number++) {
      const der = certificate({ subject: name(attribute(`${arc}.${number}`, 'v')) });
      assert.equal(describe(der).subject, new X509Certificate(der).subject);
    }
  }
});

const unreadableNames: [string, Buffer][] = [
  ['invalid UTF-8', name(attribute('2.5.4.3', Buffer.from([0x61, 0xc3])))],
  ['overlong UTF-8', name(attribute('2.5.4.3', Buffer.from([0xc0, 0x80])))],
  ['a surrogate in UTF-8', name(attribute('2.5.4.3', Buffer.from([0xed, 0xa0, 0x80])))],
  ['half a BMPString character', name(attribute('2.5.4.3', Buffer.from([0, 0x61, 0]), Tag.bmp))],
  ['a surrogate pair in a BMPString', name(attribute('2.5.4.3', utf16('𝄞'), Tag.bmp))],
  [
    'a UniversalString beyond Unicode',
    name(attribute('2.5.4.3', Buffer.from([0, 0x11, 0, 0]), Tag.universal)),
  ],
  ['a type that is no string', name(attribute('2.5.4.3', Buffer.from([1]), 0x02))],
  ['no value', sequence(set(sequence(oid('2.5.4.3'))))],
  [
    'an OID cut short',
    sequence(set(sequence(tlv(0x06, Buffer.from([0x55, 0x84])), tlv(Tag.utf8)))),
  ],
];

for (const [what, subject] of unreadableNames) {
  test(`a name with ${what} is refused, as OpenSSL refuses it`, () => {
    const der = certificate({ subject, issuer: commonName('issuer') });
    refuses(der, /the subject name is malformed/);
    assert.throws(() => new X509Certificate(der));
  });
}

const serials: [string, number[]][] = [
  ['zero', [0]],
  ['one', [1]],
  ['a leading zero byte', [0, 0x80]],
  ['negative', [0xff]],
  ['negative with several bytes', [0x80, 0, 1]],
  ['negative at the edge of a byte', [0xff, 0]],
  ['longer than twenty bytes', Array.from({ length: 40 }, (_, i) => i + 1)],
];

for (const [what, serial] of serials) {
  test(`a serial number that is ${what} prints as Node prints it`, () => {
    assertSameAsNode(certificate({ serial }));
  });
}

test('a serial number with a superfluous byte is refused, as OpenSSL refuses it', () => {
  for (const serial of [[0, 1], [0xff, 0x80], []]) {
    const der = certificate({ serial });
    refuses(der, /the serial number is malformed/);
    assert.throws(() => new X509Certificate(der));
  }
});

const times: [string, Buffer, string | undefined][] = [
  ['UTCTime of 1950', utcTime('500101000000Z'), '1950-01-01T00:00:00Z'],
  ['UTCTime of 2049', utcTime('491231235959Z'), '2049-12-31T23:59:59Z'],
  ['UTCTime of 1999', utcTime('991231235959Z'), '1999-12-31T23:59:59Z'],
  ['UTCTime on a leap day', utcTime('240229000000Z'), '2024-02-29T00:00:00Z'],
  ['GeneralizedTime of 2050', generalizedTime('20500101000000Z'), '2050-01-01T00:00:00Z'],
  ['the last second there is', generalizedTime('99991231235959Z'), '9999-12-31T23:59:59Z'],
  ['the first year there is', generalizedTime('00000229000000Z'), '0000-02-29T00:00:00Z'],
  ['GeneralizedTime of the year 1', generalizedTime('00010101000000Z'), '0001-01-01T00:00:00Z'],
  ['GeneralizedTime before the epoch', generalizedTime('19691231235959Z'), '1969-12-31T23:59:59Z'],
  ['GeneralizedTime of 1900', generalizedTime('19000301000000Z'), '1900-03-01T00:00:00Z'],
  ['UTCTime without seconds', utcTime('2601020304Z'), undefined],
  ['UTCTime ahead of UTC', utcTime('260102030405+0130'), undefined],
  ['UTCTime behind UTC', utcTime('260102030405-0500'), undefined],
  ['GeneralizedTime without seconds', generalizedTime('202601020304Z'), undefined],
  ['GeneralizedTime with a fraction', generalizedTime('20260102030405.75Z'), undefined],
  ['GeneralizedTime without zone', generalizedTime('20260102030405'), undefined],
  ['no zone', utcTime('260102030405'), undefined],
  ['a day that is not', utcTime('230229000000Z'), undefined],
  ['29 February 1900', generalizedTime('19000229000000Z'), undefined],
  ['a thirteenth month', utcTime('261301000000Z'), undefined],
  ['hour 24', utcTime('260101240000Z'), undefined],
  ['a sixtieth second', utcTime('260101000060Z'), undefined],
  ['letters', utcTime('26010100000xZ'), undefined],
  ['something after the zone', utcTime('260101000000ZZ'), undefined],
  ['an empty fraction', generalizedTime('20260102030405.Z'), undefined],
  ['an OCTET STRING', octetString(Buffer.from('260101000000Z')), undefined],
  ['nothing', utcTime(''), undefined],
];

for (const [what, time, expected] of times) {
  test(`a validity with ${what} ${expected === undefined ? 'is refused' : 'is read'}`, () => {
    const der = certificate({ notBefore: time, notAfter: time });
    if (expected === undefined) {
      refuses(der, /the validity is malformed/);
    } else {
      assert.equal(describe(der).validFrom, Date.parse(expected));
      assert.equal(describe(der).validTo, Date.parse(expected));
    }
  });
}

const certSign = Extensions.keyUsage(2, 0x04);
const signOnly = Extensions.keyUsage(7, 0x80);

const authorities: [string, Parameters<typeof certificate>[0], boolean][] = [
  ['v3 with CA:TRUE', {}, true],
  ['v3 with CA:TRUE and keyCertSign', { extensions: [Extensions.ca, certSign] }, true],
  [
    'v3 with CA:TRUE and key usage without keyCertSign',
    { extensions: [Extensions.ca, signOnly] },
    false,
  ],
  [
    'v3 whose keyCertSign is an unused bit',
    { extensions: [Extensions.ca, Extensions.keyUsage(3, 0x04)] },
    false,
  ],
  ['v3 with an empty key usage', { extensions: [Extensions.ca, Extensions.keyUsage(0)] }, false],
  [
    'v3 with keyCertSign among nine bits',
    { extensions: [Extensions.ca, Extensions.keyUsage(7, 0x04, 0x80)] },
    true,
  ],
  ['v3 with empty basic constraints', { extensions: [Extensions.notCa] }, false],
  [
    'v3 with an explicit CA:FALSE',
    { extensions: [extension('2.5.29.19', sequence(boolean(false)))] },
    false,
  ],
  [
    'v3 with CA:TRUE spelt 0x01',
    { extensions: [extension('2.5.29.19', sequence(tlv(1, Buffer.from([1]))))] },
    true,
  ],
  [
    'v3 with a path length',
    { extensions: [extension('2.5.29.19', sequence(boolean(true), integer(0)))] },
    true,
  ],
  ['v3 without extensions', { extensions: [] }, false],
  [
    'v3 with keyCertSign alone, issued by another',
    { extensions: [certSign], issuer: commonName('issuer') },
    false,
  ],
  [
    'v3 with an unknown critical extension',
    { extensions: [Extensions.ca, extension('1.2.3.4', Buffer.of(5, 0), true)] },
    true,
  ],
  ['v2 self-signed without extensions', { version: 1, extensions: [] }, false],
  ['v1 with CA:TRUE', { version: null }, true],
  ['v1 issued by another', { version: null, extensions: [], issuer: commonName('issuer') }, false],
];

for (const [what, raw, expected] of authorities) {
  test(`a certificate of ${what} is ${expected ? 'a CA' : 'no CA'}, as in OpenSSL`, () => {
    const der = certificate(raw);
    assert.equal(describe(der).skipped !== 'not-a-ca' && describe(der).role !== 'leaf', expected);
    assert.equal(new X509Certificate(der).ca, expected);
  });
}

const netscapeType = (bits: number) =>
  extension('2.16.840.1.113730.1.1', tlv(0x03, Buffer.of(0, bits)));
const netscapeless = extension('2.16.840.1.113730.1.1', Buffer.of(5, 0));
const withoutConstraints: [string, Parameters<typeof certificate>[0], 'anchor' | 'leaf'][] = [
  ['version 1', { version: null, extensions: [] }, 'anchor'],
  ['version 1, spelt out', { version: 0, extensions: [] }, 'anchor'],
  ['key usage alone', { extensions: [certSign] }, 'anchor'],
  ['key usage in version 2', { version: 1, extensions: [certSign] }, 'anchor'],
  ['the type of Netscape for TLS CAs', { extensions: [netscapeType(0x04)] }, 'anchor'],
  ['the type of Netscape for other CAs', { extensions: [netscapeType(0x03)] }, 'leaf'],
  ['the type of Netscape, unreadable', { extensions: [netscapeless] }, 'leaf'],
  ['key usage without keyCertSign', { extensions: [Extensions.keyUsage(7, 0x80)] }, 'leaf'],
  ['nothing', { extensions: [] }, 'leaf'],
];

for (const [what, raw, role] of withoutConstraints) {
  test(`what signed itself is ${role} by ${what}, where basic constraints say nothing`, () => {
    const der = certificate(raw);
    assert.equal(describe(der).role, role);
    assert.equal(describe(der).skipped, undefined);
    // Node asks OpenSSL whether basic constraints make it a CA.
    assert.equal(new X509Certificate(der).ca, false);
  });
}

const malformed: [string, Uint8Array, RegExp][] = [
  ['of no bytes', Buffer.alloc(0), /not a certificate/],
  ['cut short', certificate().subarray(0, -1), /cut short/],
  [
    'followed by a byte',
    Buffer.concat([certificate(), Buffer.of(0)]),
    /bytes follow the certificate/,
  ],
  ['of version 4', certificate({ version: 3 }), /the version is unknown/],
  ['with a length longer than needed', longLength(certificate()), /not a certificate/],
  [
    'of indefinite length',
    Buffer.concat([Buffer.of(0x30, 0x80), certificate().subarray(4), Buffer.of(0, 0)]),
    /not a certificate/,
  ],
  [
    'with basic constraints twice',
    certificate({ extensions: [Extensions.ca, Extensions.ca] }),
    /twice/,
  ],
  [
    'with a negative path length',
    certificate({ extensions: [extension('2.5.29.19', sequence(boolean(true), integer(0xff)))] }),
    /basic constraints/,
  ],
  [
    'with trailing bytes in basic constraints',
    certificate({
      extensions: [extension('2.5.29.19', Buffer.concat([sequence(), Buffer.of(0)]))],
    }),
    /basic constraints/,
  ],
  [
    'with an impossible key usage',
    certificate({ extensions: [Extensions.keyUsage(8, 4)] }),
    /key usage/,
  ],
  [
    'with an extension without value',
    certificate({ extensions: [sequence(oid('1.2.3'))] }),
    /an extension is malformed/,
  ],
  [
    'with parameters no algorithm has',
    certificate({ signatureAlgorithm: sequence(oid('1.2.3'), boolean(true)) }),
    /the signature algorithm/,
  ],
  [
    'with an impossible unique identifier',
    certificate({ uniqueIds: [tlv(0x81)] }),
    /unique identifier/,
  ],
  [
    'with fields behind the extensions',
    certificate({ extensions: [], uniqueIds: [tlv(0xa4)] }),
    /unknown fields/,
  ],
  // Some runtimes take these and others do not.
  [
    'with an empty RDN',
    certificate({ subject: sequence(set(), set(attribute('2.5.4.3', 'a'))) }),
    /the issuer name/,
  ],
  [
    'with a noncharacter in a BMPString',
    certificate({ subject: name(attribute('2.5.4.3', utf16('a\uffff'), Tag.bmp)) }),
    /the issuer name/,
  ],
  ['with a noncharacter in UTF-8', certificate({ subject: commonName('\ufdd0') }), /issuer name/],
  [
    'with padding that is not zero in a name',
    certificate({ subject: name(attribute('2.5.4.45', Buffer.of(1, 0xff), 0x03)) }),
    /the issuer name/,
  ],
  [
    'with padding that is not zero in a unique identifier',
    certificate({ version: 1, extensions: [], uniqueIds: [tlv(0x81, Buffer.of(7, 0xff))] }),
    /unique identifier/,
  ],
  [
    'with a key of half an octet',
    certificate({ publicKey: sequence(sequence(oid('1.2.3')), bitString(4, 0xf0)) }),
    /the public key/,
  ],
  ['with a signature of half an octet', withUnusedBits(certificate()), /the signature/],
  [
    'with an algorithm of a longer OID than OpenSSL takes',
    certificate({
      publicKey: sequence(sequence(tlv(0x06, Buffer.alloc(587, 1))), bitString(0, 1)),
    }),
    /the public key/,
  ],
];

/** Sets unused bits of the signature, which is the last three bytes. */
function withUnusedBits(der: Buffer): Buffer {
  der[der.length - 4] = 1;
  return der;
}

function longLength(der: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x83, 0), der.subarray(2)]);
}

for (const [what, der, reason] of malformed) {
  test(`a certificate ${what} is refused with a reason`, () => {
    refuses(der, reason);
  });
}

test('unique identifiers are passed over', () => {
  assertSameAsNode(
    certificate({
      version: 1,
      extensions: [],
      uniqueIds: [tlv(0x81, Buffer.of(0, 1)), tlv(0x82, Buffer.of(0))],
    }),
  );
});

test('a certificate cut anywhere is refused without harm', () => {
  const der = certificate({
    extensions: [Extensions.ca, certSign, Extensions.eku('1.3.6.1.5.5.7.3.1')],
  });
  for (let size = 0; size < der.length; size++) {
    refuses(der.subarray(0, size), /./);
  }
});

test('whatever single byte is damaged, what is still read is read as Node reads it', () => {
  const der = certificate({
    subject: name(attribute('2.5.4.6', 'DE', Tag.printable), attribute('2.5.4.3', 'Ünï')),
    extensions: [
      Extensions.ca,
      certSign,
      Extensions.subjectKeyId('id'),
      Extensions.authorityKeyId('id'),
    ],
  });
  let read = 0;
  for (let index = 0; index < der.length; index++) {
    for (const value of [0x00, 0x01, 0x30, 0x7f, 0x80, 0xff]) {
      const damaged = Buffer.from(der);
      damaged[index] = value;
      let ours: NativeCertificate;
      try {
        ours = describe(damaged);
      } catch {
        continue;
      }
      read += 1;
      // A certificate that is passed on must not make a TLS library refuse the whole list.
      const theirs = new X509Certificate(damaged);
      assert.equal(ours.subject, theirs.subject ?? '');
      assert.equal(ours.serialNumber, theirs.serialNumber);
    }
  }
  assert.ok(read > 100);
});

test('self-issued means the same name, however it is written', () => {
  const subject = name(attribute('2.5.4.3', 'Example  CA', Tag.printable));
  const issuer = name(attribute('2.5.4.3', utf16(' example ca'), Tag.bmp));
  assert.equal(looksSelfSigned(certificate({ subject, issuer })), true);
  assert.equal(looksSelfSigned(certificate({ subject, issuer: commonName('Example CB') })), false);
});

test('white space inside a name counts, however much of it there is', () => {
  const subject = commonName('Example CA');
  assert.equal(looksSelfSigned(certificate({ subject, issuer: commonName('ExampleCA') })), false);
  assert.equal(
    looksSelfSigned(certificate({ subject, issuer: commonName('Example \t CA') })),
    true,
  );
});

test('key identifiers that contradict each other mean that another CA signed', () => {
  const { subjectKeyId, authorityKeyId, ca } = Extensions;
  const isOwnIssuer = (...extensions: Uint8Array[]) =>
    looksSelfSigned(certificate({ serial: [7], extensions: [ca, ...extensions] }));
  const withSerial = (serial: number) =>
    extension('2.5.29.35', sequence(tlv(0xa1), tlv(0x82, Buffer.of(serial))));
  assert.equal(isOwnIssuer(subjectKeyId('a'), authorityKeyId('a')), true);
  assert.equal(isOwnIssuer(subjectKeyId('a'), authorityKeyId('b')), false);
  assert.equal(isOwnIssuer(authorityKeyId('b')), true);
  assert.equal(isOwnIssuer(withSerial(7)), true);
  assert.equal(isOwnIssuer(withSerial(8)), false);
});

test('bits a BIT STRING does not use never count', () => {
  refuses(certificate({ extensions: [extension('2.5.29.15', bitString(1))] }), /key usage/);
});
