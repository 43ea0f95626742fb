/**
 * Which values of `ca` are taken for Node's defaults, and what else they name.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCertificates as roots } from 'node:tls';

import { exactly } from '../../dist/certificate/exact-list.js';
import { readRootList, textsWithout } from '../../dist/trust/root-lists/root-lists.js';
import { createCertificate, toPem } from '../helpers/pki.js';

const own = createCertificate({ commonName: 'Own Root' }).then(({ pem }) => pem);
const bytes = (texts: readonly string[]): Buffer[] => texts.map((pem) => Buffer.from(pem));
const joined = roots.join('\n');

/** Rewraps a certificate to 64 columns, as other programs write it. */
function rewrapped(pem: string): string {
  const body = pem.replace(/-----[^-]+-----|\s/g, '').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`;
}

void test('every way to write all of the roots is recognised, and what else is named is told', async () => {
  const pem = await own;
  const ways: Record<string, unknown> = {
    spread: [...roots, pem],
    'own first': [pem, ...roots],
    shuffled: [...roots.slice(50), pem, ...roots.slice(0, 50)],
    'more than once': [...roots, pem, ...roots],
    nested: [roots, [[pem]]],
    'as bytes': bytes([...roots, pem]),
    'strings and bytes': [...roots.slice(1), ...bytes([String(roots[0]), pem])],
    'a view of bytes': [...roots, new DataView(new Uint8Array(Buffer.from(pem)).buffer)],
    'one text': `${joined}\n${pem}`,
    'one text with comments': `# roots\n${joined}\n# mine\n${pem}`,
    'one text of Windows': `${joined}\n${pem}`.replaceAll('\n', '\r\n'),
    'one Buffer': Buffer.from(`${joined}\n${pem}`),
    'a text and another': [joined, pem],
    'other line ends': [...roots.map(rewrapped), pem],
    'an old label': [
      ...roots.slice(1),
      String(roots[0]).replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
      pem,
    ],
  };
  for (const [name, ca] of Object.entries(ways)) {
    const list = readRootList(ca);
    assert.deepEqual(list?.own.join('').match(/-----BEGIN/g)?.length, 1, name);
    assert.ok(list?.own.join('').includes(pem.slice(30, 90)), name);
  }
  assert.deepEqual(readRootList(roots)?.own, []);
  assert.deepEqual(readRootList(joined)?.own, []);
});

void test('lists with the same further certificates are one, and different lists are different', async () => {
  const pem = await own;
  const list = readRootList([...roots, pem]);
  assert.equal(readRootList([pem, ...roots]), list);
  assert.notEqual(readRootList([...roots]), list);
  assert.notEqual(readRootList([...roots]), undefined);
});

void test('nothing less is recognised, and nothing Node refuses', async () => {
  const pem = await own;
  const first = String(roots[0]);
  const trusted = first.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
  const cyclic: unknown[] = [...roots];
  cyclic.push(cyclic);
  const others: Record<string, unknown> = {
    nothing: undefined,
    'an empty list': [],
    'one certificate': pem,
    'without the first': [...roots.slice(1), pem],
    'without the last': [...roots.slice(0, -1), pem],
    'without one in the middle': joined.replace(String(roots[70]), ''),
    'a certificate that is not whole': [...roots.slice(1), first.slice(0, -60), pem],
    'another byte': [...roots.slice(1), first.replace('MII', 'MIJ')],
    'one with trust settings': [...roots.slice(1), trusted],
    'a number among them': [...roots, 5],
    'an object among them': [...roots, { pem }],
    'a list in itself': cyclic,
    'a list of bytes without one': Buffer.from(joined.replace(first, '')),
    'a getter that throws': Object.defineProperty([...roots], 3, {
      get: () => {
        throw new Error('mine');
      },
    }),
    'a list that is meant as it stands': exactly([...roots, pem]),
    'such a list in another': [exactly([...roots]), pem],
  };
  for (const [name, ca] of Object.entries(others)) assert.equal(readRootList(ca), undefined, name);
});

void test('a list that is changed is looked at anew', async () => {
  const pem = await own;
  const list = [...roots, pem];
  assert.equal(readRootList(list)?.own.length, 1);
  list.push(pem);
  assert.equal(readRootList(list)?.own.length, 2);
  list[3] = pem;
  assert.equal(readRootList(list), undefined);
  list[3] = String(roots[3]);
  assert.equal(readRootList(list)?.own.length, 2);
  const one = Buffer.from(joined);
  assert.deepEqual(readRootList(one)?.own, []);
  one[200] = one[200] === 65 ? 66 : 65;
  assert.equal(readRootList(one), undefined);
});

