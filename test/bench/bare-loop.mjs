/**
 * The yardstick: a C++ program that reads, decodes and deduplicates the same files and does nothing else, compiled by
 * whatever compiler this machine has.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('bare-loop.cc', import.meta.url));

/** The compiled program, or undefined where there is no compiler. */
export function compileBareLoop(folder) {
  const compilers = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter(Boolean);
  const compiler = compilers.find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) return undefined;
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, 'bare-loop');
  execFileSync(compiler, ['-O2', '-std=c++17', '-o', binary, source], { stdio: 'inherit' });
  return binary;
}
