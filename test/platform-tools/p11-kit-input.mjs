/**
 * Makes random input directories of p11-kit: Node's roots as the vendor's, a company's anchors, and every form of
 * distrust.
 */
import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { certificatesIn, createCertificate, keyOf, makeDirectory } from './trees.mjs';

const require = createRequire(import.meta.url);
const { p11KitObject, p11KitString, trustedPem } = require('../../dist-test/helpers/roots.js');
const { toPem } = require('../../dist-test/helpers/pem.js');
const { EKU } = require('../../dist-test/helpers/pki.js');
const { DerReader, Tag, contextTag, readSequence } = require('../../dist/certificate/der.js');

function partsOf(der) {
  const tbs = new DerReader(readSequence(der).next(Tag.SEQUENCE).content);
  tbs.optional(contextTag(0, true));
  const serial = tbs.next(Tag.INTEGER);
  tbs.next(Tag.SEQUENCE);
  return { serial, issuer: tbs.next(Tag.SEQUENCE).whole };
}

const publicKeyOf = (der) =>
  new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });

/** Changes the serial number, which is enough here, because neither p11-kit nor we check signatures. */
function renumbered(der) {
  const twin = Buffer.from(der);
  const { content } = partsOf(twin).serial;
  twin[content.byteOffset - twin.byteOffset + content.length - 1] ^= 1;
  return twin;
}

export async function makePool() {
  const roots = rootCertificates.map((pem) => certificatesIn(pem)[0]);
  const company = await createCertificate({ commonName: 'Company Root', serialNumber: '0a' });
  const { keys } = company;
  const other = await createCertificate({ commonName: 'Other Root' });
  const made = await Promise.all(
    [
      { commonName: 'Company Root', keys },
      { commonName: 'Company Root, renamed', keys },
      { commonName: 'Company Root', serialNumber: '0a' },
      { commonName: 'Company Root', keys, issuer: other },
      { commonName: 'Issuing CA', issuer: company },
      { commonName: 'Issuing CA', issuer: other },
      { commonName: 'For mail', eku: [EKU.emailProtection] },
      { commonName: 'For clients', eku: [EKU.clientAuth] },
      { commonName: 'For servers', eku: [EKU.serverAuth] },
      { commonName: 'For all', eku: [EKU.any] },
      { commonName: 'No CA', ca: false },
      { commonName: 'Signs nothing', keyUsage: 1 },
      { commonName: 'Expired', validTo: new Date('2021-01-01T00:00:00Z') },
    ].map(createCertificate),
  );
  const own = [company, other, ...made].map(({ der }) => der);
  const twins = roots.filter((_, index) => index % 9 === 0).map(renumbered);
  return { roots, own: [...own, ...twins] };
}

/** Write one certificate as an object of p11-kit: with a value, with a PEM block, or only named. */
const OBJECTS = [
  (der, attributes) => p11KitObject(attributes, toPem(der)),
  (der, attributes) =>
    p11KitObject({ class: 'certificate', value: p11KitString(der), ...attributes }),
];
const MERE_NAMES = [
  (der, attributes) =>
    p11KitObject({
      class: 'certificate',
      issuer: p11KitString(partsOf(der).issuer),
      'serial-number': p11KitString(partsOf(der).serial.whole),
      ...attributes,
    }),
  (der, attributes) =>
    p11KitObject({
      class: 'certificate',
      'public-key-info': p11KitString(publicKeyOf(der)),
      ...attributes,
    }),
  (der, attributes) =>
    p11KitObject(
      { class: 'certificate', ...attributes },
      `-----BEGIN PUBLIC KEY-----\n${publicKeyOf(der).toString('base64')}\n-----END PUBLIC KEY-----\n`,
    ),
];
const X509 = { 'certificate-type': 'x-509' };

const LISTED = [
  [5, (der) => toPem(der)],
  [3, (der) => der],
  [2, (der, also) => toPem(der) + toPem(also)],
  [2, (der) => trustedPem(der, { trust: [EKU.serverAuth] })],
  [3, (der, also, dice) => dice.pick(OBJECTS)(der, { ...X509, trusted: 'true' })],
  [4, (der, also, dice) => dice.pick(MERE_NAMES)(der, X509)],
  // p11-kit cannot read such a value and then takes the PEM blocks of the whole file.
  [
    3,
    (der, also) => p11KitObject({ value: 'nothing' }, toPem(der)) + p11KitObject({}, toPem(also)),
  ],
];

/**
 * “Any” is never rejected in part, because p11-kit's own two bundles then disagree. Nor are certificates trusted for
 * mail: p11-kit writes such a rejection into its second bundle for every certificate with the key, and we follow that.
 */
