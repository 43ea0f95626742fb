/**
 * Tests dates as the reader of CRLs and OCSP answers takes them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DerError, DerReader, readTime } from '../../dist/certificate/der.js';
import { generalizedTime, utcTime } from '../native/der.js';

const read = (time: Buffer): number => readTime(new DerReader(time).any());

test('a date is read in the one form that certificates have', () => {
  assert.equal(read(utcTime('500101000000Z')), Date.UTC(1950, 0, 1));
  assert.equal(read(utcTime('491231235959Z')), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(read(generalizedTime('20500228000000Z')), Date.UTC(2050, 1, 28));
});

test('a date that no calendar has is refused', () => {
  const times = [
    '261301000000Z',
    '260001000000Z',
    '260230000000Z',
    '260101240000Z',
    '260101000060Z',
  ];
  for (const time of times) {
    assert.throws(() => read(utcTime(time)), DerError, time);
    assert.throws(() => read(generalizedTime(`20${time}`)), DerError, time);
  }
  assert.throws(() => read(generalizedTime('00260101000000Z')), DerError);
});
