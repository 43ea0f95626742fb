/**
 * Installs a folder's package-lock.json if it is not installed yet. This keeps large tools out of the package's own
 * development dependencies, while a lockfile still pins their bytes.
 *
 *   node native/prebuild/install-pinned.mjs FOLDER
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Missing } from './missing.mjs';

/** Only the download can fail, because no script runs and the lockfile fixes every byte. */
const attempts = 3;

export function installPinned(folder) {
  const wanted = readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const stamp = path.join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // --force: npm would refuse packages for another architecture or libc, which run in qemu for example.
  const flags = ['--force', '--ignore-scripts', '--no-bin-links', '--no-audit', '--no-fund'];
  for (let left = attempts - 1; ; left -= 1) {
    const { status, error } = spawnSync('npm', ['ci', ...flags, '--loglevel=error'], {
      cwd: folder,
      // npm reports to stdout, which belongs to the program that needs the tools.
      stdio: ['ignore', 2, 'inherit'],
      shell: process.platform === 'win32',
    });
    if (status === 0) break;
    if (left === 0) throw new Missing(`npm ci in ${folder} ended with ${status ?? error}`);
    console.error(`npm ci in ${folder} ended with ${status}; once more, should it be the network`);
  }
  writeFileSync(stamp, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installPinned(process.argv[2]);
