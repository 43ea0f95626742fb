import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { ListedCertificate } from '../../dist/addon/native-binding.js';
import { mergeCertificates } from '../../dist/trust/merge.js';
import type { MergeInput } from '../../dist/trust/merge.js';
import { fakeFacts } from '../helpers/fake-binding.js';
import { toPem } from '../helpers/pem.js';
import { certificate, commonName } from '../native/der.js';

const none: MergeInput = {
  bundled: [],
  extra: [],
  system: [],
  user: [],
  distrusted: [],
  excluded: [],
};
const merge = (input: Partial<MergeInput>) => mergeCertificates({ ...none, ...input });
const names = (facts: readonly { subjectName: string }[]) =>
  facts.map(({ subjectName }) => subjectName);

const helper = (name: string, issuerName: string, overrides = {}) =>
  fakeFacts(name, { issuerName, looksSelfSigned: false, role: 'intermediate', ...overrides });

/** Makes a certificate with readable bytes, with a chosen number and signature. */
const real = (name: string, serial: number, signature: number): ListedCertificate =>
  fakeFacts(name, {
    pem: toPem(
      certificate({ subject: commonName(name), serial: [serial], signature: [signature] }),
    ),
  });

describe('merge', () => {
  it('unites the lists in order and keeps one of each certificate', () => {
    const shared = fakeFacts('shared');
    const { certificates } = merge({
      bundled: [fakeFacts('bundled'), shared],
      extra: [fakeFacts('extra')],
      system: [shared, fakeFacts('system')],
      user: [fakeFacts('user'), shared],
    });
    assert.deepEqual(names(certificates), ['bundled', 'shared', 'extra', 'system', 'user']);
  });

  it('subtracts what the system distrusts from every list, bundled roots included', () => {
    const evil = fakeFacts('evil');
    const result = merge({
      bundled: [evil, fakeFacts('good')],
      extra: [evil],
      system: [{ ...evil, trust: 'distrusted', skipped: 'distrusted' }],
      user: [evil],
    });
    assert.deepEqual(names(result.certificates), ['good']);
    assert.deepEqual(names(result.distrusted), ['evil']);
    assert.deepEqual(
      result.skippedUserCAs.map(({ skipped }) => skipped),
      ['distrusted'],
    );
  });

  it('subtracts what the system distrusts without holding it, once for each certificate', () => {
    const evil = fakeFacts('evil');
    const result = merge({
      bundled: [evil, fakeFacts('good')],
      user: [evil],
      distrusted: [evil, evil],
    });
    assert.deepEqual(names(result.certificates), ['good']);
    assert.deepEqual(names(result.distrusted), ['evil']);
    assert.deepEqual(
      result.skippedUserCAs.map(({ skipped }) => skipped),
      ['distrusted'],
    );
  });

  it('distrusts by exact certificate: another certificate of the same name stays', () => {
    const renewed = fakeFacts('renewed', { subjectName: 'Root' });
    const result = merge({
      bundled: [renewed],
      system: [
        fakeFacts('old', { subjectName: 'Root', trust: 'distrusted', skipped: 'distrusted' }),
      ],
    });
    assert.deepEqual(result.certificates, [renewed]);
  });

  it('distrusts every encoding of a certificate, in whatever list', () => {
    const [first, second, third] = [2, 3, 4].map((signature) => real('evil', 1, signature));
    assert.ok(first && second && third);
    const good = real('good', 1, 1);
    for (const distrust of [
      { system: [{ ...real('evil', 1, 1), trust: 'distrusted', skipped: 'distrusted' } as const] },
      { distrusted: [real('evil', 1, 1)] },
    ]) {
      const result = merge({
        bundled: [first, good],
        extra: [second],
        user: [third],
        ...distrust,
      });
      assert.deepEqual(result.certificates, [good]);
      const pems = result.distrusted.map((one) => one.pem);
      assert.deepEqual(
        pems,
        [real('evil', 1, 1), first, second, third].map((one) => one.pem),
      );
      assert.deepEqual(result.skippedUserCAs, [{ ...third, skipped: 'distrusted' }]);
    }
  });

  it('keeps a renewed certificate, with its own number, beside a distrusted one', () => {
    const renewed = real('evil', 2, 2);
    const result = merge({ user: [renewed], distrusted: [real('evil', 1, 1)] });
    assert.deepEqual(result.certificates, [renewed]);
    assert.deepEqual(result.skippedUserCAs, []);
  });

  it('excludes by exact bytes: what is excluded says nothing of its other encodings', () => {
    const other = real('root', 1, 2);
    const { certificates } = merge({
      bundled: [real('root', 1, 1), other],
      excluded: [real('root', 1, 1)],
    });
    assert.deepEqual(certificates, [other]);
  });

  it('leaves out exclusions and every judged-out system certificate', () => {
    const excluded = fakeFacts('excluded');
    const { certificates } = merge({
      bundled: [excluded],
      system: [fakeFacts('expired', { skipped: 'expired' }), fakeFacts('kept')],
      excluded: [excluded],
    });
    assert.deepEqual(names(certificates), ['kept']);
  });

  it('keeps an intermediate whose issuer is in another list, whatever its own list said', () => {
    const { certificates, anchors } = merge({
      bundled: [fakeFacts('Root')],
      system: [helper('Issuing CA', 'Root', { skipped: 'orphan' })],
    });
    assert.deepEqual(names(certificates), ['Root', 'Issuing CA']);
    assert.deepEqual(names(anchors), ['Root']);
  });

  it('leaves out orphans, also when they only lead to each other', () => {
    const { certificates } = merge({
      bundled: [fakeFacts('Root')],
      system: [helper('A', 'B'), helper('B', 'A'), helper('C', 'Nowhere')],
    });
    assert.deepEqual(names(certificates), ['Root']);
  });

  it('follows a chain of intermediates whose order is upside down', () => {
    const { certificates } = merge({
      system: [helper('Low', 'Middle'), helper('Middle', 'Root'), fakeFacts('Root')],
    });
    assert.deepEqual(names(certificates), ['Root', 'Low', 'Middle']);
  });

  it('an intermediate under a distrusted root goes with it', () => {
    const { certificates } = merge({
      bundled: [fakeFacts('Root')],
      system: [
        fakeFacts('Root', { trust: 'distrusted', skipped: 'distrusted' }),
        helper('Issuing CA', 'Root'),
        fakeFacts('Other'),
      ],
    });
    assert.deepEqual(names(certificates), ['Other']);
  });

  it('sets anchors that are not self-signed apart when their issuer is unknown', () => {
    const company = fakeFacts('Company CA', { issuerName: 'Gone', looksSelfSigned: false });
    const crossSigned = fakeFacts('Cross', { issuerName: 'Root', looksSelfSigned: false });
    const result = merge({ bundled: [fakeFacts('Root')], system: [company, crossSigned] });
    assert.deepEqual(names(result.partialChainAnchors), ['Company CA']);
    assert.deepEqual(names(result.anchors), ['Root', 'Cross']);
    assert.deepEqual(names(result.certificates), ['Root', 'Cross']);
  });

  it('keeps an issued anchor whose issuer is in another list, whatever its own list said', () => {
    const { certificates, partialChainAnchors } = merge({
      bundled: [fakeFacts('Root')],
      system: [
        fakeFacts('Cross', { issuerName: 'Root', looksSelfSigned: false, skipped: 'orphan' }),
        fakeFacts('Lost', { issuerName: 'Gone', looksSelfSigned: false, skipped: 'orphan' }),
      ],
    });
    assert.deepEqual(names(certificates), ['Root', 'Cross']);
    assert.deepEqual(names(partialChainAnchors), ['Lost']);
  });

  const keyIds: [subjectKeyId: number, authorityKeyId: number, isIssuer: boolean][] = [
    [7, 7, true],
    [7, 8, false],
    [7, 0, true],
    [0, 8, true],
    [0, 0, true],
  ];
  for (const [subjectKeyId, authorityKeyId, isIssuer] of keyIds) {
    it(`an issuer with key identifier ${subjectKeyId} where ${authorityKeyId} is expected (0: none): ${isIssuer}`, () => {
      const { certificates } = merge({
        bundled: [fakeFacts('Root', { subjectKeyId })],
        system: [helper('Issuing CA', 'Root', { authorityKeyId })],
      });
      assert.deepEqual(names(certificates), isIssuer ? ['Root', 'Issuing CA'] : ['Root']);
    });
  }

  it('tells peers apart from the anchors that are CAs', () => {
    const peer = fakeFacts('Peer', { role: 'leaf' });
    const { anchors, peers } = merge({ bundled: [fakeFacts('Root')], user: [peer] });
    assert.deepEqual(names(anchors), ['Root', 'Peer']);
    assert.deepEqual(peers, [peer]);
  });

  it('no path leads on from a peer that is trusted as itself', () => {
    const { certificates } = merge({
      user: [fakeFacts('Peer', { role: 'leaf' }), helper('Issuing CA', 'Peer')],
    });
    assert.deepEqual(names(certificates), ['Peer']);
  });

  it('is linear: 20,000 roots and 20,000 intermediates of one name, each with a key of its own', () => {
    const roots = Array.from({ length: 20_000 }, (_, i) =>
      fakeFacts(`R${i}`, { key: i, subjectName: 'Root', subjectKeyId: i + 1 }),
    );
    const issued = roots.map((_, i) =>
      helper(`I${i}`, 'Root', { key: i + 20_000, authorityKeyId: i + 1 }),
    );
    assert.equal(merge({ bundled: roots, system: issued }).certificates.length, 40_000);
  });

  it('puts certificates of one name together, the newest first', () => {
    const { certificates } = merge({
      bundled: [fakeFacts('old', { subjectName: 'Proxy', validFrom: 1000 }), fakeFacts('Other')],
      user: [fakeFacts('new', { subjectName: 'Proxy', validFrom: 2000 })],
    });
    assert.deepEqual(
      certificates.map(({ subjectName, validFrom }) => [subjectName, validFrom]),
      [
        ['Proxy', 2000],
        ['Proxy', 1000],
        ['Other', 0],
      ],
    );
  });

  it('tells the user which of their certificates are not used, and why', () => {
    const { skippedUserCAs, certificates } = merge({
      bundled: [fakeFacts('Root')],
      user: [
        fakeFacts('late', { skipped: 'expired' }),
        helper('lost', 'Nowhere'),
        fakeFacts('peer', { role: 'leaf' }),
      ],
    });
    assert.deepEqual(
      skippedUserCAs.map(({ subjectName, skipped }) => [subjectName, skipped]),
      [
        ['late', 'expired'],
        ['lost', 'orphan'],
      ],
    );
    assert.deepEqual(names(certificates), ['Root', 'peer']);
  });

  it('is linear: 20,000 intermediates in one long chain', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => helper(`N${i + 1}`, `N${i}`));
    const { certificates } = merge({ system: [...chain.reverse(), fakeFacts('N0')] });
    assert.equal(certificates.length, 20_001);
  });
});
