/**
 * Builds the addon from source with node-gyp into build/Release. It is silent on success; on failure it shows what the
 * compiler said and what to do about it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Returns where this Node keeps its headers, if it has them: then nothing needs to be downloaded. */
function installedHeaders() {
  const binDirectory = path.dirname(process.execPath);
  return [path.dirname(binDirectory), binDirectory].find((prefix) =>
    existsSync(path.join(prefix, 'include/node/node_api.h')),
  );
}

/** Headers for node-gyp: npm's `nodedir` if configured, else this Node's own, else a download. */
export function headerDirectory() {
  return process.env.npm_config_nodedir ?? installedHeaders();
}

function build(args) {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const headers = headerDirectory();
  const flags = headers === undefined ? [] : [`--nodedir=${headers}`];
  const command = [nodeGyp, 'configure', 'build', '--jobs=max', ...flags, ...args];
  const result = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const output = `${result.stdout}${result.stderr}`;
  if (result.status === 0) {
    // Only warnings about our own sources matter, and only to people who change them.
    const warnings = output.split('\n').filter((line) => /^\.\.\/native\/.*warning:/.test(line));
    if (warnings.length > 0) console.error(warnings.join('\n'));
    return;
  }
  console.error(result.error === undefined ? output : String(result.error));
  console.error(
    'The addon of os-truststore did not build. It needs Python 3, make and a C++17 compiler (Debian and Ubuntu: ' +
      'build-essential python3; macOS: xcode-select --install; Windows: Visual Studio Build Tools with C++).',
  );
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(process.argv.slice(2));
