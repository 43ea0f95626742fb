/**
 * Formats the C++ sources; with --check fails and names those that are not formatted. Requires CI's version, because
 * versions of clang-format disagree.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { Missing } from '../../native/prebuild/missing.mjs';

const major = 19;

function formatter() {
  for (const command of [process.env.CLANG_FORMAT, `clang-format-${major}`, 'clang-format']) {
    if (command === undefined) continue;
    const version = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    if (version.includes(`version ${major}.`)) return command;
  }
  throw new Missing(
    `clang-format ${major} not found: apt install clang-format-${major}, or set CLANG_FORMAT`,
  );
}

const listed = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.cc', '*.h', '*.mm'],
  { encoding: 'utf8' },
);
const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { encoding: 'utf8' });
const gone = new Set(deleted.split('\0'));
const files = listed.split('\0').filter((file) => file !== '' && !gone.has(file));
if (files.length === 0) throw new Error('no C++ sources found');

const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const result = spawnSync(formatter(), ['--style=file', ...mode, ...files], { stdio: 'inherit' });
process.exitCode = result.status ?? 1;
