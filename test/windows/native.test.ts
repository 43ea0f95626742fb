import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { createCertificate } from '../helpers/pki';
import { Prefix, setup, windowsPath } from './wine';

/** What test/native/windows asks for by name. */
async function writeCertificates(): Promise<string> {
  const directory = mkdtempSync(path.join(setup.scratch, 'certificates-'));
  for (const name of [
    'root',
    'other',
    'user',
    'programme',
    'disallowed',
    'intermediate',
    'person',
  ]) {
    const { der } = await createCertificate({ commonName: name, ca: name !== 'person' });
    writeFileSync(path.join(directory, `${name}.der`), der);
  }
  return directory;
}

describe('the Windows backend, natively', () => {
  it('passes its own tests: ownership, cancelling, failures, policy, watching', async () => {
    const prefix = new Prefix();
    try {
      const directory = await writeCertificates();
      const { code, output } = await prefix.run(setup.nativeTests, [windowsPath(directory)]);
      const lines = output.split(/\r?\n/);
      assert.equal(code, 0, output);
      assert.equal(lines.filter((line) => line.startsWith('ok ')).length, 16, output);
      assert.deepEqual(
        lines.filter((line) => line.startsWith('FAILED')),
        [],
      );
    } finally {
      prefix.remove();
    }
  });

  it('refuses Windows 7 and says so', async () => {
    const prefix = new Prefix();
    try {
      assert.match(
        (await prefix.run(setup.nativeTests, ['--read'])).output,
        /^[1-9]\d* certificates\s*$/,
      );
      await prefix.run('winecfg', ['-v', 'win7']);
      const { output } = await prefix.run(setup.nativeTests, ['--read']);
      assert.match(output, /^0 certificates\s+unsupported: Windows 10 or Windows Server 2016 is/);
    } finally {
      prefix.remove();
    }
  });
});
