/**
 * Builds every file of prebuilds/ on Linux; `npm run prebuild` calls it.
 *
 *   node native/prebuild/build.mjs [linux] [windows] [macos]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from './install-pinned.mjs';
import { Missing, needCommands } from './missing.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const systems = ['linux', 'windows', 'macos'];

/** npm brings all other tools. */
const macosTools = {
  'clang++-19': 'clang-19',
  'ld64.lld-19': 'lld-19',
  'llvm-lipo-19': 'llvm-19',
};

const names = process.argv.slice(2);
for (const name of names) {
  if (!systems.includes(name)) throw new Missing(`${name} is none of ${systems.join(', ')}`);
}
const chosen = names.length > 0 ? names : systems;
if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Missing('prebuilds are made on Linux on x64 only, for every system');
}
if (chosen.includes('macos')) needCommands(macosTools);
installPinned(folder);
for (const name of chosen) {
  const script = path.join(folder, `build-${name}.mjs`);
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) throw new Missing(`${path.basename(script)} failed`);
}
