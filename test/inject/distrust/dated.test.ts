/**
 * A root that the machine distrusts from a date on, in every way to connect: the date of the server's certificate
 * decides, unless there is another path. Firefox has the same rule: isDistrustedCertificateChain() in
 * NSSCertDBTrustDomain.cpp.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';

import type { TestCertificate } from '../../helpers/pki.js';
import { distroless, p11KitObject, RootTree } from '../../helpers/roots.js';
import { createLeaf, createRoot, runScenario, startServer } from '../harness.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'trees of files are the store of Linux and other Unix systems alone';

const SCENARIOS = join(__dirname, 'dated.scenarios.js');
const DATE = new Date('2024-06-30T23:59:59Z');
const LATER = new Date('2024-07-01T00:00:00Z');

void test(
  'a dated root is refused for what begins later, unless another chain leads to a trusted root',
  { skip },
  async (t) => {
    const D = await createRoot();
    const X = await createRoot();
    const I = await createRoot({ commonName: 'Issued CA', issuer: D });
    const Dx = await createRoot({
      commonName: D.certificate.subject.replace('CN=', ''),
      issuer: X,
      keys: D.keys,
    });
    const older = { validFrom: DATE };
    const younger = { validFrom: LATER };
    const rows: Record<
      string,
      [outcome: string, leaf: TestCertificate, ...sent: TestCertificate[]]
    > = {
      younger: ['CERT_REJECTED', await createLeaf(I, younger), I],
      'as old as the date': ['ok', await createLeaf(I, older), I],
      'younger, the root is sent': ['CERT_REJECTED', await createLeaf(I, younger), I, D],
      'younger, another path is sent': ['ok', await createLeaf(I, younger), I, Dx],
      'younger, of the root itself': ['CERT_REJECTED', await createLeaf(D, younger)],
      'older, of the root itself': ['ok', await createLeaf(D, older)],
      'younger, of another root': ['ok', await createLeaf(X, younger)],
    };
    const urls: Record<string, string> = {};
    const expected: Record<string, string[]> = {};
    for (const [name, [outcome, leaf, ...sent]] of Object.entries(rows)) {
      urls[name] = (await startServer(t, leaf, sent)).url;
      expected[name] = Array<string>(9).fill(outcome);
    }
    const tree = new RootTree('dated');
    t.after(() => {
      tree.remove();
    });
    distroless(tree, { D, X });
    const path = '/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit';
    const attributes = { trusted: 'true', 'nss-server-distrust-after': '"240630235959Z"' };
    tree.file(path, p11KitObject(attributes, D.pem));
    const run = async (scenario: string, names: string[]): Promise<Record<string, string[]>> => {
      const asked = Object.fromEntries(names.map((name) => [name, urls[name]]));
      const input = { root: tree.path, urls: asked };
      return (await runScenario<Record<string, string[]>>(SCENARIOS, scenario, { input })).result;
    };
    const [answers, said] = await Promise.all([
      run('everyWay', Object.keys(urls)),
      run('explained', ['younger', 'as old as the date']),
    ]);
    assert.deepEqual(answers, expected);
    const { subject, serialNumber } = new X509Certificate(D.pem);
    const name = subject.replace('CN=', '');
    assert.deepEqual(said.younger, [
      'false',
      'distrusted',
      `The system distrusts “${name}” (serial number ${serialNumber}, in ${path}), for certificates that begin after 2024-06-30, as this server’s does (2024-07-01), and no other chain leads from the server to a trusted CA.`,
      'That was decided on purpose: ask the server’s owner for a certificate from another CA. If it is a mistake, ask the administrator of this machine.',
    ]);
    assert.equal(said['as old as the date']?.[0], 'true');
  },
);
