/**
 * Builds the test driver (test/native/driver.cc) with node-gyp; later runs compile only what changed.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { headerDirectory } from '../../native/build.mjs';
import { root } from '../../native/prebuild/gyp-sources.mjs';

const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const headers = headerDirectory();
const command = [
  nodeGyp,
  'configure',
  'build',
  '--jobs=max',
  `--directory=${path.join(root, 'test/native')}`,
  ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
];
const result = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
if (result.status !== 0) {
  console.error(`${result.stdout}${result.stderr}${result.error ?? ''}`);
  console.error('The test driver did not build; see above.');
  process.exitCode = 1;
}
