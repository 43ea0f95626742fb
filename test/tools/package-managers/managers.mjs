/**
 * Installs every package manager that the packed tarball is tested with, as npm packages pinned by the lockfile beside
 * this file.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../../native/prebuild/install-pinned.mjs';
import { installRuntimes } from '../runtimes/runtimes.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const file = (...names) => path.join(folder, 'node_modules', ...names);

/** Returns the command of each, installing missing ones first. `node` runs those written in JavaScript. */
export function installManagers() {
  installPinned(folder);
  const { bun, 'node-24': node } = installRuntimes();
  return {
    'npm 10': [node, file('npm-10', 'bin/npm-cli.js')],
    'npm 11': [node, file('npm-11', 'bin/npm-cli.js')],
    'npm 12': [node, file('npm-12', 'bin/npm-cli.js')],
    'pnpm 10': [node, file('pnpm-10', 'bin/pnpm.cjs')],
    'pnpm 11': [node, file('pnpm-11', 'bin/pnpm.mjs')],
    'pnpm 12': [file('@pnpm/exe.linux-x64', 'pnpm')],
    'yarn 4': [node, file('@yarnpkg/cli-dist', 'bin/yarn.js')],
    bun: [bun],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installManagers();
