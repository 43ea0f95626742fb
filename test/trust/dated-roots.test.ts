/**
 * Judges of peers where a root is distrusted from a date on; the wider table is in test/inject/distrust/dated.test.ts.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';

import { loadBinding, wholePolicy } from '../../dist/addon/load-binding.js';
import type { ListedCertificate } from '../../dist/addon/native-binding.js';
import { Certificate } from '../../dist/certificate/certificate.js';
import { PeerJudge } from '../../dist/chain/peers/peer-judge.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import { createCertificate, leafOf } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { reencoded } from '../helpers/reencoded.js';

const DATE = Date.parse('2024-06-30T23:59:59Z');

function setOf(held: TestCertificate[], dated: TestCertificate[], parts: object = {}): TrustSet {
  const set: Partial<TrustSet> = {
    facts: read(held),
    additions: [],
    distrusted: [],
    distrustedNames: [],
    dated: dated.map(({ pem }) => ({ pem, after: DATE })),
    distrustedBy: () => undefined,
    ...parts,
  };
  return set as TrustSet;
}

function read(certificates: TestCertificate[]): ListedCertificate[] {
  const pems = certificates.map(({ pem }) => pem).join('');
  return loadBinding().parse(Buffer.from(pems), wholePolicy()).certificates;
}

describe('a judge of peers under a dated root', () => {
  let root: TestCertificate;
  let other: TestCertificate;
  let issuing: TestCertificate;
  let younger: TestCertificate;
  let older: TestCertificate;

  before(async () => {
    root = await createCertificate({ commonName: 'Root' });
    other = await createCertificate({ commonName: 'Other' });
    issuing = await createCertificate({ commonName: 'Issuing', issuer: root });
    younger = await leafOf(issuing, { validFrom: new Date(DATE + 1000) });
    older = await leafOf(issuing, { validFrom: new Date(DATE) });
  });

  const ask = (
    judge: PeerJudge,
    linked: (TestCertificate | Buffer)[],
    sent: TestCertificate[] = [],
  ): string => {
    const ders = (list: (TestCertificate | Buffer)[]): Buffer[] =>
      list.map((one) => (Buffer.isBuffer(one) ? one : one.der));
    const refusal = judge.refusal({ linked: ders(linked), sent: () => ders([...linked, ...sent]) });
    return refusal ? refusal.message.replace(/:? SHA-256.*/, '') : 'ok';
  };
  const REFUSED =
    'The machine distrusts “Root” for certificates that begin after 2024-06-30T23:59:59.000Z, and no other chain leads to a trusted CA';

  it('compares the beginning of the server’s certificate with the date, and says so', () => {
    const judge = new PeerJudge(setOf([root, other], [root]));
    assert.equal(ask(judge, [older, issuing, root]), 'ok');
    assert.equal(ask(judge, [younger, issuing, root]), REFUSED);
    assert.equal(judge.hasAccepted(older.der), true);
    assert.equal(judge.hasAccepted(younger.der), false);
    assert.equal(judge.isDistrusted(new Certificate(root.der)), false, 'for good');
  });

  it('knows the root where a context holds it and no peer shows it', () => {
    const judge = new PeerJudge(setOf([root, other], [root]));
    assert.equal(ask(judge, [younger, issuing]), REFUSED);
    const helped = new PeerJudge(setOf([root, other, issuing], [root]));
    assert.equal(ask(helped, [younger]), REFUSED, 'nor the intermediate');
    assert.equal(ask(helped, [older]), 'ok');
  });

  it('knows the root in another encoding', () => {
    const twin = reencoded(root.der);
    const judge = new PeerJudge(setOf([root], [root]));
    assert.match(ask(judge, [younger, issuing, twin]), /distrusts “Root” for/);
  });

  it('lets another path stand', async () => {
    const cross = await createCertificate({
      commonName: 'Root',
      issuer: other,
      keys: root.keys,
    });
    const judge = new PeerJudge(setOf([root, other], [root]));
    assert.equal(ask(judge, [younger, issuing, root], [cross]), 'ok');
    const both = new PeerJudge(setOf([root, other], [root, other]));
    assert.match(ask(both, [younger, issuing, root], [cross]), /distrusts “(Root|Other)” for/);
  });

  it('does not ask for all that is trusted where the root that was shown is', async () => {
    const facts = { namesakes: 0, additions: [other.pem] };
    const set = Object.defineProperty(setOf([], [root], facts), 'facts', {
      get: () => assert.fail('everything is merged'),
    });
    const judge = new PeerJudge(set);
    const leaf = await leafOf(other);
    assert.ok(rootCertificates.length > 0);
    assert.equal(ask(judge, [leaf, other]), 'ok');
    assert.equal(judge.hasAccepted(leaf.der), true);
  });
});
