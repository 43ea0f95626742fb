/**
 * Strangers must not cause more work than allowed. Work is counted in signatures and turns of the event loop.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';

import { Certificate } from '../../dist/certificate/certificate.js';
import { DerError, readExtensions } from '../../dist/certificate/der.js';
import { Budget, MOST_CERTIFICATES, MOST_SIGNATURES, readSent } from '../../dist/chain/budget.js';
import { CertificateList, findGoodPath, followPath } from '../../dist/chain/path.js';
import { atOnce, inTurns, searchUp } from '../../dist/chain/search.js';
import { createCertificate, leafOf } from '../helpers/pki.js';
import { keyWithCurve, keyWithExponent, keyWithSize, withKey } from '../helpers/reencoded.js';

const now = Date.now();
let ders: Buffer[];
let root: Buffer;

/** All have one name, and each is signed by the key of some of the others. */
before(async () => {
  const one = await createCertificate({ commonName: 'X', keyIdentifiers: false });
  const other = await createCertificate({ commonName: 'X', keyIdentifiers: false });
  const made = [await leafOf(one, { keyIdentifiers: false })];
  for (let count = 0; count < 10; count++) {
    const spec = { commonName: 'X', keyIdentifiers: false };
    made.push(await createCertificate({ ...spec, issuer: one, keys: other.keys }));
    made.push(await createCertificate({ ...spec, issuer: other, keys: one.keys }));
  }
  ders = made.map(({ der }) => der);
  root = (await createCertificate({ commonName: 'Root' })).der;
});

function countSignatures(t: TestContext): () => number {
  const { mock } = t.mock.method(X509Certificate.prototype, 'verify');
  return () => mock.callCount();
}

test('certificates that cross-sign each other cost a hundred signatures, however often they are looked at', (t) => {
  const count = countSignatures(t);
  const budget = new Budget();
  const [leaf, ...sent] = readSent(ders, budget);
  assert.ok(leaf);
  assert.equal(sent.length, MOST_CERTIFICATES - 1);
  const list = new CertificateList([Certificate.read(root)]);
  const question = { leaf, sent, list, now, budget };
  for (let times = 0; times < 3; times++) {
    assert.equal(atOnce(findGoodPath(question, now)), undefined);
    atOnce(followPath(question));
  }
  assert.ok(budget.isExceeded);
  assert.ok(count() > MOST_CERTIFICATES && count() <= MOST_SIGNATURES, `${count()} signatures`);
});

test('a signature is looked at once, and none when the budget is spent', (t) => {
  const count = countSignatures(t);
  const budget = new Budget(1);
  const [leaf, issuer, other] = ders.map((der) => Certificate.read(der, budget));
  assert.ok(leaf && issuer && other);
  const verdict = budget.isSignedBy(leaf, issuer);
  assert.equal(budget.isSignedBy(leaf, issuer), verdict);
  assert.equal(budget.isSpent, false);
  assert.equal(budget.isSignedBy(leaf, other), false);
  assert.equal(budget.isSpent, true);
  assert.equal(Certificate.read(root, budget).selfSigned, false);
  assert.equal(count(), 1);
});

test('issuers by name are not looked at without end', () => {
  const budget = new Budget();
  const names = Array.from({ length: 1001 }, (_, index) => index + 1);
  const path = searchUp(0, {
    keyOf: String,
    endsChain: (certificate) => certificate === 1001,
    issuersOf: () => names,
    mayStand: () => false,
    isSignedBy: () => assert.fail('none may stand there'),
    budget,
  });
  assert.equal(atOnce(path), undefined);
  assert.ok(budget.isSpent);
});

test('the event loop turns between units of work, and ends what a signal ends', async () => {
  const budget = new Budget();
  const controller = new AbortController();
  let turns = 0;
  const count = (): void => {
    if (++turns === 2) controller.abort();
    else setImmediate(count);
  };
  setImmediate(count);
  function* work(): Generator<undefined, boolean> {
    for (let step = 0; step < 100 && !budget.isSpent; step++) {
      const end = performance.now() + 10;
      while (performance.now() < end);
      yield;
    }
    return budget.isSpent;
  }
  assert.equal(await inTurns(work(), budget, controller.signal), true);
  assert.equal(turns, 2);
});

test('a certificate with too many extensions cannot be read', () => {
  const one = (index: number): number[] => [0x30, 6, 0x06, 2, 0x55, index, 0x04, 0];
  const many = Array.from({ length: 65 }, (_, index) => one(index)).flat();
  const bytes = Buffer.from([0x30, 0x82, many.length >> 8, many.length & 0xff, ...many]);
  assert.throws(() => readExtensions(bytes), DerError);
});

test('a verdict on a connection gets 32 signatures, and eight when it takes long', (t) => {
  const signaturesOf = (budget: Budget): number =>
    Array.from({ length: 64 }, () => budget.spend()).filter(Boolean).length;
  assert.equal(signaturesOf(Budget.atOnce()), 32);
  const late = Budget.atOnce();
  t.mock.method(performance, 'now', () => Infinity);
  assert.equal(signaturesOf(late), 8);
});

test('of strangers, certificates are not read whose keys take OpenSSL long', () => {
  const [leaf, issuer, other] = ders;
  assert.ok(leaf && issuer && other);
  for (const key of [keyWithCurve(), keyWithExponent(), keyWithSize()]) {
    const slow = withKey(issuer, key);
    assert.ok(Certificate.read(slow), 'control: OpenSSL reads it');
    const budget = new Budget();
    const sent = readSent([leaf, slow, other], budget);
    assert.deepEqual(
      sent.map(({ der }) => der),
      [leaf, other],
    );
    assert.ok(budget.isExceeded);
  }
});
