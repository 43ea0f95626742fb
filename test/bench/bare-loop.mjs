/**
 * Compiles the yardstick with this machine's compiler: a C++ program that only reads, decodes and deduplicates the same
 * files.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('bare-loop.cc', import.meta.url));

/** Returns the compiled program, or undefined where there is no compiler. */
export function compileBareLoop(folder) {
  const compilers = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter(Boolean);
  const compiler = compilers.find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) return undefined;
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, 'bare-loop');
  execFileSync(compiler, ['-O2', '-std=c++17', '-o', binary, source], { stdio: 'inherit' });
  return binary;
}
