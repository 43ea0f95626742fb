/**
 * Machines inside others, whose store is not the one that people think of. bwrap(1) shows them other files.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Bench, ClientOptions } from '../bench.js';
import type { MachineSetup } from '../machines.js';
import { makeChain } from '../pki-set.js';
import { identity, nginx } from '../servers.js';

/** A program that fails until it trusts what the host's bundle holds. */
async function guest(bench: Bench): Promise<{ client: ClientOptions; bundle: string }> {
  const { root, intermediate, leaf } = await makeChain('Host');
  const other = await makeChain('Guest');
  bench.system(other.root.pem);
  const { port } = await nginx(bench, identity(leaf, intermediate));
  return { client: { port, inject: true }, bundle: bench.file('host.pem', root.pem) };
}

/** Lays files below a directory of the bench. */
function lay(bench: Bench, name: string, files: Record<string, string>): string {
  const directory = bench.path(name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

export const surroundingSetups: readonly MachineSetup[] = [
  {
    name: 'a container that does not have the host’s CA',
    expected: 'container',
    cures: ['variable'],
    build: async (bench) => {
      const { client, bundle } = await guest(bench);
      bench.env['container'] = 'lxc';
      return { client, stays: true, fill: { 'BUNDLE.pem': bundle }, forOthers: /env dockerfile/ };
    },
  },
  {
    name: 'Linux under Windows, which does not have the CA of Windows',
    expected: 'wsl',
    cures: ['variable'],
    build: async (bench) => {
      const { client, bundle } = await guest(bench);
      const release = bench.file('osrelease', '5.15.153.1-microsoft-standard-WSL2\n');
      const mnt = bench.path('mnt');
      mkdirSync(join(mnt, 'c/Users/Public'), { recursive: true });
      cpSync(bundle, join(mnt, 'c/Users/Public/windows.pem'));
      bench.overlay({ '/proc/sys/kernel/osrelease': release, '/mnt': mnt });
      // The export runs on Windows.
      return { client, stays: true, forOthers: /C:\\/ };
    },
  },
  {
    name: 'a Flatpak with the host’s files, which does not read them',
    expected: 'sandbox',
    cures: ['variable'],
    build: async (bench) => {
      const { client, bundle } = await guest(bench);
      const host = lay(bench, 'run/host', {});
      mkdirSync(join(host, 'etc/ssl/certs'), { recursive: true });
      cpSync(bundle, join(host, 'etc/ssl/certs/ca-certificates.crt'));
      bench.overlay({
        '/.flatpak-info': bench.file('flatpak-info', '[Application]\n'),
        '/run': bench.path('run'),
      });
      return { client };
    },
  },
];
