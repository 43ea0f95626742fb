/**
 * The substitute for the addon reads certificates as strictly as the runtime that gets them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import tls from 'node:tls';

import type { NativePolicy } from '../../dist/addon/native-binding.js';
import { createRuntimeBinding } from '../../dist/addon/runtime-binding.js';
import { toPem } from '../helpers/pem.js';
import { certificate } from '../native/der.js';

const policy: NativePolicy = {
  purpose: 'server-auth',
  intermediates: true,
  expired: false,
  now: Date.UTC(2026, 0, 1),
};
const skip = !('getCACertificates' in tls) && 'this runtime lists no system CAs';

function parsed(input: Uint8Array | string): number {
  const binding = createRuntimeBinding(new Error('no addon'));
  const { certificates, errors } = binding?.parse(Buffer.from(input), policy) ?? {};
  assert.equal((certificates?.length ?? 0) + (errors?.length ?? 0), 1);
  return certificates?.length ?? 0;
}

test('without the addon a certificate is kept to the last byte', { skip }, () => {
  const der = certificate();
  const longer = Buffer.concat([der, Buffer.of(0)]);
  assert.deepEqual([der, toPem(der)].map(parsed), [1, 1]);
  assert.deepEqual([longer, toPem(longer)].map(parsed), [0, 0]);
});

test(
  'without the addon a certificate is refused that the runtime writes in other bytes',
  { skip },
  () => {
    const der = certificate({ signature: [1, 2, 0xff] });
    // The signature is the last three bytes; this sets one of its unused bits.
    der[der.length - 4] = 1;
    assert.deepEqual([der, toPem(der)].map(parsed), [0, 0]);
  },
);
