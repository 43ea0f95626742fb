/**
 * Tests the rules: how a certificate is judged by its shape, its place and what the store says of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Extensions,
  Tag,
  attribute,
  certificate,
  commonName,
  extension,
  generalizedTime,
  name,
  octetString,
  utcTime,
} from './der.js';
import { judge, now, type Placed } from './driver.js';

const { ca, notCa, keyUsage, eku, subjectKeyId, authorityKeyId } = Extensions;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const emailProtection = '1.3.6.1.5.5.7.3.4';
const anyPurpose = '2.5.29.37.0';

const root = certificate({ subject: commonName('root') });
const rootTwin = certificate({ subject: commonName('root'), signature: [3, 2, 1] });
const reissuedRoot = certificate({
  subject: commonName('root'),
  notAfter: utcTime('480101000000Z'),
});
const renewedRoot = certificate({ subject: commonName('root'), serial: [9] });
const intermediate = certificate({
  subject: commonName('sub'),
  issuer: commonName('root'),
  serial: [2],
});
const intermediateTwin = certificate({
  subject: commonName('sub'),
  issuer: commonName('root'),
  serial: [2],
  signature: [3, 2, 1],
});
const orphan = certificate({ subject: commonName('sub'), issuer: commonName('elsewhere') });
const leaf = certificate({
  subject: commonName('leaf'),
  issuer: commonName('root'),
  extensions: [notCa],
});
const issued = { subject: commonName('x'), issuer: commonName('root') };
const selfSignedLeaf = certificate({ subject: commonName('self'), extensions: [notCa] });
const withEku = (...purposes: string[]) => certificate({ extensions: [ca, eku(...purposes)] });
const expired = certificate({ notAfter: utcTime('251231235959Z') });
const future = certificate({ notBefore: utcTime('260101000001Z') });
const malformedEku = certificate({ extensions: [ca, extension('2.5.29.37', octetString())] });

/** A row: one certificate, with others beside it if needed, and its judgement: role, trust, skip. */
interface Row {
  of: Placed;
  beside?: Placed[];
  options?: string[];
  is: [role: string, trust: string, skip: string];
}

