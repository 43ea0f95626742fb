/**
 * Fresh processes, contender after contender, round after round, so that whatever else the machine does hits all alike.
 */
import { spawnSync } from 'node:child_process';

/** Variables that move the store or change what Node loads at start-up. */
const removed = /^(NODE_|SSL_CERT_|OS_TRUSTSTORE_)/;

export function benchEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !removed.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** What a contender prints is JSON unless its `parse` says otherwise. */
function runOnce({ name, command, env, parse = JSON.parse, prepare }) {
  prepare?.();
  const [file, ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    env: benchEnvironment(env),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error || status !== 0) {
    throw new Error(`${name} failed (${String(status)}): ${error?.message ?? stderr}`);
  }
  return parse(stdout);
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
 * @param contenders `{ name, command, env, parse?, prepare? }`; `prepare` runs before each process and is not measured
 * @returns for each name, for each figure: min, median, max
 */
export function measure(contenders, rounds) {
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  // The first process of each pays for cold disk caches; it is not counted.
  for (const contender of contenders) runOnce(contender);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) samples.get(contender.name).push(runOnce(contender));
  }
  return Object.fromEntries(
    [...samples].map(([name, figures]) => [
      name,
      Object.fromEntries(
        Object.keys(figures[0]).map((key) => [key, summarize(figures.map((one) => one[key]))]),
      ),
    ]),
  );
}
