import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

// tsyringe, inside @peculiar/x509, needs the metadata polyfill first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import { PeerJudges, PeerJudge } from '../../dist/chain/peers/peer-judge.js';
import { linkedFrom } from '../../dist/chain/peers/trusted-by-name.js';
import { Certificate } from '../../dist/certificate/certificate.js';
import { loadBinding, wholePolicy } from '../../dist/addon/load-binding.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import { createCertificate, leafOf } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';

function judgeOf(
  set: TestCertificate[],
  distrusted: TestCertificate[],
  options?: ConstructorParameters<typeof PeerJudge>[1],
): PeerJudge {
  const { certificates } = loadBinding().parse(
    Buffer.from(set.map(({ pem }) => pem).join('')),
    wholePolicy(),
  );
  const trust: Partial<TrustSet> = {
    facts: certificates,
    distrusted: distrusted.map(({ pem }) => new Certificate(pem)),
    distrustedNames: [],
    dated: [],
    distrustedBy: () => undefined,
  };
  return new PeerJudge(trust as TrustSet, options);
}

const ders = (certificates: TestCertificate[]): Buffer[] => certificates.map(({ der }) => der);

/** Returns the name of the certificate for which a peer is refused, or `ok`. */
function judge(
  judge_: PeerJudge,
  linked: TestCertificate[],
  sent: TestCertificate[] | undefined = linked,
): string {
  const refusal = judge_.refusal({ linked: ders(linked), sent: () => sent && ders(sent) });
  if (!refusal) return 'ok';
  assert.equal(refusal.code, 'CERT_REJECTED');
  return /“(.*)”/.exec(refusal.message)?.[1] ?? '';
}

