/**
 * Checks what holds for the real store of every system. Changes nothing.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import * as tls from 'node:tls';

import { getSystemCAs, getTrustedCAs, readSystemStore } from '../../dist/index.js';

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

void test('this machine trusts some CAs, each valid now, none twice', (t) => {
  const pems = getSystemCAs();
  t.diagnostic(`${String(pems.length)} certificates`);
  assert.ok(pems.length > 0);
  assert.equal(new Set(pems.map(fingerprint)).size, pems.length);
  const now = Date.now();
  for (const pem of pems) {
    const { subject, validFrom, validTo } = new X509Certificate(pem);
    assert.ok(Date.parse(validFrom) <= now && now <= Date.parse(validTo), subject);
  }
});

void test('the store is read without an error, and every certificate says where it is from', () => {
  const { certificates, errors, strategy } = readSystemStore();
  assert.deepEqual(errors, []);
  assert.equal(strategy, 'addon');
  for (const { sources, subject } of certificates) assert.ok(sources.length > 0, subject);
});

void test('the merged set holds what the system trusts and nothing it distrusts', () => {
  const merged = new Set(getTrustedCAs().map(fingerprint));
  const { certificates } = readSystemStore();
  for (const { trust, fingerprint256, subject } of certificates) {
    if (trust === 'distrusted') assert.ok(!merged.has(fingerprint256), subject);
  }
  assert.ok(merged.size >= tls.rootCertificates.length - certificates.length);
});
