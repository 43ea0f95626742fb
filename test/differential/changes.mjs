/**
 * The changes made to a certificate, by name, and the values on which readers disagree.
 */
import { Buffer } from 'node:buffer';
import {
  BIT_STRING,
  become,
  contentOf,
  copy,
  encode,
  flat,
  hex,
  leaf,
  lengthOf,
  node,
} from './tree.mjs';

const dates = [
  ...['2001010000Z', '200101000000Z', '200101000060Z', '200101000000', '200101000000+0000'],
  ...['200101000000-0130', '000229000000Z', '210229000000Z', '201301000000Z', '200100000000Z'],
  ...['200101240000Z', '500101000000Z', '490101000000Z', '20010100000', '', 'Z', '2001010000z'],
  ...['20200101000000Z', '20500101000000Z', '19491231235959Z', '20200101000000.5Z'],
  '202001010000Z',
  ...['00000101000000Z', '99991231235959Z', '20200101000000+0100', '20200101000000.Z', '20200101Z'],
  ...['-00101000000Z', '2001010000 0Z', '+20200101000Z', '200101000000Z\0', '20200101000000,5Z'],
];

/** Parses contents of elements; `-` stands for empty contents. */
const contents = (text) => text.split(/\s+/).map((each) => hex(each === '-' ? '' : each));

const serials = contents('- 00 01 7f 80 ff 0001 0080 ff80 ff7f 8000 000000');

const versions = contents('- 00 01 02 03 ff 0002 82 0100000002');

const oids = [
  ...contents('- 80 8001 5580 558003 55048003 5504 550403 550403ff 2a 78 ff7f 8837'),
  ...contents('2b8180808080808080808001 2b81ffffffffffffffff7f 2bffffffffffffffff7f'),
  Buffer.concat([hex('2b'), Buffer.alloc(700, 0x83), hex('01')]),
];

/** Values of extensions, by the contents of their OIDs. */
const values = {
  // basicConstraints, keyUsage
  '551d13': contents(
    '- 0500 3000 30030101ff 3003010100 3003010101 30060101ff020100 30060101ff0201ff 3003020100 30020100 ' +
      '30030101ff00 30080101ff020300ffff 30090101ff02047fffffff 300b0101ff02060fffffffffff 30070101ff02020001 30050101ff0500',
  ),
  '551d0f': contents(
    '- 0300 030100 03020106 03020006 03020186 03020106ff 030208ff 0302ff06 03030086ff 0303078600 030307868f 03020780 ' +
      '03020700 0403010203 230403020106',
  ),
  // subjectKeyIdentifier, authorityKeyIdentifier
  '551d0e': contents('- 0400 0401ff 040401020304 0101ff 24040402aabb 040101ff'),
  '551d23': contents(
    '- 0500 3000 3003800101 30038001 3006800101820101 3006820101800101 3003820101 300482020001 30028200 3002a100 ' +
      '30058001010500 3005a003040101 3007a1058203616263',
  ),
  // extKeyUsage, subjectAltName, nameConstraints, certificatePolicies, cRLDistributionPoints
  '551d25': contents(
    '- 0500 3000 300a06082b06010505070301 30060604551d2500 30020600 3003060180 300a06082b060105050703010500 ' +
      '30030603550403 3003020101',
  ),
  '551d11': contents(
    '- 0500 3000 3003820161 30048202c3a9 300587047f000001 30048702ffff 30038601ff 30038001aa 3004a4023000',
  ),
  '551d1e': contents(
    '- 0500 3000 3007a0053003820161 3002a000 300aa0083006870400000000 3005a003020101',
  ),
  '551d20': contents('- 0500 3000 3006300406022a03 30063004060455'),
  '551d1f': contents('- 0500 3000'),
  // authorityInfoAccess, one that nobody knows, nsCertType
  '2b06010505070101': contents('- 0500 3000'),
  '2a030405': contents('- 0500 ff'),
  '6086480186f8420101': contents('- 0500 03020007'),
};

const bytesOf = (text) => [...hex(text)];
/** Types that the value of a name attribute can and cannot have. */
const stringTags = bytesOf('0c1213141516191a1b1c1d1e0203040501060a303180a02c331718');
const texts = contents(
  '- 61 4142 00 ff c3 c3a9 c080 eda080 f0909080 f4908080 7f 2a40 0061 d83d d83dde00 00000061 0000d800 00110000 0001f600 ' +
    'fffe efbfbe efb790 800000ff',
);