describe('a judge of peers', () => {
  let root: TestCertificate;
  let other: TestCertificate;
  let old: TestCertificate;
  let renewed: TestCertificate;
  let leaf: TestCertificate;
  let decoy: TestCertificate;
  const underRoot = (spec: Partial<CertificateSpec>): Promise<TestCertificate> =>
    createCertificate({ commonName: 'Issuing', issuer: root, keys: old.keys, ...spec });

  before(async () => {
    root = await createCertificate({ commonName: 'Root' });
    other = await createCertificate({ commonName: 'Other' });
    old = await createCertificate({ commonName: 'Issuing', issuer: root });
    renewed = await underRoot({});
    leaf = await leafOf(old);
    decoy = await createCertificate({ commonName: 'Issuing', issuer: root });
  });

  it('refuses the leaf that is distrusted, and no other of the same CA', async () => {
    const trusting = judgeOf([root], [leaf]);
    assert.equal(judge(trusting, [leaf, old, root]), 'localhost');
    assert.equal(judge(trusting, [await leafOf(old), old, root]), 'ok');
  });

  it('knows a certificate by issuer and serial number', async () => {
    const again = await underRoot({ serialNumber: old.certificate.serialNumber });
    assert.equal(judge(judgeOf([root], [old]), [leaf, again, root]), 'Issuing');
  });

  it('lets a renewed intermediate live', () => {
    const trusting = judgeOf([root], [old]);
    assert.equal(judge(trusting, [leaf, old, root]), 'Issuing');
    assert.equal(judge(trusting, [leaf, renewed, root]), 'ok');
    assert.equal(judge(trusting, [leaf, old, root], [leaf, old, renewed]), 'ok');
    assert.equal(judge(trusting, [leaf, old, root]), 'Issuing', 'by what this one sends');
  });

  it('is not led astray by a name without the key', () => {
    const trusting = judgeOf([root], [old]);
    assert.equal(judge(trusting, [leaf, decoy, root], [leaf, decoy, old]), 'Issuing');
    assert.equal(judge(trusting, [leaf, decoy, root], [leaf, decoy, renewed]), 'ok');
  });

  it('accepts what it cannot follow where nothing distrusted was sent', () => {
    const trusting = judgeOf([other], [old]);
    assert.equal(judge(trusting, [leaf, renewed, root]), 'ok', 'OpenSSL knows another anchor');
    assert.equal(judge(trusting, [leaf, decoy, root], [leaf, decoy, renewed]), 'ok');
  });

  it('believes what is linked by signature where it cannot see what was sent', () => {
    const trusting = judgeOf([other], [old]);
    const blind = (linked: TestCertificate[]): unknown =>
      trusting.refusal({ linked: ders(linked), sent: () => undefined })?.code;
    assert.equal(blind([leaf, renewed, root]), undefined);
    assert.equal(blind([leaf, decoy, root]), 'CERT_REJECTED');
    assert.equal(blind([leaf, old, root]), 'CERT_REJECTED');
  });

  it('does not believe links where OpenSSL may have passed over one of them', async () => {
    const trusting = judgeOf([root], [old]);
    const blind = (linked: TestCertificate[]): unknown =>
      trusting.refusal({ linked: ders(linked), sent: () => undefined })?.code;
    const stranger = await createCertificate({ commonName: 'Stranger' });
    const past = new Date('2021-01-01T00:00:00Z');
    const byStranger = { commonName: 'Issuing', issuer: stranger, keys: old.keys };
    const expired = await createCertificate({ ...byStranger, validTo: past });
    assert.equal(blind([leaf, expired, stranger]), 'CERT_REJECTED');
    const valid = await createCertificate(byStranger);
    assert.equal(blind([leaf, valid, stranger]), undefined, 'OpenSSL would have used it');
  });

  it('knows what a context may hold without being sent it', () => {
    const ordinary = judgeOf([other], [old]);
    const aged = judgeOf([other], [old], { mayHoldDistrusted: true });
    assert.equal(judge(ordinary, [leaf, decoy, root]), 'ok');
    assert.equal(judge(aged, [leaf, decoy, root]), 'Issuing');
    const unrelated = judgeOf([other], [decoy], { mayHoldDistrusted: true });
    assert.equal(judge(unrelated, [leaf, old, root]), 'ok', 'of another key');
  });

  it('lets name constraints stand where OpenSSL had no other certificate of that name', async () => {
    const trusting = judgeOf([root], [other]);
    const constraints = new x509.Extension('2.5.29.30', true, Buffer.from('3000', 'hex'));
    const limited = await underRoot({ extensions: [constraints] });
    assert.equal(judge(trusting, [leaf, limited, root], [leaf, limited, other]), 'ok');
    const linked = [leaf, limited, root];
    assert.equal(judge(trusting, linked, [leaf, limited, decoy, other]), 'Other');
    assert.equal(judge(trusting, linked, [leaf, limited, old, other]), 'ok', 'over the other one');
    const anchor = await createCertificate({ commonName: 'Limited', extensions: [constraints] });
    const twin = await createCertificate({
      commonName: 'Limited',
      issuer: other,
      keys: anchor.keys,
    });
    const below = await leafOf(anchor);
    const preferred = judgeOf([anchor, other], [twin]);
    assert.equal(judge(preferred, [below, twin, other]), 'ok', 'OpenSSL prefers what is trusted');
  });

  it('does not take for as good what OpenSSL would not use', async () => {
    const trusting = judgeOf([root], [old]);
    const past = new Date('2021-01-01T00:00:00Z');
    const limited = new x509.BasicConstraintsExtension(true, 0, true);
    const below = await createCertificate({ commonName: 'Below', issuer: old });
    const deep = await leafOf(below);
    const twins: [string, TestCertificate, TestCertificate[]][] = [
      ['expired', await underRoot({ validTo: past }), [leaf]],
      ['signed with SHA-1', await underRoot({ hash: 'SHA-1' }), [leaf]],
      ['no CA', await underRoot({ ca: false }), [leaf]],
      ['for mail', await underRoot({ eku: ['1.3.6.1.5.5.7.3.4'] }), [leaf]],
      [
        'unsigned',
        {
          ...renewed,
          ...(await createCertificate({ commonName: 'Issuing', issuer: other, keys: old.keys })),
        },
        [leaf],
      ],
      [
        'for no CA below it',
        await underRoot({ omitBasicConstraints: true, extensions: [limited] }),
        [deep, below],
      ],
      [
        'critical about something',
        await underRoot({
          extensions: [new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex'))],
        }),
        [leaf],
      ],
      [
        'for other names',
        await underRoot({
          extensions: [new x509.Extension('2.5.29.30', true, Buffer.from('3000', 'hex'))],
        }),
        [leaf],
      ],
    ];
    for (const [reason, twin, start] of twins) {
      assert.equal(
        judge(trusting, [...start, old, root], [...start, old, twin]),
        'Issuing',
        reason,
      );
      assert.equal(
        judge(trusting, [...start, twin, root], [...start, twin, old]),
        'Issuing',
        reason,
      );
    }
  });

  it('counts anchors a program has added, and every anchor where chains may end anywhere', async () => {
    const twin = await createCertificate({ commonName: 'Issuing', issuer: other, keys: old.keys });
    const linked = [leaf, old, root];
    const sent = [leaf, old, twin];
    assert.equal(judge(judgeOf([root], [old]), linked, sent), 'Issuing');
    assert.equal(judge(judgeOf([root], [old], { more: () => [other.pem] }), linked, sent), 'ok');
    const partial = judgeOf([root, twin], [old], { partialChain: true });
    assert.equal(judge(partial, linked), 'Issuing', 'an intermediate of the set is no anchor');
  });

  it('asks each time what a program has added', async () => {
    const twin = await createCertificate({ commonName: 'Issuing', issuer: other, keys: old.keys });
    let added: string[] = [];
    const trusting = judgeOf([root], [old], { more: () => added });
    const results = [[], [root.pem], [other.pem], []].map((pems: string[]) => {
      added = pems;
      return judge(trusting, [leaf, old, root], [leaf, old, twin]);
    });
    assert.deepEqual(results, ['Issuing', 'Issuing', 'ok', 'ok'], 'the last is remembered');
  });

  it('verifies each leaf, also below an issuer that it knows', async () => {
    const trusting = judgeOf([root], [old]);
    const sent = [old, renewed];
    assert.equal(judge(trusting, [leaf, old, root], [leaf, ...sent]), 'ok');
    const strange = await leafOf(decoy, { keyIdentifiers: false });
    assert.equal(judge(trusting, [strange, old, root], [strange, ...sent]), 'Issuing');
    const next = await leafOf(old);
    assert.equal(judge(trusting, [next, old, root], [next, ...sent]), 'ok');
  });

  it('has accepted who it has accepted', () => {
    const trusting = judgeOf([root], [old]);
    judge(trusting, [leaf, old, root]);
    assert.equal(trusting.hasAccepted(leaf.der), false);
    judge(trusting, [leaf, renewed, root]);
    assert.equal(trusting.hasAccepted(leaf.der), false, 'refused with another chain');
    const accepting = judgeOf([root], [old]);
    judge(accepting, [leaf, renewed, root]);
    assert.equal(accepting.hasAccepted(leaf.der), true);
    judge(accepting, [leaf, old, root]);
    assert.equal(accepting.hasAccepted(leaf.der), false);
  });

  it('is forgotten where programs make ever other lists', () => {
    const set: Partial<TrustSet> = {
      facts: [],
      distrusted: [new Certificate(old.pem)],
      distrustedNames: [],
      dated: [],
      distrustedBy: () => undefined,
    };
    const judges = new PeerJudges(set as TrustSet);
    const first = judges.for({ besides: { id: 0, own: [] } });
    assert.equal(judges.for({ besides: { id: 0, own: [] } }), first);
    for (let id = 1; id < 100; id++) judges.for({ besides: { id, own: [] } });
    assert.notEqual(judges.for({ besides: { id: 0, own: [] } }), first);
  });

  it('refuses whom it cannot read rather than end the process', () => {
    const garbage = Buffer.from('30030201ff', 'hex');
    const refusal = judgeOf([root], [old]).refusal({ linked: [garbage], sent: () => [garbage] });
    assert.equal(refusal?.code, 'CERT_REJECTED');
  });

  it('takes what it cannot read for no reason to judge the next one as the leaf', () => {
    const garbage = Buffer.from('30030201ff', 'hex');
    const linked = [garbage, renewed.der, root.der];
    const refusal = judgeOf([root], [old]).refusal({ linked, sent: () => linked });
    assert.equal(refusal?.code, 'CERT_REJECTED');
  });
});

describe('what a runtime links', () => {
  type Linked = Parameters<typeof linkedFrom>[0];

  /** Links certificates as Node and Deno do: a root is its own issuer. */
  function link(ders: readonly Uint8Array[]): Linked {
    const objects: { raw: Uint8Array; issuerCertificate?: unknown }[] = ders.map((raw) => ({
      raw,
    }));
    objects.forEach((one, index) => (one.issuerCertificate = objects[index + 1] ?? one));
    return objects[0] as unknown as Linked;
  }

  it('is read to its end, also where a certificate comes twice or many come', () => {
    const ders = [1, 2, 2, ...Array<number>(200).fill(3), 4].map((byte) => Buffer.from([byte]));
    assert.deepEqual(linkedFrom(link(ders)), ders);
  });

  it('may be plain bytes, in the middle of others', () => {
    const bytes = Uint8Array.of(0, 1, 2, 3).subarray(1, 3);
    assert.deepEqual(linkedFrom(link([bytes])), [Buffer.from([1, 2])]);
  });
});