void test('a list that is made for each connection is judged by what it holds that time', async () => {
  const pem = await own;
  const changed = pem.replace('MII', 'MIJ');
  const lists: [texts: string[], own: string[] | undefined][] = [
    [[...roots, pem], [pem]],
    [[...roots, changed], [changed]],
    [[...roots.slice(1), pem], undefined],
    [[pem, ...roots.slice(1)], undefined],
    [[...roots.slice(1), changed], undefined],
    [
      [...roots, pem, changed],
      [pem, changed],
    ],
    [[...roots], []],
  ];
  const shapes: ((texts: string[]) => unknown)[] = [
    (texts) => [...texts],
    (texts) => bytes(texts),
    (texts) => texts.join('\n'),
    (texts) => Buffer.from(texts.join('\n')),
  ];
  for (const shape of [...shapes, ...shapes]) {
    for (const [texts, expected] of [...lists, ...lists].flatMap((one) => [one, one])) {
      const list = readRootList(shape(texts));
      assert.equal(list?.own.join('').replace(/\n/g, ''), expected?.join('').replace(/\n/g, ''));
    }
  }
});

void test('certificates that are refused are taken out, and the text around them stays', async () => {
  const pem = await own;
  const [first = '', second = ''] = roots;
  const der = Buffer.from(first.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const settings = Buffer.from('300ca00a06082b06010505070301', 'hex');
  const body = Buffer.concat([der, settings]).toString('base64');
  const trusted = `-----BEGIN TRUSTED CERTIFICATE-----\n${body}\n-----END TRUSTED CERTIFICATE-----\n`;
  const isFirst = (bytesOf: Buffer): boolean => bytesOf.equals(der);
  const texts = [first, `# mine\n${pem}${first}\n${trusted}`, second];
  assert.deepEqual(textsWithout(texts, isFirst), [`# mine\n${pem}\n\n`, second]);
});

void test('what stands between certificates names nothing, and the mark of an editor hides none', async () => {
  const pem = await own;
  const commented = roots.map((root, index) => `Root ${String(index)}\n====\n${root.trim()}\n`);
  assert.deepEqual(readRootList(`## Roots\n\n${commented.join('\n')}\n# end\n`)?.own, []);
  assert.deepEqual(readRootList([...roots, '# mine\n'])?.own, []);
  assert.deepEqual(readRootList([...roots, Buffer.from(roots.join('\n'))])?.own, []);
  for (const marked of [`\uFEFF${pem}`, Buffer.from(`\uFEFF${pem}`)]) {
    assert.deepEqual(readRootList([...roots, marked])?.own, [pem]);
  }
  const inside = readRootList(`${joined}\n\uFEFF${pem}`)?.own.join('');
  assert.equal(inside?.trimStart(), pem);
});

void test('a root OpenSSL does not read is not there', () => {
  const first = String(roots[0]);
  const rest = roots.slice(1);
  const others: Record<string, string> = {
    'something before it': `# ${first}`,
    'something behind its first line': first.replace('-----\n', '-----#\n'),
    'two labels': first.replace('BEGIN CERT', 'BEGIN X509 CERT'),
  };
  for (const [name, text] of Object.entries(others)) {
    assert.equal(readRootList([...rest, text]), undefined, name);
  }
});

void test('a certificate is refused in every encoding OpenSSL reads, and nothing that is none disturbs', async () => {
  const { der } = await createCertificate({ commonName: 'Refused' });
  const isRefused = (bytesOf: Buffer): boolean => bytesOf.equals(der);
  const pem = toPem(der);
  const header = 2 + (Number(der[1]) & 0x7f);
  const inside = der.subarray(header);
  const length = [0x84, 0, 0, inside.length >> 8, inside.length & 0xff];
  const texts: Record<string, string> = {
    plain: pem,
    'of Windows': pem.replaceAll('\n', '\r\n'),
    'an old label': pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
    'two labels': pem.replace('BEGIN CERT', 'BEGIN X509 CERT'),
    'control characters': pem.replaceAll('\n', '\x01\n'),
    'letters of other alphabets': pem.replaceAll('\n', 'é\n'),
    'a hyphen': pem.replace('-----END', '-end\n-----END'),
    'a length that is not the shortest': toPem(
      Buffer.concat([Buffer.from([0x30, ...length]), inside]),
    ),
    'no length': toPem(Buffer.concat([Buffer.from([0x30, 0x80]), inside, Buffer.alloc(2)])),
  };
  for (const [name, text] of Object.entries(texts)) {
    assert.deepEqual(textsWithout([`# mine\n${text}`], isRefused), [], name);
  }
  const broken = [
    toPem(Buffer.from([0x30, 0x80])),
    toPem(Buffer.alloc(0)),
    '-----BEGIN CERTIFICATE-----',
  ];
  assert.deepEqual(textsWithout(broken, isRefused), broken);
});
