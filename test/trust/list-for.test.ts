import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rootCertificates } from 'node:tls';

import type { TrustSet } from '../../dist/trust/trust-set.js';
import { listFor } from '../../dist/trust/trust-sets.js';

/** Makes a set whose merged lists differ from lists put together from its parts. */
const setOf = (namesakes: number | undefined, roots = rootCertificates.length): TrustSet =>
  ({
    ...{ namesakes, size: roots + 2, additions: ['anchor', 'helper'], addedAnchors: ['anchor'] },
    ...{ certificates: ['merged'], anchors: ['merged anchor'] },
  }) as unknown as TrustSet;

it('puts a list together from the runtime’s own roots where nothing stands between them', () => {
  assert.deepEqual(listFor(setOf(0), 'certificates', 0), [...rootCertificates, 'anchor', 'helper']);
  assert.deepEqual(listFor(setOf(3), 'anchors', Infinity), [...rootCertificates, 'anchor']);
});

it('merges where order decides, where a rule has reached into the roots, and where not all of them are read', () => {
  assert.deepEqual(listFor(setOf(1), 'certificates', 0), ['merged']);
  assert.deepEqual(listFor(setOf(undefined), 'anchors', Infinity), ['merged anchor']);
  assert.deepEqual(listFor(setOf(0, rootCertificates.length - 1), 'certificates', 0), ['merged']);
});
