/**
 * Builds C++ programs with clang and sanitizers, outside node-gyp: for fuzzing and for the sanitized test driver.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../native/prebuild/gyp-sources.mjs';

const major = 19;
const run = promisify(execFile);

/** The compiler, or an error that says what to install: a check that cannot run has not passed. */
export function findClang() {
  for (const command of [process.env.CLANGXX, `clang++-${major}`, 'clang++']) {
    if (command === undefined) continue;
    if (spawnSync(command, ['--version']).status === 0) return command;
  }
  throw new Error(
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

/** Compiles `sources` (relative to the project) into `directory`, one job a core; resolves to the objects. */
export async function compile(clang, sources, flags, directory) {
  mkdirSync(directory, { recursive: true });
  const waiting = sources.map((source) => ({
    source,
    object: path.join(directory, `${source.replaceAll(/[\\/]/g, '_')}.o`),
  }));
  const objects = waiting.map(({ object }) => object);
  const worker = async () => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
      await run(clang, [...flags, '-c', job.source, '-o', job.object], { cwd: root });
    }
  };
  await Promise.all(Array.from({ length: os.cpus().length }, worker));
  return objects;
}

export async function link(clang, objects, flags, program) {
  await run(clang, [...flags, ...objects, '-o', program], { cwd: root });
  return program;
}