const TRUSTED = [undefined, [], ...[[EKU.serverAuth], [EKU.emailProtection], [EKU.any]]];
const REJECTED = [undefined, undefined, [EKU.emailProtection], [EKU.serverAuth, EKU.clientAuth]];

class InputWriter {
  constructor(root, dice, inputs) {
    Object.assign(this, { root, dice, inputs, number: 0 });
  }

  write(directory, content, extension = '.pem') {
    const name = `${this.number++}${extension}`;
    writeFileSync(path.join(makeDirectory(this.root, directory), name), content);
  }

  /** Writes below a directory of any priority. */
  writeIn(name, content, extension) {
    this.write(path.join(this.dice.pick(this.inputs), name), content, extension);
  }

  vendor(roots) {
    const [, vendor] = this.inputs;
    const kept = roots.filter(() => this.dice.chance(92));
    const objects = kept.map((der) => OBJECTS[0](der, { trusted: 'true' }));
    this.dice.weighed([
      [4, () => this.write(vendor, objects.join(''), '.trust.p11-kit')],
      [1, () => this.write(`${vendor}/anchors`, kept.map((der) => toPem(der)).join('\n'))],
      [1, () => kept.forEach((der) => this.write(`${vendor}/anchors`, der, '.cer'))],
    ])();
  }

  anchor(der) {
    this.dice.weighed([
      [4, () => this.writeIn('anchors', toPem(der))],
      [2, () => this.writeIn('anchors', der, '.der')],
      [2, () => this.writeIn('', this.dice.pick(OBJECTS)(der, { ...X509, trusted: 'true' }))],
      [1, () => this.writeIn('', toPem(der))],
      [1, () => this.writeIn('anchors/below', toPem(der))],
    ])();
  }

  listed(der, also) {
    const content = this.dice.weighed(LISTED)(der, also, this.dice);
    this.writeIn('blocklist', content, this.dice.pick(['.pem', '.p11-kit', '']));
  }

  marked(der) {
    const object = this.dice.pick([...OBJECTS, ...MERE_NAMES]);
    const attributes = { ...X509, 'x-distrusted': 'true' };
    if (this.dice.chance(30)) attributes.trusted = 'true';
    this.writeIn(this.dice.pick(['', 'anchors']), object(der, attributes), '.p11-kit');
  }

  /** Returns whether the TRUSTED CERTIFICATE keeps a purpose but not servers: that is a limit, not distrust. */
  trusted(der) {
    const trust = this.dice.pick(TRUSTED);
    const isTrusted = trust?.[0] === undefined || trust[0] === EKU.serverAuth;
    const reject = isTrusted ? this.dice.pick(REJECTED) : undefined;
    this.writeIn(this.dice.pick(['', 'anchors']), trustedPem(der, { trust, reject }));
    const left = (trust ?? []).filter((one) => !reject?.includes(one));
    return left.length > 0 && !left.includes(EKU.serverAuth) && !left.includes(EKU.any);
  }

  /** Attaches the purposes of a key, as the vendor does. */
  attached(der) {
    const extension = '300c0603551d250405300306';
    const purpose = this.dice.pick(['2b06010505070304', '2b06010505070301']);
    const oid = Buffer.from(purpose, 'hex');
    const list = Buffer.concat([Buffer.of(0x30, oid.length + 2, 6, oid.length), oid]);
    const value = Buffer.concat([
      Buffer.from(extension.slice(4, 14), 'hex'),
      Buffer.of(4, list.length),
      list,
    ]);
    const [, , key] = MERE_NAMES;
    const attributes = {
      class: 'x-certificate-extension',
      'object-id': '2.5.29.37',
      value: p11KitString(Buffer.concat([Buffer.of(0x30, value.length), value])),
    };
    this.writeIn('', key(der, attributes), '.p11-kit');
  }
}

/** Fills `inputs`, in order of priority. Returns the certificates limited to other purposes than servers. */
export function writeInput(root, dice, { roots, own }, inputs) {
  const writer = new InputWriter(root, dice, inputs);
  for (const input of inputs) {
    for (const name of ['anchors', 'blocklist']) makeDirectory(root, input, name);
  }
  const any = () => dice.pick(dice.chance(50) ? own : roots);
  const times = (most, act) => {
    for (let left = dice.below(most + 1); left > 0; left--) act();
  };
  writer.vendor(roots);
  for (const der of own) if (dice.chance(70)) writer.anchor(der);
  times(6, () => writer.listed(any(), any()));
  times(3, () => writer.marked(any()));
  times(2, () => writer.attached(any()));
  const limited = new Set();
  times(4, () => {
    const der = any();
    if (writer.trusted(der)) limited.add(keyOf(der));
  });
  times(2, () => writer.writeIn('blocklist/below', toPem(any())));
  times(2, () => writer.writeIn(dice.pick(['', 'anchors']), 'a note\n', '.txt'));
  return limited;
}
