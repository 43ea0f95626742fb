/**
 * Builds every file of prebuilds/ on Linux: what `npm run prebuild` does.
 *
 *   node native/prebuild/build.mjs [linux] [windows] [macos]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from './install-pinned.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const systems = ['linux', 'windows', 'macos'];

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (!systems.includes(name)) throw new Error(`${name} is none of ${systems.join(', ')}`);
}
installPinned(folder);
for (const name of chosen.length > 0 ? chosen : systems) {
  const script = path.join(folder, `build-${name}.mjs`);
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${path.basename(script)} failed`);
}
