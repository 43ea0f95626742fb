/**
 * Anybody can write a certificate in another encoding. The machine distrusts the certificate, so no encoding of it may
 * be an anchor.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';

import { toPem } from '../../helpers/pki.js';
import type { TestCertificate } from '../../helpers/pki.js';
import { reencoded } from '../../helpers/reencoded.js';
import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'distrusted-twins.scenarios.js');
const canSet = 'setDefaultCACertificates' in (require('node:tls') as object);

let root: TestCertificate;
let other: TestCertificate;
let twin: string;

before(async () => {
  root = await createRoot();
  other = await createRoot();
  twin = toPem(reencoded(root.der));
});

const accepted = ['ok', 'ok'];
const refused = ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'];

/**
 * Returns a scenario's outcome for a server under `root` when the machine distrusts nothing, its twin, and a namesake.
 */
async function outcomes(
  t: TestContext,
  scenario: string,
  env: Record<string, string> = {},
): Promise<unknown[]> {
  const { url } = await startServer(t, await createLeaf(root));
  const renewed = await createRoot({ commonName: root.certificate.subject.slice(3) });
  const results = [];
  for (const distrusted of [[], [root.pem], [renewed.pem]]) {
    const store = { anchors: [other.pem], distrusted };
    const input = { url, store, own: twin };
    results.push((await runScenario(SCENARIOS, scenario, { env, input })).result);
  }
  return results;
}

void test('in NODE_EXTRA_CA_CERTS', async (t) => {
  const extra = writeFile(temporaryDirectory(t), 'extra.pem', twin);
  const found = await outcomes(t, 'byDefault', { NODE_EXTRA_CA_CERTS: extra });
  assert.deepEqual(found, [accepted, refused, accepted]);
});

void test(
  'in the default list a program has made',
  { skip: canSet ? false : 'this Node has no such list' },
  async (t) => {
    assert.deepEqual(await outcomes(t, 'inProgramsDefaults'), [accepted, refused, accepted]);
  },
);

void test('in a `ca` that holds every root of Node', async (t) => {
  assert.deepEqual(await outcomes(t, 'inRootList'), [accepted, refused, accepted]);
});
