import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { Certificate } from '../../dist/certificate/certificate.js';
import { saveFix } from '../../dist/explain/fix.js';
import { mayIssue } from '../../dist/explain/may-issue.js';
import { createCertificate } from '../helpers/pki.js';
import type { CertificateSpec } from '../helpers/pki.js';
import { temporaryDirectory } from './loopback.js';

const elsewhere = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the user’s directory is named by other variables'
      : false,
};

test('a root is never saved as an intermediate, whatever its source', elsewhere, async (t) => {
  const home = temporaryDirectory(t);
  const env = { XDG_CONFIG_HOME: join(home, 'config') };
  const root = await createCertificate({ commonName: 'Root' });
  const intermediate = await createCertificate({ commonName: 'Issuing CA', issuer: root });
  const fix = { kind: 'intermediate', certificates: [intermediate.pem, root.pem] } as const;
  assert.throws(() => saveFix({ ...fix, certificates: [...fix.certificates] }, env), {
    code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
  });
  assert.throws(() => statSync(join(home, 'config')), { code: 'ENOENT' });
});

test(
  'certificates are saved under names of their own, readable by their user',
  elsewhere,
  async (t) => {
    const env = { XDG_CONFIG_HOME: temporaryDirectory(t) };
    const root = await createCertificate({ commonName: 'Root' });
    const names = ['../../etc/evil', 'Ünïcode', '...', 'x'.repeat(200)];
    for (const commonName of names) {
      const certificate = await createCertificate({ commonName, issuer: root });
      const [path = ''] = saveFix({ kind: 'intermediate', certificates: [certificate.pem] }, env);
      assert.equal(dirname(path), join(env.XDG_CONFIG_HOME, 'os-truststore', 'certs'));
      assert.match(path, /\/[a-z0-9-]{1,50}\.pem$/);
      assert.equal(readFileSync(path, 'utf8'), certificate.pem);
    }
    const directory = join(env.XDG_CONFIG_HOME, 'os-truststore', 'certs');
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  },
);

test('what OpenSSL lets issue others is told from a certificate of a server alone, CA:TRUE or not', async () => {
  const cases: [Partial<CertificateSpec>, boolean][] = [
    [{}, true],
    [{ omitBasicConstraints: true }, true], // keyCertSign
    [{ ca: false }, false],
    [{ omitBasicConstraints: true, keyUsage: 1 }, false],
  ];
  for (const [spec, expected] of cases) {
    const { pem } = await createCertificate({ commonName: 'localhost', ...spec });
    assert.equal(mayIssue(new Certificate(pem)), expected, JSON.stringify(spec));
    // `openssl x509 -purpose` asks the same function.
    const { stdout } = spawnSync('openssl', ['x509', '-noout', '-purpose'], { input: pem });
    const openssl = /^SSL server CA : Yes/m.test(String(stdout));
    if (stdout !== null) assert.equal(openssl, expected, String(stdout));
  }
});