const tags = bytesOf('000102030405060a0c13171823243031' + '1f3f808182a0a1a2a3a41070c0ff');

const longerLength = (bytes) => (tag, inner) => {
  const length = Buffer.alloc(bytes);
  length.writeUInt16BE(inner.length & 0xffff, bytes - 2);
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes), length, inner]);
};

/** Other ways to put a tag and a length before contents. */
const frames = [
  ...[2, 3, 4, 8].map(longerLength),
  (tag, inner) => Buffer.concat([Buffer.of(tag | 0x20, 0x80), inner, Buffer.of(0, 0)]),
  (tag, inner) => Buffer.concat([Buffer.of(tag, 0x80), inner]),
  (tag, inner) => Buffer.concat([Buffer.of(tag), lengthOf(inner.length + 1), inner]),
  (tag, inner) => Buffer.concat([Buffer.of(tag), lengthOf(Math.max(0, inner.length - 1)), inner]),
  // One element in two parts, which BER allows for strings.
  (tag, inner) => {
    const half = inner.length >> 1;
    const parts = [inner.subarray(0, half), inner.subarray(half)].map((part) =>
      encode(leaf(tag, part)),
    );
    return encode(leaf(tag | 0x20, Buffer.concat(parts)));
  },
  (tag, inner) => Buffer.concat([Buffer.of(0x1f | tag, tag & 0x1f), lengthOf(inner.length), inner]),
];