const rows: Record<string, Row> = {
  'a self-signed CA of a bundle is a trusted anchor': {
    of: { der: root },
    is: ['anchor', 'trusted', 'none'],
  },
  'an issued CA of a bundle is an intermediate': {
    of: { der: intermediate },
    beside: [{ der: root }],
    is: ['intermediate', 'trusted', 'none'],
  },
  'a bundle entry that is no CA is skipped': {
    of: { der: leaf },
    beside: [{ der: root }],
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'a self-signed bundle entry that is no CA is a peer, trusted as itself': {
    of: { der: selfSignedLeaf },
    is: ['leaf', 'trusted', 'none'],
  },
  'a self-issued bundle entry that is no CA and names another key is skipped': {
    of: { der: certificate({ extensions: [notCa, subjectKeyId('new'), authorityKeyId('old')] }) },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'a peer is distrusted like everything else': {
    of: { der: selfSignedLeaf, trust: 'distrusted' },
    is: ['leaf', 'distrusted', 'distrusted'],
  },
  'a peer is kept for its purpose only': {
    of: { der: certificate({ extensions: [notCa, eku(clientAuth)] }) },
    is: ['leaf', 'trusted', 'purpose'],
  },
  'a peer is kept while it is valid': {
    of: { der: certificate({ extensions: [notCa], notAfter: utcTime('251231235959Z') }) },
    is: ['leaf', 'trusted', 'expired'],
  },
  'nothing a peer has issued leads to it': {
    of: { der: certificate({ subject: commonName('x'), issuer: commonName('self') }) },
    beside: [{ der: selfSignedLeaf }],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'a CA whose key usage lacks certificate signing is skipped': {
    of: { der: certificate({ ...issued, extensions: [ca, keyUsage(7, 0x80)] }) },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'a self-signed CA whose key usage lacks certificate signing is a peer': {
    of: { der: certificate({ extensions: [ca, keyUsage(7, 0x80)] }) },
    is: ['leaf', 'trusted', 'none'],
  },
  'a root whose key usage alone says that it signs certificates is an anchor': {
    of: { der: certificate({ extensions: [keyUsage(1, 0x06)] }) },
    is: ['anchor', 'trusted', 'none'],
  },
  'an issued certificate whose key usage alone says so is no intermediate': {
    of: { der: certificate({ ...issued, extensions: [keyUsage(1, 0x06)] }) },
    beside: [{ der: root }],
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'a self-signed version 1 certificate is an anchor': {
    of: { der: certificate({ version: null, extensions: [] }) },
    is: ['anchor', 'trusted', 'none'],
  },
  'a self-issued CA another key signed is an intermediate': {
    of: { der: certificate({ extensions: [ca, subjectKeyId('new'), authorityKeyId('old')] }) },
    is: ['intermediate', 'trusted', 'orphan'],
  },

  'an anchor placement makes an issued CA an anchor': {
    of: { der: intermediate, place: 'anchor', trust: 'trusted' },
    beside: [{ der: root }],
    is: ['anchor', 'trusted', 'none'],
  },
  'an anchor placement counts as trust where the store says no more': {
    of: { der: root, place: 'anchor' },
    is: ['anchor', 'trusted', 'none'],
  },
  'an anchor placement does not make a CA': {
    of: { der: leaf, place: 'anchor', trust: 'trusted' },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'a self-signed certificate that is no CA is a peer among anchors': {
    of: { der: selfSignedLeaf, place: 'anchor', trust: 'trusted' },
    is: ['leaf', 'trusted', 'none'],
  },

  'an issued CA among intermediates stays one': {
    of: { der: intermediate, place: 'intermediate' },
    beside: [{ der: root }],
    is: ['intermediate', 'unspecified', 'none'],
  },
  'a self-issued CA among intermediates is not trusted': {
    of: { der: root, place: 'intermediate' },
    is: ['intermediate', 'unspecified', 'not-trusted'],
  },
  'trust does not lift a self-issued CA out of the intermediates': {
    of: { der: root, place: 'intermediate', trust: 'trusted' },
    is: ['intermediate', 'trusted', 'not-trusted'],
  },
  'a self-signed certificate that is no CA is none among intermediates': {
    of: { der: selfSignedLeaf, place: 'intermediate' },
    is: ['leaf', 'unspecified', 'not-a-ca'],
  },
  'trust does not make a peer of what is among intermediates': {
    of: { der: selfSignedLeaf, place: 'intermediate', trust: 'trusted' },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'no CA among intermediates is skipped': {
    of: { der: leaf, place: 'intermediate' },
    is: ['leaf', 'unspecified', 'not-a-ca'],
  },

  'a trusted self-signed peer is kept though it is no CA': {
    of: { der: selfSignedLeaf, place: 'leaf', trust: 'trusted' },
    is: ['leaf', 'trusted', 'none'],
  },
  'a peer the store says nothing of is not kept': {
    of: { der: selfSignedLeaf, place: 'leaf' },
    is: ['leaf', 'unspecified', 'not-a-ca'],
  },
  'a trusted peer that another issued cannot end a chain': {
    of: { der: leaf, place: 'leaf', trust: 'trusted' },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'an issued CA among peers is not trusted': {
    of: { der: intermediate, place: 'leaf', trust: 'trusted' },
    is: ['leaf', 'trusted', 'not-trusted'],
  },
  'a self-signed CA among trusted peers is not kept, since it could sign': {
    of: { der: root, place: 'leaf', trust: 'trusted' },
    is: ['leaf', 'trusted', 'not-trusted'],
  },

  'distrust wins in a bundle': {
    of: { der: root, trust: 'distrusted' },
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'distrust wins over an anchor placement': {
    of: { der: root, place: 'anchor', trust: 'distrusted' },
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'distrust wins over a trusted copy': {
    of: { der: root, place: 'anchor', trust: 'trusted' },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'distrust wins over a trusted copy that comes later': {
    of: { der: root, trust: 'distrusted' },
    beside: [{ der: root, place: 'anchor', trust: 'trusted' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'rejecting the purpose asked for is distrust': {
    of: { der: root, rejected: 'server' },
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'rejecting another purpose is not': {
    of: { der: root, rejected: 'client,other' },
    is: ['anchor', 'trusted', 'none'],
  },
  'rejecting some purposes leaves the rest for any purpose': {
    of: { der: root, rejected: 'server' },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'none'],
  },
  'rejecting every purpose is distrust for any purpose': {
    of: { der: root, rejected: 'server,client,other' },
    options: ['--purpose=any'],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'a rejection in one copy holds for all': {
    of: { der: root },
    beside: [{ der: root, rejected: 'server' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },

  'another encoding of a distrusted certificate is distrusted': {
    of: { der: rootTwin },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'another encoding is distrusted wherever it is kept and whoever trusts it': {
    of: { der: rootTwin, place: 'anchor', trust: 'trusted' },
    beside: [{ der: root, place: 'intermediate', trust: 'distrusted' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'another encoding of a distrusted intermediate is distrusted': {
    of: { der: intermediateTwin, place: 'intermediate' },
    beside: [{ der: intermediate, trust: 'distrusted' }, { der: root }],
    is: ['intermediate', 'distrusted', 'distrusted'],
  },
  'another encoding of what is rejected for the purpose asked for is distrusted': {
    of: { der: rootTwin },
    beside: [{ der: root, rejected: 'server' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'another encoding of what is rejected for another purpose is not': {
    of: { der: rootTwin },
    beside: [{ der: root, rejected: 'client,other' }],
    is: ['anchor', 'trusted', 'none'],
  },
  'a certificate issued again under a distrusted number is distrusted': {
    of: { der: reissuedRoot },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['anchor', 'distrusted', 'distrusted'],
  },
  'a renewed certificate, with its own number, is not': {
    of: { der: renewedRoot },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['anchor', 'trusted', 'none'],
  },
  'a number means nothing under another issuer': {
    of: { der: certificate({ subject: commonName('other') }) },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['anchor', 'trusted', 'none'],
  },
  'damaged bytes distrust nothing but themselves': {
    of: { der: root },
    beside: [{ der: root.subarray(0, -1), trust: 'distrusted' }],
    is: ['anchor', 'trusted', 'none'],
  },
  'another encoding that nobody distrusts is a certificate like any other': {
    of: { der: rootTwin },
    beside: [{ der: root }],
    is: ['anchor', 'trusted', 'none'],
  },

  'EKU with server authentication allows servers': {
    of: { der: withEku(emailProtection, serverAuth) },
    is: ['anchor', 'trusted', 'none'],
  },
  'EKU without server authentication does not': {
    of: { der: withEku(clientAuth) },
    is: ['anchor', 'trusted', 'purpose'],
  },
  'EKU with any purpose allows servers': {
    of: { der: withEku(anyPurpose) },
    is: ['anchor', 'trusted', 'none'],
  },
  'an empty EKU allows nothing': {
    of: { der: withEku() },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'purpose'],
  },
  'a malformed EKU allows nothing': {
    of: { der: malformedEku },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'purpose'],
  },
  'EKU for clients serves clients': {
    of: { der: withEku(clientAuth) },
    options: ['--purpose=client-auth'],
    is: ['anchor', 'trusted', 'none'],
  },
  'EKU for e-mail serves any purpose': {
    of: { der: withEku(emailProtection) },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'none'],
  },
  'what the store allows counts as well': {
    of: { der: root, usages: 'client,other' },
    is: ['anchor', 'trusted', 'purpose'],
  },
  'the store and the EKU must both allow it': {
    of: { der: withEku(serverAuth), usages: 'client' },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'purpose'],
  },
  'a store that allows nothing allows nothing': {
    of: { der: root, usages: 'none' },
    options: ['--purpose=any'],
    is: ['anchor', 'trusted', 'purpose'],
  },
  'one trusted copy that allows it suffices': {
    of: { der: root, place: 'anchor', trust: 'trusted', usages: 'client' },
    beside: [{ der: root, place: 'anchor', trust: 'trusted', usages: 'server' }],
    is: ['anchor', 'trusted', 'none'],
  },
  'a copy the store is silent about does not widen a trusted one': {
    of: { der: root, place: 'anchor', trust: 'trusted', usages: 'client' },
    beside: [{ der: root }],
    is: ['anchor', 'trusted', 'purpose'],
  },

  'an expired anchor is skipped': { of: { der: expired }, is: ['anchor', 'trusted', 'expired'] },
  'an expired anchor is kept when asked for': {
    of: { der: expired },
    options: ['--expired'],
    is: ['anchor', 'trusted', 'none'],
  },
  'the last second is still valid': {
    of: { der: expired },
    options: [`--now=${now - 1}`],
    is: ['anchor', 'trusted', 'none'],
  },
  'an anchor of the future is skipped': {
    of: { der: future },
    is: ['anchor', 'trusted', 'not-yet-valid'],
  },
  'an anchor of the future is kept when asked for': {
    of: { der: future },
    options: ['--expired'],
    is: ['anchor', 'trusted', 'none'],
  },
  'the first second is valid': {
    of: { der: future },
    options: [`--now=${now + 1}`],
    is: ['anchor', 'trusted', 'none'],
  },
  'no end in sight is no end': {
    of: { der: certificate({ notAfter: generalizedTime('99991231235959Z') }) },
    is: ['anchor', 'trusted', 'none'],
  },

  'an intermediate whose issuer is not there is an orphan': {
    of: { der: orphan },
    beside: [{ der: root }],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'an intermediate whose issuer is distrusted is an orphan': {
    of: { der: intermediate },
    beside: [{ der: root, trust: 'distrusted' }],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'an intermediate whose issuer has expired is an orphan': {
    of: { der: intermediate },
    beside: [
      { der: certificate({ subject: commonName('root'), notAfter: utcTime('251231235959Z') }) },
    ],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'an anchor that is not self-signed ends no chain': {
    of: { der: certificate({ subject: commonName('x'), issuer: commonName('sub') }) },
    beside: [{ der: intermediate, place: 'anchor', trust: 'trusted' }],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'an anchor that is not self-signed is an orphan without its issuer': {
    of: { der: orphan, place: 'anchor', trust: 'trusted' },
    beside: [{ der: root }],
    is: ['anchor', 'trusted', 'orphan'],
  },
  'an anchor that is not self-signed leads on from its issuer': {
    of: { der: certificate({ subject: commonName('x'), issuer: commonName('sub') }) },
    beside: [{ der: intermediate, place: 'anchor', trust: 'trusted' }, { der: root }],
    is: ['intermediate', 'trusted', 'none'],
  },
  'issuers match when only the string type differs': {
    of: {
      der: certificate({
        subject: commonName('x'),
        issuer: name(attribute('2.5.4.3', 'ROOT', Tag.printable)),
      }),
    },
    beside: [{ der: root }],
    is: ['intermediate', 'trusted', 'none'],
  },
  'key identifiers that contradict make an orphan': {
    of: {
      der: certificate({
        subject: commonName('x'),
        issuer: commonName('root'),
        extensions: [ca, authorityKeyId('other')],
      }),
    },
    beside: [
      { der: certificate({ subject: commonName('root'), extensions: [ca, subjectKeyId('id')] }) },
    ],
    is: ['intermediate', 'trusted', 'orphan'],
  },
  'key identifiers that agree make none': {
    of: {
      der: certificate({
        subject: commonName('x'),
        issuer: commonName('root'),
        extensions: [ca, authorityKeyId('id')],
      }),
    },
    beside: [
      { der: certificate({ subject: commonName('root'), extensions: [ca, subjectKeyId('id')] }) },
    ],
    is: ['intermediate', 'trusted', 'none'],
  },
  'a key identifier only the issuer has says nothing either': {
    of: { der: intermediate },
    beside: [
      { der: certificate({ subject: commonName('root'), extensions: [ca, subjectKeyId('id')] }) },
    ],
    is: ['intermediate', 'trusted', 'none'],
  },
  'a key identifier only one side has says nothing': {
    of: {
      der: certificate({
        subject: commonName('x'),
        issuer: commonName('root'),
        extensions: [ca, authorityKeyId('id')],
      }),
    },
    beside: [{ der: root }],
    is: ['intermediate', 'trusted', 'none'],
  },

  'damaged bytes are unparsable': {
    of: { der: root.subarray(0, -1) },
    is: ['leaf', 'trusted', 'unparsable'],
  },
  'damaged bytes can be distrusted, and are unparsable': {
    of: { der: root.subarray(0, -1), trust: 'distrusted' },
    is: ['leaf', 'distrusted', 'unparsable'],
  },

  'distrust is told before everything but damage': {
    of: {
      der: certificate({
        extensions: [notCa, eku(clientAuth)],
        notAfter: utcTime('200101000001Z'),
      }),
      trust: 'distrusted',
    },
    is: ['leaf', 'distrusted', 'distrusted'],
  },
  'no CA is told before the purpose': {
    of: { der: certificate({ ...issued, extensions: [notCa, eku(clientAuth)] }) },
    is: ['leaf', 'trusted', 'not-a-ca'],
  },
  'the purpose is told before missing trust': {
    of: { der: withEku(clientAuth), place: 'intermediate' },
    is: ['intermediate', 'unspecified', 'purpose'],
  },
  'missing trust is told before expiry': {
    of: { der: expired, place: 'intermediate' },
    is: ['intermediate', 'unspecified', 'not-trusted'],
  },
  'expiry is told before being an orphan': {
    of: {
      der: certificate({
        subject: commonName('x'),
        issuer: commonName('elsewhere'),
        notAfter: utcTime('251231235959Z'),
      }),
    },
    is: ['intermediate', 'trusted', 'expired'],
  },
};

for (const [sentence, { of, beside = [], options = [], is }] of Object.entries(rows)) {
  test(sentence, (t) => {
    const { certificates } = judge(t, [of, ...beside], options);
    const it = certificates.find(({ index }) => index === 0);
    assert.deepEqual([it?.role, it?.trust, it?.skip], is);
  });
}

test('chains of intermediates of any length and in any order reach their root', (t) => {
  const link = (i: number) =>
    certificate({
      subject: commonName(`c${i}`),
      issuer: commonName(i === 0 ? 'root' : `c${i - 1}`),
    });
  const chain = Array.from({ length: 50 }, (_, i) => ({ der: link(i) })).reverse();
  const { certificates } = judge(t, [...chain, { der: root }]);
  assert.deepEqual(
    certificates.filter(({ skip }) => skip !== 'none'),
    [],
  );
});

test('intermediates that issue each other in a circle are orphans', (t) => {
  const circle = ['a', 'b', 'c'].map((each, i, all) => ({
    der: certificate({ subject: commonName(each), issuer: commonName(all[(i + 1) % 3] ?? '') }),
  }));
  const { certificates } = judge(t, [...circle, { der: root }]);
  assert.deepEqual(
    certificates.map(({ skip }) => skip),
    ['none', 'orphan', 'orphan', 'orphan'],
  );
});

test('intermediates are for callers who ask for them, and what is skipped is for none', (t) => {
  const { certificates } = judge(t, [
    { der: root },
    { der: intermediate },
    { der: selfSignedLeaf, place: 'leaf', trust: 'trusted' },
    { der: orphan },
  ]);
  const usable = new Map(certificates.map(({ index, usable }) => [index, usable]));
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => usable.get(index)),
    ['always', 'with intermediates', 'always', 'never'],
  );
});

test('copies become one certificate with several sources', (t) => {
  const { certificates } = judge(t, [{ der: root }, { der: intermediate }, { der: root }]);
  assert.deepEqual(
    certificates.map(({ index, sources }) => [index, sources]),
    [
      [0, 2],
      [1, 1],
    ],
  );
});

test('an anchor placement wins over the other places of a copy', (t) => {
  const { certificates } = judge(t, [
    { der: root, place: 'intermediate' },
    { der: root, place: 'anchor', trust: 'trusted' },
  ]);
  assert.deepEqual(
    certificates.map(({ role, skip }) => [role, skip]),
    [['anchor', 'none']],
  );
});

test('self-signed anchors come first, then the rest; newest first within a name', (t) => {
  const of = (subject: string, from: string, to: string, issuer = subject) => ({
    der: certificate({
      subject: commonName(subject),
      issuer: commonName(issuer),
      notBefore: utcTime(`${from}0101000000Z`),
      notAfter: utcTime(`${to}0101000000Z`),
    }),
  });
  const { certificates } = judge(t, [
    of('sub', '10', '40', 'one'), // 0
    of('one', '10', '40'), // 1
    of('two', '10', '40'), // 2
    of('one', '22', '25'), // 3: the newest, but expired
    of('one', '20', '40'), // 4: the newest valid one
    of('one', '10', '45'), // 5: as old as 1, but lasts longer
    of('sub', '20', '40', 'one'), // 6
    { ...of('three', '10', '40', 'one'), place: 'anchor', trust: 'trusted' }, // 7: not self-signed
  ]);
  assert.deepEqual(
    certificates.map(({ index }) => index),
    [4, 5, 1, 3, 2, 6, 0, 7],
  );
});

test('equal certificates of different keys keep the order of the source', (t) => {
  const twins = ['a', 'b', 'c'].map((id) => ({
    der: certificate({ extensions: [ca, subjectKeyId(id)] }),
  }));
  const { certificates } = judge(t, twins);
  assert.deepEqual(
    certificates.map(({ index }) => index),
    [0, 1, 2],
  );
});

test('the answer holds until the next validity begins or ends', (t) => {
  const validUntil = (...ders: Uint8Array[]) =>
    judge(
      t,
      ders.map((der) => ({ der })),
    ).validUntil;
  const until2030 = certificate({ notAfter: utcTime('300101000000Z') });
  assert.equal(validUntil(until2030), Date.UTC(2030, 0, 1) / 1000 + 1);
  assert.equal(validUntil(until2030, future), now + 1);
  assert.equal(validUntil(expired, until2030), Date.UTC(2030, 0, 1) / 1000 + 1);
  assert.equal(validUntil(expired), 253402387200);
  assert.equal(validUntil(), 253402387200);
});
