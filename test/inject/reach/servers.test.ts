import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'servers.scenarios.js');

const isSet = 'setDefaultCACertificates' in (require('node:tls') as object);

const WAYS = [
  'tls.createServer',
  'new tls.Server',
  'https.createServer',
  'new https.Server',
  'http2.createSecureServer',
  'addContext()',
  'addContext() of an HTTP/2 server',
  'addContext() of a server made before',
  'setSecureContext()',
];
for (const how of WAYS) {
  void test(`${how} without ca, of a server that asks for client certificates, is warned of once where the list is set`, async (t) => {
    const root = await createRoot();
    const leaf = await createLeaf(root);
    const { result } = await runScenario(SCENARIOS, 'warnings', {
      input: {
        root: root.pem,
        cert: leaf.pem,
        key: leaf.keyPem,
        how,
        file: join(temporaryDirectory(t), 'peers'),
      },
      env: { NODE_NO_WARNINGS: '' },
    });
    const codes = isSet ? ['ERR_TRUSTSTORE_SERVER_WITHOUT_CA'] : [];
    assert.deepEqual(result, {
      strategy: isSet ? 'set' : 'patch',
      ...{ early: 0, quiet: 0, first: codes.length, second: 0, after: 0 },
      ...{ codes, events: codes },
    });
  });
}

void test('nothing is warned of under --use-openssl-ca, where the list stays', async (t) => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const { result } = await runScenario<{ strategy: string; codes: string[] }>(
    SCENARIOS,
    'warnings',
    {
      input: {
        root: root.pem,
        cert: leaf.pem,
        key: leaf.keyPem,
        how: 'addContext()',
        file: join(temporaryDirectory(t), 'peers'),
      },
      env: { NODE_NO_WARNINGS: '' },
      execArgv: ['--use-openssl-ca'],
    },
  );
  assert.equal(result.strategy, 'patch');
  assert.deepEqual(result.codes, []);
});

for (const how of ['tls', 'https', 'http2']) {
  for (const flags of [[], ['--use-openssl-ca']]) {
    void test(`contexts of a server of ${how} let in no more clients than without us, unless the list is set ${flags.join('')}`, async (t) => {
      const root = await createRoot();
      const leaf = await createLeaf(root);
      const client = await createLeaf(root, { commonName: 'client' });
      const { url } = await startServer(t, leaf);
      // It is in OpenSSL's own store of the machine.
      const other = await createRoot();
      const directory = temporaryDirectory(t);
      const { result } = await runScenario(SCENARIOS, 'contextsOfStore', {
        input: {
          ...{ how, url, root: root.pem, cert: leaf.pem, key: leaf.keyPem },
          ...{ clientCert: client.pem, clientKey: client.keyPem },
        },
        execArgv: flags,
        env: { SSL_CERT_FILE: writeFile(directory, 'ca.pem', other.pem), SSL_CERT_DIR: directory },
      });
      // A context keeps the list it was made with.
      const set = isSet && flags.length === 0;
      assert.deepEqual(result, {
        strategy: set ? 'set' : 'patch',
        early: { main: false, before: false, after: false, renewed: set },
        late: { main: set, before: set, after: set, renewed: set },
      });
    });
  }
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
  assert.deepEqual(result, { withoutCa: isSet, withOtherCa: false, withCa: true });
});
