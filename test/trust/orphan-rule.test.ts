/**
 * The addon finds the orphans of one list, the merge those of several. They must agree on one list.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { loadAddon } from '../../dist/addon/load-addon.js';
import { mergeCertificates } from '../../dist/trust/merge.js';
import { toPem } from '../helpers/pem.js';
import { Extensions, certificate, commonName } from '../native/der.js';

const NOW = Date.UTC(2026, 0, 1);

/** Returns the same numbers every time (a linear congruential generator). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

it('the addon and the merge agree on which certificates lead nowhere', () => {
  const addon = loadAddon();
  const random = generator(20260101);
  const { ca, subjectKeyId, authorityKeyId } = Extensions;
  const seen = { orphans: 0, issued: 0 };
  for (let round = 0; round < 400; round++) {
    const pems = Array.from({ length: 2 + random(7) }, (_, serial) => {
      const ids = [subjectKeyId, authorityKeyId].flatMap((make) => {
        const id = random(3);
        return id === 0 ? [] : [make(`key ${String(id)}`)];
      });
      return toPem(
        certificate({
          serial: [serial + 1],
          subject: commonName(`name ${String(random(4))}`),
          issuer: commonName(`name ${String(random(4))}`),
          extensions: [ca, ...ids],
        }),
      );
    });
    const { certificates } = addon.parse(Buffer.from(pems.join('')), {
      purpose: 'any',
      intermediates: true,
      expired: false,
      now: NOW,
    });
    assert.equal(certificates.length, pems.length);
    const orphans = certificates.filter(({ skipped }) => skipped === 'orphan');
    const merged = mergeCertificates({
      bundled: [],
      extra: [],
      system: certificates,
      user: [],
      distrusted: [],
      excluded: [],
    });
    const kept = new Set(merged.certificates);
    assert.deepEqual(
      certificates.filter((one) => !kept.has(one)),
      orphans,
      `round ${String(round)}`,
    );
    seen.orphans += orphans.length;
    seen.issued += merged.certificates.filter(({ looksSelfSigned }) => !looksSelfSigned).length;
  }
  assert.ok(seen.orphans > 100 && seen.issued > 100, JSON.stringify(seen));
});
