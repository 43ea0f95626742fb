import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { writeCertificates } from './native-certificates';
import { Prefix, setup, windowsPath } from './wine';

describe('the Windows backend, natively', () => {
  it('passes its own tests: ownership, cancelling, failures, policy, watching, verifying', async () => {
    const prefix = new Prefix();
    try {
      const directory = await writeCertificates();
      const { code, output } = await prefix.run(setup.nativeTests, [windowsPath(directory)]);
      const lines = output.split(/\r?\n/);
      assert.equal(code, 0, output);
      assert.equal(lines.filter((line) => line.startsWith('ok ')).length, 29, output);
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
