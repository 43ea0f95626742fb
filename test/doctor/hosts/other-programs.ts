/**
 * Roots that only another program on the machine has.
 */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

import { makeJks } from '../../helpers/jks.js';
import { makeChain } from '../pki-set.js';
import { identity, nginx } from '../servers.js';
import type { Setup } from '../setups.js';

export const otherProgramSetups: readonly Setup[] = [
  {
    name: 'a root that only Java on this machine trusts',
    expected: 'untrusted-root',
    cures: ['fix'],
    says: /Java \(\S+cacerts\) on this machine trusts “Javanese Root”/,
    mended: 'user-only-root',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Javanese');
      mkdirSync(bench.path('jdk/lib/security'), { recursive: true });
      writeFileSync(bench.path('jdk/lib/security/cacerts'), makeJks(root.der));
      bench.env['JAVA_HOME'] = bench.path('jdk');
      const { port } = await nginx(bench, identity(leaf, intermediate, root));
      const digits = new X509Certificate(root.pem).fingerprint256.replaceAll(':', '');
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        answer: digits,
      };
    },
  },
];
