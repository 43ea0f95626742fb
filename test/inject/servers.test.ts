import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLeaf, createRoot, runScenario, startServer } from './harness.js';

const SCENARIOS = join(__dirname, 'servers.scenarios.js');

const WAYS = [
  'tls.createServer',
  'new tls.Server',
  'https.createServer',
  'new https.Server',
  'http2.createSecureServer',
];
for (const how of WAYS) {
  void test(`${how} that asks for client certificates without ca is warned of once`, async () => {
    const root = await createRoot();
    const leaf = await createLeaf(root);
    const { result } = await runScenario(SCENARIOS, 'warnings', {
      input: { root: root.pem, cert: leaf.pem, key: leaf.keyPem, how },
    });
    assert.deepEqual(result, {
      early: 0,
      plain: 0,
      withCa: 0,
      first: 1,
      second: 0,
      codes: ['ERR_TRUSTSTORE_SERVER_WITHOUT_CA'],
    });
  });
}

void test('such a server lets in clients of the store where the list is set, and none under the patch', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const client = await createLeaf(root, { commonName: 'client' });
  const { url } = await startServer(t, leaf);
  const { result } = await runScenario(SCENARIOS, 'clientOfStore', {
    input: {
      ...{ url, root: root.pem, cert: leaf.pem, key: leaf.keyPem },
      ...{ clientCert: client.pem, clientKey: client.keyPem },
    },
  });
  const isSet = 'setDefaultCACertificates' in (require('node:tls') as object);
  assert.deepEqual(result, { withoutCa: isSet, withOtherCa: false, withCa: true });
});
