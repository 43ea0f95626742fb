/**
 * Measures from inside processes that are not timed; test/bench/start.mjs preloads it before anything else. Prints one
 * JSON object after the program's own output.
 *
 * - `block`: milliseconds during which the event loop did not turn, from here until the answer. `first` is everything before
 *   its first turn (a preloaded register and the synchronous part of the program), `later` the longest of the gaps after it.
 * - `whole`: for the whole process, the peak memory in MiB and the processor time of all threads in milliseconds.
 */
'use strict';
const { readFileSync, writeSync } = require('node:fs');

/**
 * Counts this program alone: getrusage() includes what the process shared with its parent before it loaded the program.
 */
function peakMemory() {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

function watchBlocks() {
  const gaps = { first: 0, later: 0 };
  let name = 'first';
  let last = performance.now();
  let isAnswered = false;
  function note() {
    const time = performance.now();
    gaps[name] = Math.max(gaps[name], time - last);
    last = time;
  }
  function turn() {
    if (isAnswered) return;
    note();
    name = 'later';
    setImmediate(turn);
  }
  // Not earlier, because Deno waits until the event loop of preloaded code is empty.
  globalThis.benchStarted = () => setImmediate(turn);
  globalThis.benchAnswered = () => {
    note();
    isAnswered = true;
  };
  return () => gaps;
}

function sumUp() {
  const { user, system } = process.cpuUsage();
  return { mib: peakMemory(), cpu: (user + system) / 1000 };
}

const probes = { block: watchBlocks, whole: () => sumUp };
const result = probes[process.env.BENCH_PROBE]();
process.on('exit', () => writeSync(1, JSON.stringify(result())));
