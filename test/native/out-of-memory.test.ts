/**
 * A read without memory must not end the process by its thread, and its remains must not pass for a complete store.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createCertificate } from '../helpers/pki.js';
import { RootTree, debian, p11KitName } from '../helpers/roots.js';
import { starve } from './driver.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'the driver reads Linux and other Unix systems';

test(
  'wherever memory runs out, the read ends with an error or with everything',
  { skip },
  async (t) => {
    const tree = new RootTree('memory');
    t.after(() => {
      tree.remove();
    });
    const [alpha, beta] = await Promise.all([
      createCertificate({ commonName: 'Alpha Root' }),
      createCertificate({ commonName: 'Beta Root' }),
    ]);
    const issued = await createCertificate({ commonName: 'Issued', issuer: alpha });
    debian(tree, { alpha, beta, issued }, { deselected: ['beta'] });
    tree.file('/etc/pki/ca-trust/source/blocklist/name.p11-kit', p11KitName(issued));
    const runs = starve(tree.path);
    assert.deepEqual(
      runs.map(({ type }) => type),
      ['read, once', 'judge, once', 'read, lasting', 'judge, lasting'],
    );
    for (const { type, failed, complete, uncalled } of runs) {
      assert.ok(failed > 5, `${type}: ${String(failed)} reads failed`);
      assert.ok(complete >= 1, `${type}: the last one has all it wants`);
      // Without memory the callback cannot be called either.
      if (type.endsWith('once')) {
        assert.ok(uncalled <= 1, `${type}: ${String(uncalled)} not called`);
      }
    }
  },
);
