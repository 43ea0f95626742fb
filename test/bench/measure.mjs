/**
 * Fresh processes, contender after contender, round after round, so that whatever else the machine does hits all alike.
 */
import { spawnSync } from 'node:child_process';

import { testEnvironment } from '../tools/environment.mjs';

/** Variables that move the store or change what Node loads at start-up. */
const removed = /^(NODE_|SSL_CERT_|OS_TRUSTSTORE_)/;

export function benchEnvironment(extra = {}) {
  const kept = Object.entries(testEnvironment()).filter(([name]) => !removed.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** What a contender prints is JSON unless its `parse` says otherwise, which is told milliseconds from start to exit, too. */
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
 * @returns for each name what its processes found, one after the other
 */
export function sample(contenders, rounds) {
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  // The first process of each pays for cold disk caches; it is not counted.
  for (const contender of contenders) runOnce(contender);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) samples[contender.name].push(runOnce(contender));
  }
  return samples;
}

/** Of what `sample()` found of one name: min, median, max for each figure. */
export const summarizeFigures = (found) =>
  Object.fromEntries(
    Object.keys(found[0]).map((key) => [key, summarize(found.map((one) => one[key]))]),
  );

/** `sample()` for those who want no more than min, median, max for each name, for each figure. */
export const measure = (contenders, rounds) =>
  Object.fromEntries(
    Object.entries(sample(contenders, rounds)).map(([name, found]) => [
      name,
      summarizeFigures(found),
    ]),
  );
