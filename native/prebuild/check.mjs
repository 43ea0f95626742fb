/**
 * Checks the files of prebuilds/: none is missing or extra, each is what its name says, needs nothing that a supported
 * system lacks and exports only the two entry points, and all of them together stay small.
 *
 *   node native/prebuild/check.mjs [--present] [folder]       --present: checks only the files that are there
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { glibcFloor } from './build-linux.mjs';
import { installPinned } from './install-pinned.mjs';
import { linuxAddonProblems } from './linux-elf.mjs';
import { addonProblems as macosAddonProblems } from './mach-o.mjs';
import { addonProblems as windowsAddonProblems } from './windows-pe.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const budgetBytes = 3 * 1024 * 1024;
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** The symbols of Node-API 8 and nothing newer, because Node 18 has no more. */
function nodeApiSymbols() {
  installPinned(here);
  const { symbols } = createRequire(import.meta.url)('node-api-headers');
  return new Set([...symbols.v8.node_api_symbols, ...symbols.v8.js_native_api_symbols]);
}

const linux = (arch) => (bytes, nodeApi) =>
  linuxAddonProblems(bytes, { arch, glibcCeiling: glibcFloor, entryPoints, nodeApi });

/** The names node-gyp-build looks for. */
const checks = {
  'darwin-x64+arm64/os-truststore.node': macosAddonProblems,
  'linux-arm64/os-truststore.node': linux('arm64'),
  'linux-x64/os-truststore.node': linux('x64'),
  'win32-arm64/os-truststore.node': (bytes) => windowsAddonProblems(bytes, 'arm64'),
  'win32-x64/os-truststore.node': (bytes) => windowsAddonProblems(bytes, 'x64'),
};

function presentFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.gitkeep')
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((file) => file.replaceAll(path.sep, '/'));
}

function problemsOf(bytes, check, nodeApi) {
  try {
    return check(bytes, nodeApi);
  } catch (error) {
    return [error.message];
  }
}

function main() {
  const { values, positionals } = parseArgs({
    options: { present: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const folder = path.resolve(positionals[0] ?? path.join(here, '../../prebuilds'));
  const nodeApi = nodeApiSymbols();
  const found = existsSync(folder) ? presentFiles(folder) : [];
  const problems = found.filter((file) => !(file in checks)).map((file) => `${file}: not expected`);
  let total = 0;
  for (const [file, check] of Object.entries(checks)) {
    if (!found.includes(file)) {
      if (!values.present) problems.push(`${file}: missing`);
      continue;
    }
    const bytes = readFileSync(path.join(folder, file));
    total += bytes.length;
    problems.push(...problemsOf(bytes, check, nodeApi).map((problem) => `${file}: ${problem}`));
    const hash = createHash('sha256').update(bytes).digest('hex');
    console.log(`${hash}  ${String(bytes.length).padStart(7)}  ${file}`);
  }
  if (total > budgetBytes) problems.push(`${total} bytes together; the budget is ${budgetBytes}`);
  for (const problem of problems) console.error(`problem: ${problem}`);
  console.log(`prebuilds: ${found.length} files, ${total} bytes, ${problems.length} problems`);
  process.exitCode = problems.length > 0 || found.length === 0 ? 1 : 0;
}

main();
