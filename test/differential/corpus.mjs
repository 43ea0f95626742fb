/**
 * What mutants are made of: public roots, the fuzzers' certificates, and one of each kind of key and oddity. No signature is
 * looked at when a certificate is loaded, so theirs are dummies and nothing is random.
 */
import { Buffer } from 'node:buffer';
import { X509Certificate, createECDH } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import tls from 'node:tls';
import { root } from '../../native/prebuild/gyp-sources.mjs';
import { isMutable, randomOf } from './mutants.mjs';

const require = createRequire(import.meta.url);
const asn1 = require('../../dist-test/native/der.js');
const { Extensions, attribute, bitString, certificate, commonName, extension } = asn1;
const { integer, name, octetString, oid, sequence, set, tlv, utcTime, generalizedTime } = asn1;

const null_ = tlv(5);
const key = (algorithm, bytes) => sequence(sequence(...algorithm), bitString(0, ...bytes));

function numberOf(bytes, seed) {
  const random = randomOf(seed);
  const made = Buffer.from(Array.from({ length: bytes }, () => random(256)));
  made[bytes - 1] |= 1;
  return integer(0, ...Buffer.concat([Buffer.of(made[0] | 0x80), made.subarray(1)]));
}

const rsaKey = sequence(numberOf(256, 1), integer(1, 0, 1));

function pointOn(curve, form = 'uncompressed') {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(Buffer.of(7));
  return ecdh.getPublicKey(null, form);
}

const ecPublicKey = oid('1.2.840.10045.2.1');
const curves = {
  prime256v1: '1.2.840.10045.3.1.7',
  secp384r1: '1.3.132.0.34',
  secp521r1: '1.3.132.0.35',
  secp224r1: '1.3.132.0.33',
  secp256k1: '1.3.132.0.10',
  brainpoolP256r1: '1.3.36.3.3.2.8.1.1.7',
};

/** P-256 as numbers instead of by its name. */
function explicitP256() {
  const hex = (text) => Buffer.from(text, 'hex');
  const p = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
  const b = '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b';
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.of(1));
  return sequence(
    integer(1),
    sequence(oid('1.2.840.10045.1.1'), integer(0, ...hex(p))),
    sequence(octetString(hex(`${p.slice(0, -1)}c`)), octetString(hex(b))),
    octetString(ecdh.getPublicKey()),
    integer(0, ...hex(order)),
    integer(1),
  );
}

const rsa = oid('1.2.840.113549.1.1.1');
const pss = oid('1.2.840.113549.1.1.10');
const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'), null_);
const pssParameters = sequence(
  tlv(0xa0, sha256),
  tlv(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sha256)),
  tlv(0xa2, integer(32)),
);

const publicKeys = [
  key([rsa, null_], rsaKey),
  key([rsa], rsaKey),
  key([rsa, null_], sequence(numberOf(64, 2), integer(3))),
  key([pss], rsaKey),
  key([pss, pssParameters], rsaKey),
  key([oid('1.3.101.112')], Buffer.alloc(32, 7)),
  key([oid('1.3.101.113')], Buffer.alloc(57, 7)),
  key([oid('1.3.101.110')], Buffer.alloc(32, 7)),
  ...Object.entries(curves).map(([curve, id]) => key([ecPublicKey, oid(id)], pointOn(curve))),
  key([ecPublicKey, oid(curves.prime256v1)], pointOn('prime256v1', 'compressed')),
  key([ecPublicKey, oid(curves.prime256v1)], Buffer.of(4, 1, 2, 3)),
  key([ecPublicKey, explicitP256()], pointOn('prime256v1')),
  key([ecPublicKey, null_], pointOn('prime256v1')),
  key([ecPublicKey], pointOn('prime256v1')),
  key(
    [oid('1.2.840.10040.4.1'), sequence(numberOf(128, 3), numberOf(20, 4), numberOf(128, 5))],
    numberOf(128, 6),
  ),
  key([oid('1.2.3.4.5')], Buffer.of(1, 2, 3)),
];

const utf16 = (text) => Buffer.from(text, 'utf16le').swap16();

const subjects = [
  sequence(),
  commonName(''),
  name(
    attribute('2.5.4.6', 'DE', 0x13),
    attribute('2.5.4.10', 'Z\xfcrich', 0x14),
    attribute('2.5.4.3', 'Ünï'),
  ),
  name(attribute('2.5.4.3', utf16('Ünï'), 0x1e), attribute('1.2.840.113549.1.9.1', 'a@b', 0x16)),
  sequence(
    set(attribute('2.5.4.10', 'o'), attribute('2.5.4.11', 'u')),
    set(attribute('2.5.4.3', 'c')),
  ),
];

const full = [
  Extensions.ca,
  Extensions.keyUsage(1, 0x06),
  Extensions.subjectKeyId('id'),
  Extensions.authorityKeyId('id'),
  Extensions.eku('1.3.6.1.5.5.7.3.1', '2.5.29.37.0'),
  extension('2.5.29.17', sequence(tlv(0x82, Buffer.from('a.example')))),
  extension('2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example'))))), true),
  extension('2.5.29.32', sequence(sequence(oid('2.5.29.32.0')))),
  extension('1.2.3.4.5', null_, true),
];

function madeCertificates() {
  return [
    ...publicKeys.map((publicKey) => certificate({ publicKey })),
    ...subjects.map((subject) => certificate({ subject })),
    certificate({ extensions: full }),
    certificate({ version: null, extensions: [] }),
    certificate({ version: null }),
    certificate({
      version: 1,
      extensions: [],
      uniqueIds: [tlv(0x81, Buffer.of(0, 1)), tlv(0x82, Buffer.of(0, 1))],
    }),
    certificate({ notBefore: utcTime('2001010000Z') }),
    certificate({ notAfter: generalizedTime('20500101000000Z') }),
    certificate({ serial: [0xff] }),
    certificate({ serial: Array.from({ length: 24 }, (_, index) => index + 1) }),
    certificate({ signatureAlgorithm: sequence(pss, pssParameters) }),
    certificate({ issuer: commonName('issuer'), extensions: [] }),
  ];
}

/** Certificates as DER. */
export function readCorpus() {
  const folder = path.join(root, 'native/fuzz/corpus/certificate');
  const fuzzed = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(path.join(folder, file)))
    .filter(isMutable);
  const bundled = tls.rootCertificates.map((pem) => new X509Certificate(pem).raw);
  return [...bundled, ...fuzzed, ...Array.from({ length: 4 }, madeCertificates).flat()];
}
