/**
 * Other libraries own their objects: our code neither throws at them nor changes them, and warns about what is not
 * reached.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

const SCENARIOS = join(__dirname, 'neighbours.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

interface Outcome {
  threw: string[];
  results: string[];
  kept: boolean;
  changed: string[];
  warned: boolean;
}

const OPTIONS: Record<string, object> = {
  'inject()': {},
  fetchIntermediates: { fetchIntermediates: true, cacheDirectory: false },
  revocation: { revocation: 'soft-fail', cacheDirectory: false },
  childProcesses: { childProcesses: true, workers: false, watch: true },
};

for (const [name, options] of Object.entries(OPTIONS)) {
  void test(`neighbours of every kind are left as they are (${name})`, async (t) => {
    const root = await createRoot();
    const { url } = await startServer(t, await createLeaf(root));
    const { fingerprint256: fingerprint } = new X509Certificate(root.pem);
    const { pem: other } = await createRoot();
    const input = { url, root: root.pem, other, fingerprint, options };
    const { result } = await runScenario<Record<string, Outcome>>(SCENARIOS, 'neighbours', {
      input,
      timeoutMs: 120_000,
    });
    assert.equal(Object.keys(result).length, 22);
    // A wrapper passes calls on. A locked object can be made to forget its state, and does no harm if it comes too late
    // to be used.
    const verifies = 'cacheDirectory' in options;
    const reached = verifies ? /^(wrapper|locked.*, after)/ : /^(wrapper|locked)/;
    for (const [neighbour, { warned, ...outcome }] of Object.entries(result)) {
      assert.deepEqual(
        outcome,
        { threw: [], results: ['ok', REFUSED, REFUSED], kept: true, changed: [] },
        neighbour,
      );
      if (!reached.test(neighbour)) assert.ok(warned, `${neighbour} is warned of`);
    }
  });
}

void test('the variable of grpc-js is named where its file lacks what the machine trusts', async (t) => {
  const root = await createRoot();
  const other = await createRoot();
  const directory = temporaryDirectory(t);
  const run = async (pem: string): Promise<string[]> => {
    const file = writeFile(directory, `${String(pem.length)}.pem`, pem);
    const { result } = await runScenario<string[]>(SCENARIOS, 'grpcRoots', {
      env: { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: file },
      input: { root: root.pem },
    });
    return result;
  };
  const [lacking, holding] = await Promise.all([run(other.pem), run(other.pem + root.pem)]);
  assert.equal(lacking.length, 1, 'it is said once');
  assert.match(
    lacking[0]!,
    /^GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=\S+ is in the way: .* one CA more\./,
  );
  assert.deepEqual(holding, [], 'such a file is not in the way');
});