/** Each changes the tree `root`, or returns false when there is nothing to change. */
export const changes = {
  byte({ bytes, random, one }) {
    bytes.damage = (der) => {
      der[random(der.length)] = one([0, 1, 0x30, 0x7f, 0x80, 0xff, random(256)]);
      return der;
    };
  },
  cut({ bytes, random, one }) {
    bytes.damage = (der) =>
      random(2) === 0
        ? der.subarray(0, random(der.length))
        : Buffer.concat([der, Buffer.of(...one([[0], [5, 0], [0x30], [0, 0], [0xff, 1]]))]);
  },
  tag({ pick, one }) {
    pick().tag = one(tags);
  },
  length({ pick, one }) {
    pick().frame = one(frames);
  },
  content({ pick, random, one }) {
    const element = pick(({ content }) => content);
    const content = Buffer.from(element.content);
    const at = random(content.length + 1);
    const [head, tail] = [content.subarray(0, at), content.subarray(at)];
    const inserted = one([[], [random(256)]]);
    const left = tail.subarray(inserted.length === 0 ? 1 : random(2));
    element.content = Buffer.concat([head, Buffer.from(inserted), left]);
  },
  emptied({ pick }) {
    become(pick(), { tag: 0x30, content: Buffer.alloc(0) });
  },
  children({ pick, random, one }) {
    const { children } = pick(({ children }) => children?.length > 0);
    const at = random(children.length);
    const other = random(children.length);
    const extra = [
      ...children.slice(at, at + 1).map(copy),
      leaf(5, ''),
      leaf(0x30, ''),
      leaf(2, [1]),
      leaf(0, ''),
    ];
    switch (random(4)) {
      case 0:
        return children.splice(at, 1);
      case 1:
        return children.splice(other, 0, one(extra));
      case 2:
        return children.push(one(extra));
      default:
        [children[at], children[other]] = [children[other], children[at]];
    }
  },
  date({ parts, random, one }) {
    const time = parts.validity?.children?.[random(2)];
    if (!time) return false;
    const text = one(dates);
    const tag = random(8) === 0 ? one([0x17, 0x18, 0x16]) : text.length > 13 ? 0x18 : 0x17;
    become(time, leaf(tag, text));
  },
  version({ parts, random, one }) {
    const { fields, version } = parts;
    if (version) fields.shift();
    if (random(4) > 0) fields.unshift(node(0xa0, leaf(2, one(versions))));
  },
  serial({ parts, random, one }) {
    if (!parts.serial) return false;
    const long = Buffer.alloc(one([20, 21, 22, 40, 200]), one([0x7f, 0x80, 0xff]));
    const known = one(serials);
    become(parts.serial, leaf(2, random(4) === 0 ? long : known));
  },
  oid({ pick, one }) {
    pick(({ tag }) => tag === 6).content = one(oids);
  },
  bits({ pick, random, one }) {
    const element = pick(({ tag }) => tag === BIT_STRING);
    const content = contentOf(element);
    const unused = one([1, 2, 4, 7, 8, 0x80, 0xff]);
    const last = random(2) === 0 ? [] : one([[0], [0x80], [0xff]]);
    const cut = one([0, content.length, content.length - 1]);
    become(
      element,
      leaf(
        BIT_STRING,
        [unused, ...content.subarray(1, cut), ...last].slice(random(16) === 0 ? 1 : 0),
      ),
    );
  },
  extensionValue({ parts, random, one }) {
    const { fields, extensions } = parts;
    const ids = Object.keys(values);
    const id = one(ids);
    const value = one(values[id]);
    const critical = [
      [],
      [leaf(1, [0xff])],
      [leaf(1, [0])],
      [leaf(1, [1])],
      [leaf(1, [0xff, 0])],
      [leaf(1, '')],
    ];
    const made = node(0x30, leaf(6, hex(id)), ...(critical[random(8)] ?? []), leaf(4, value));
    if (!extensions) return fields.push(node(0xa3, node(0x30, made)));
    const { children } = extensions;
    const at = children.findIndex((each) => each.children?.[0]?.content?.equals(hex(id)));
    if (at >= 0 && random(8) > 0) children.splice(at, 1, made);
    else children.push(made);
  },
  extensions({ parts, random }) {
    const { fields, extensions } = parts;
    const at = fields.findIndex(({ tag }) => tag === 0xa3);
    if (!fields[at]?.children) return false;
    switch (random(5)) {
      case 0:
        return fields.splice(at, 1);
      case 1:
        return (fields[at].children = []);
      case 2:
        return extensions && (extensions.children = []);
      case 3:
        return fields[at].children.push(node(0x30));
      default:
        return extensions?.children.push(
          copy(extensions.children[random(extensions.children.length)] ?? leaf(5, '')),
        );
    }
  },
  string({ parts, random, one }) {
    const name = one([parts.issuer, parts.subject]);
    const attributes = name ? flat(name).filter(({ children }) => children?.[0]?.tag === 6) : [];
    const value = attributes[random(attributes.length || 1)]?.children[1];
    if (!value) return false;
    const changed = random(3);
    become(value, {
      tag: changed === 0 ? value.tag : one(stringTags),
      content: changed === 1 ? contentOf(value) : one(texts),
    });
    // Roots have the same name twice.
    if (random(2) === 0 && parts.issuer && parts.subject) {
      become(name === parts.issuer ? parts.subject : parts.issuer, copy(name));
    }
  },
  name({ parts, random, one }) {
    const name = one([parts.issuer, parts.subject]);
    if (!name?.children) return false;
    const attribute = (text) => node(0x30, leaf(6, hex('550403')), leaf(0x0c, text));
    switch (random(4)) {
      case 0:
        return (name.children = []);
      case 1:
        return name.children.push(node(0x31));
      case 2:
        return name.children.push(node(0x31, attribute('b'), attribute('a')));
      default:
        return name.children.push(node(0x31, attribute('a'), attribute('a')));
    }
  },
  parameters({ pick, random, one }) {
    const algorithm = pick(({ tag, children }) => tag === 0x30 && children?.[0]?.tag === 6);
    const made = [
      leaf(5, ''),
      leaf(5, [0]),
      leaf(6, hex('2a03')),
      node(0x30),
      leaf(4, [1]),
      leaf(1, [0xff]),
      leaf(2, [1]),
      leaf(0x0c, 'a'),
      leaf(3, [0, 1]),
      leaf(0x80, ''),
    ];
    algorithm.children.splice(1, random(2), ...(random(5) === 0 ? [] : [one(made)]));
  },
  uniqueIds({ parts, one }) {
    const at = parts.fields.findIndex(({ tag }) => tag === 0xa3);
    const made = [
      leaf(0x81, [0, 1]),
      leaf(0x82, [0, 1]),
      leaf(0x82, [9]),
      leaf(0x81, ''),
      node(0xa1, leaf(3, [0, 1])),
    ];
    parts.fields.splice(at < 0 ? parts.fields.length : at, 0, one(made));
  },
};
