/**
 * Builds set-ups whose server is mended by its owner, and others that most set-ups need.
 */
import { strict as assert } from 'node:assert';

import type { Bench } from '../bench.js';
import { makeChain } from '../pki-set.js';
import type { Chain } from '../pki-set.js';
import { nginx } from '../servers.js';
import type { Identity } from '../servers.js';
import type { Broken } from '../setups.js';

interface Served {
  identity: Identity;
  settings?: string;
}

/** A server that uses `first` until its owner has done what the remedy says. */
export async function ownedServer(
  bench: Bench,
  first: Served,
  mended: () => Promise<Served> | Served,
): Promise<Broken> {
  const server = await nginx(bench, first.identity, first.settings);
  return {
    target: `localhost:${String(server.port)}`,
    client: { port: server.port, inject: true },
    byPeople: async () => {
      const { identity, settings } = await mended();
      await server.change(identity, settings);
      return undefined;
    },
  };
}

/** A chain whose root the system has. */
export async function trustedChain(bench: Bench, name: string): Promise<Chain> {
  const chain = await makeChain(name);
  bench.system(chain.root.pem);
  return chain;
}

/** The path that a remedy names after these words. */
export function pathAfter(words: RegExp, remedy: string): string {
  const [path = ''] = /\/[^\s,;]*[^\s,;.]/.exec(remedy.slice(remedy.search(words))) ?? [];
  assert.ok(words.test(remedy) && path !== '', `no path after ${String(words)}: ${remedy}`);
  return path;
}
