/**
 * Builds one of the binaries again from a copy of the sources in another folder, and fails unless the bytes are the
 * same.
 *
 *   node native/prebuild/reproduce.mjs [x64]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './gyp-sources.mjs';

const arch = process.argv[2] ?? 'x64';
const addon = path.join('prebuilds', `linux-${arch}`, 'os-truststore.node');

/** Installed and built files are not copied, because the tools are the same ones. */
const isSource = (file) => !/(^|[\\/])(node_modules|build|dist|dist-test)$/.test(file);

const copy = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'os-truststore-reproduce-')));
try {
  for (const name of ['binding.gyp', 'package.json', 'native']) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter: isSource });
  }
  for (const folder of ['node_modules', 'native/prebuild/node_modules']) {
    symlinkSync(realpathSync(path.join(root, folder)), path.join(copy, folder));
  }
  execFileSync(process.execPath, ['native/prebuild/build-linux.mjs', arch], {
    cwd: copy,
    stdio: 'inherit',
  });
  const hash = (folder) =>
    createHash('sha256')
      .update(readFileSync(path.join(folder, addon)))
      .digest('hex');
  const [first, second] = [hash(root), hash(copy)];
  if (first !== second) throw new Error(`${addon}: ${first} here, ${second} in another folder`);
  console.log(`${addon}: the same bytes again, ${first}`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
