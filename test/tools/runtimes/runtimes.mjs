/**
 * Installs every runtime the package is tested in, as npm packages: the lockfile beside this file pins their bytes, and
 * no system-wide installation is needed. They take about 1.9 GB, so only `npm run test:matrix` installs them.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../../native/prebuild/install-pinned.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));

const binary = (name, file) => path.join(folder, 'node_modules', name, file);

/** Node lines on this architecture, oldest first. TLS defaults gained functions in the three versions in between. */
export const nodeVersions = ['18', '20', '22.12', '22.15', '22', '24.4', '24', '26'];

export const runtimes = {
  ...Object.fromEntries(nodeVersions.map((v) => [`node-${v}`, binary(`node-${v}`, 'bin/node')])),
  'node-24-arm64': binary('node-24-arm64', 'bin/node'),
  bun: binary('bun', 'bin/bun'),
  'bun-musl': binary('bun-musl', 'bin/bun'),
  deno: binary('deno', 'deno'),
};

/** Returns the paths of `runtimes`, installing missing ones first. */
export function installRuntimes() {
  installPinned(folder);
  const missing = Object.values(runtimes).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`runtimes not installed: ${missing.join(', ')}`);
  return runtimes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, file] of Object.entries(installRuntimes())) console.log(`${name}\t${file}`);
}
