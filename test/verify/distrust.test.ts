/**
 * Agents and connectors under the rule of distrust: see lib/chain/peers/clean-path.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as truststore from '../../dist/index.js';
import { createMemoryBinding } from '../helpers/memory-binding.js';
import { internalsOf } from '../inject/scenario-tools.js';
import { createAuthority, createCertificate } from './authority.js';
import type { TestCertificate } from './authority.js';
import { clientNames, makeClients, startOrigin } from './origin.js';

const binding = createMemoryBinding();
const ways = [{}, { fetchIntermediates: true }, { revocation: 'soft-fail' }] as const;

before(() => {
  internalsOf(truststore).setBindingForTests(binding);
});
after(() => {
  internalsOf(truststore).setBindingForTests(undefined);
});

void test('agents and connectors refuse by paths, and a refused server gets nothing', async (t) => {
  const { root, intermediate, leaf } = await createAuthority();
  const renewed = await createCertificate({
    commonName: intermediate.certificate.subject.replace('CN=', ''),
    issuer: root,
    keys: intermediate.keys,
  });
  const [good, bad] = [await leaf({ dns: ['localhost'] }), await leaf({ dns: ['localhost'] })];
  binding.setStore({ anchors: [root.pem], distrusted: [intermediate.pem, bad.pem] });
  const rows: [string, TestCertificate, TestCertificate[], string][] = [
    ['the distrusted intermediate', good, [intermediate], 'CERT_REJECTED'],
    ['its renewed twin', good, [renewed], 'ok'],
    ['both', good, [intermediate, renewed], 'ok'],
    ['a distrusted leaf', bad, [renewed], 'CERT_REJECTED'],
  ];
  for (const [sent, certificate, chain, expected] of rows) {
    const origin = await startOrigin(t, { leaf: certificate, chain });
    for (const way of ways) {
      const clients = makeClients({ cacheDirectory: false, userCAs: { env: false }, ...way });
      t.after(clients.close);
      for (const name of clientNames) {
        for (const time of ['first', 'second']) {
          const title = `${sent}, ${name}, ${JSON.stringify(way)}, ${time}`;
          assert.equal(await clients[name](origin.url), expected, title);
        }
      }
    }
    if (expected !== 'ok') assert.equal(origin.received(), 0, sent);
  }
});
