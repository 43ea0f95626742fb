/**
 * Debian's own store, with its own tool: cures that change files of the system. bwrap(1) shows a copy of them.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench } from '../bench.js';
import { makeChain } from '../pki-set.js';
import { identity, nginx } from '../servers.js';
import type { Setup } from '../setups.js';

/** Lays a store of these roots as the package ca-certificates does, and makes its bundle. */
async function layDebian(
  bench: Bench,
  lines: string,
  roots: Record<string, string>,
): Promise<void> {
  const [etc, shared, local] = ['etc', 'shared', 'local'].map((name) => bench.path(name));
  if (etc === undefined || shared === undefined || local === undefined) return;
  for (const path of [join(shared, 'mozilla'), local, join(etc, 'ssl/certs')]) {
    mkdirSync(path, { recursive: true });
  }
  const kept = readdirSync('/etc').filter(
    (name) => !/^(?:ssl|ca-certificates|shadow|gshadow)/.test(name),
  );
  for (const name of kept) cpSync(join('/etc', name), join(etc, name), { recursive: true });
  for (const [name, pem] of Object.entries(roots)) {
    writeFileSync(join(shared, 'mozilla', `${name}.crt`), pem);
  }
  writeFileSync(join(etc, 'ca-certificates.conf'), lines);
  bench.overlay({
    '/etc': etc,
    '/usr/share/ca-certificates': shared,
    '/usr/local/share/ca-certificates': local,
  });
  for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR']) bench.env[name] = undefined;
  await bench.shell('update-ca-certificates');
}

export const distributionSetups: readonly Setup[] = [
  {
    name: 'a root that Debian’s administrator deselected',
    expected: 'distrusted',
    cures: ['command'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Deselected');
      const other = await makeChain('Selected');
      const roots = { Deselected_Root: root.pem, Selected_Root: other.root.pem };
      const lines = '!mozilla/Deselected_Root.crt\nmozilla/Selected_Root.crt\n';
      await layDebian(bench, lines, roots);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { target: `localhost:${port}`, client: { port, inject: true } };
    },
  },
  {
    name: 'a root that Debian does not have',
    expected: 'untrusted-root',
    cures: ['command', 'other-person'],
    who: 'administrator',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Added');
      const other = await makeChain('Present');
      await layDebian(bench, 'mozilla/Present_Root.crt\n', { Present_Root: other.root.pem });
      const { port } = await nginx(bench, identity(leaf, intermediate, root));
      bench.file('corp.pem', root.pem);
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        fill: { ROOT: 'corp' },
        // Its administrator gives the root, which the command adds.
        byPeople: async () => {
          await bench.shell('cp corp.pem /usr/local/share/ca-certificates/corp.crt');
          await bench.shell('update-ca-certificates');
          return undefined;
        },
      };
    },
  },
];
