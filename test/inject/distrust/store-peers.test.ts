/**
 * Certificates in the system's store without basic constraints for a CA are trusted as themselves, or as a CA by key
 * usage.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';
// Imported after the helpers, which load what it needs.
// @peculiar/x509 needs this first.
import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';

import type { CertificateSpec, TestCertificate } from '../../helpers/pki.js';
import { createLeaf, runScenario, startServer, temporaryDirectory, writeFile } from '../harness.js';
import type { Outcomes, Served } from './store-peers.scenarios.js';

const SCENARIOS = join(__dirname, 'store-peers.scenarios.js');

const specs: Record<string, Partial<CertificateSpec>> = {
  'CA:FALSE': {},
  'CA:FALSE, yet keyCertSign': {
    keyUsage: KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature,
  },
  'no extension says what it is': { omitBasicConstraints: true },
  'key usage without keyCertSign': {
    omitBasicConstraints: true,
    keyUsage: KeyUsageFlags.digitalSignature,
  },
  'CA:TRUE without keyCertSign': { ca: true, keyUsage: KeyUsageFlags.digitalSignature },
  'key usage with keyCertSign': {
    omitBasicConstraints: true,
    keyUsage: KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature,
  },
};
const certificates: Record<string, TestCertificate> = {};

before(async () => {
  for (const [name, spec] of Object.entries(specs)) {
    certificates[name] = await createLeaf(undefined, { commonName: name, ...spec });
  }
});

/** Makes a store in a directory, as Debian's is. */
function storeOf(t: TestContext): Record<string, string> {
  const directory = temporaryDirectory(t);
  Object.values(certificates).forEach(({ pem }, index) => {
    writeFile(directory, `${String(index)}.pem`, pem);
  });
  return { SSL_CERT_DIR: directory, SSL_CERT_FILE: writeFile(directory, 'file.crt', '') };
}

void test('a self-signed certificate of the store is trusted as itself, and issues only as a CA by the rule of OpenSSL', async (t) => {
  const servers: Served[] = [];
  for (const [name, certificate] of Object.entries(certificates)) {
    const { url } = await startServer(t, certificate);
    const issued = await createLeaf(certificate);
    const { url: issuedUrl } = await startServer(t, issued, [certificate]);
    servers.push({ name, url }, { name: `issued by: ${name}`, url: issuedUrl });
  }
  const ders = Object.values(certificates).map(({ der }) => der.toString('base64'));
  const { result } = await runScenario<Outcomes>(SCENARIOS, 'outcomes', {
    env: storeOf(t),
    input: { servers, ders },
  });
  for (const name of Object.keys(specs)) {
    assert.deepEqual(result.answers[name], ['ok', 'ok', 'ok', 'ok'], name);
    const answers = result.answers[`issued by: ${name}`]?.map((code) => code === 'ok');
    const isCA = name === 'key usage with keyCertSign';
    assert.deepEqual(answers, [isCA, isCA, isCA, isCA], `issued by: ${name}`);
  }
  const everywhere = { skipped: 'none', system: true, trusted: true, injected: true };
  assert.deepEqual(
    result.lists,
    ders.map((_, index) => ({ role: index === 5 ? 'anchor' : 'leaf', ...everywhere })),
  );
});

void test('the store and the user get one judgement of the same certificates', () => {
  const { loadBinding, wholePolicy } =
    require('../../../dist/addon/load-binding.js') as typeof import('../../../dist/addon/load-binding.js');
  const roles = Object.values(certificates).map(({ der }) => {
    const [facts] = loadBinding().parse(der, wholePolicy()).certificates;
    assert.equal(facts?.skipped, undefined, new X509Certificate(der).subject);
    return facts?.role;
  });
  assert.deepEqual(roles, ['leaf', 'leaf', 'leaf', 'leaf', 'leaf', 'anchor']);
});
