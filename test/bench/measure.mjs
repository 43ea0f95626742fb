/**
 * Runs fresh processes in turns, round after round, so that other load on the machine affects all alike.
 */
import { spawnSync } from 'node:child_process';

import { testEnvironment } from '../tools/environment.mjs';

/** Variables that move the store or change what Node loads at start-up. */
const removed = /^(NODE_|SSL_CERT_|OS_TRUSTSTORE_)/;

export function benchEnvironment(extra = {}) {
  const kept = Object.entries(testEnvironment()).filter(([name]) => !removed.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** A contender prints JSON unless it has a `parse`, which also gets the milliseconds from start to exit. */
function runOnce({ name, command, env, parse = JSON.parse, prepare, timeout }) {
  prepare?.();
  const [file, ...args] = command;
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    env: benchEnvironment(env),
    encoding: 'utf8',
    timeout,
    maxBuffer: 1 << 26,
  });
  const ms = performance.now() - started;
  if (error || status !== 0) {
    throw new Error(`${name} failed (${String(status)}): ${error?.message ?? stderr}`);
  }
  return parse(stdout, ms);
}

export function summarize(values) {
  const sorted = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  return {
    min: sorted[0],
    median: sorted[Math.floor(sorted.length / 2)],
    max: sorted[sorted.length - 1],
    runs: sorted.length,
  };
}

/**
 * @param contenders `{ name, command, env, parse?, prepare?, timeout? }`; `prepare` runs before each process and is not
 *   measured
 * @returns for each name the results of its processes, one after the other
 */
export function sample(contenders, rounds) {
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  // The first process of each is not counted, because it pays for cold disk caches.
  for (const contender of contenders) runOnce(contender);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) samples[contender.name].push(runOnce(contender));
  }
  return samples;
}

/** Reduces one name's results of `sample()` to min, median and max of each figure. */
export const summarizeFigures = (found) =>
  Object.fromEntries(
    Object.keys(found[0]).map((key) => [key, summarize(found.map((one) => one[key]))]),
  );

/** Like `sample()`, reduced to min, median and max of each figure for each name. */
export const measure = (contenders, rounds) =>
  Object.fromEntries(
    Object.entries(sample(contenders, rounds)).map(([name, found]) => [
      name,
      summarizeFigures(found),
    ]),
  );
