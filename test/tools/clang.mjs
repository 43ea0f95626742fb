/**
 * Builds C++ programs with clang and sanitizers, outside node-gyp: for fuzzing and for the sanitized test driver.
 */
import { spawnSync } from 'node:child_process';
import { Missing } from '../../native/prebuild/missing.mjs';
import { compileAll, run } from '../../native/prebuild/processes.mjs';

const major = 19;

/**
 * Returns the compiler, or throws an error that says what to install, because a check that cannot run has not passed.
 */
export function findClang() {
  for (const command of [process.env.CLANGXX, `clang++-${major}`, 'clang++']) {
    if (command === undefined) continue;
    if (spawnSync(command, ['--version']).status === 0) return command;
  }
  throw new Missing(
    `clang++ not found: apt install clang-${major} libclang-rt-${major}-dev, or set CLANGXX`,
  );
}

export const sanitizerFlags = [
  '-std=c++17',
  '-g',
  '-O1',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
];

export function compile(clang, sources, flags, directory) {
  return compileAll([clang], sources, directory, () => flags);
}

export async function link(clang, objects, flags, program) {
  await run(clang, [...flags, ...objects, '-o', program]);
  return program;
}
