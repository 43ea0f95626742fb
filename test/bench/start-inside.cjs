/**
 * One fresh process of test/bench/start.mjs: measures milliseconds of the main thread for each step to a first TLS
 * context. Prints one JSON object.
 */
'use strict';
const way = process.argv[2];
const figures = {};

function timed(name, run) {
  const start = performance.now();
  const result = run();
  figures[name] = performance.now() - start;
  return result;
}

const loadTls = () => require('node:tls');

if (way === 'ours, TLS loaded before') timed('tls', loadTls);
if (way.startsWith('ours')) {
  const { inject } = timed('require', () => require('../../dist/index.js'));
  timed('inject', () => inject());
}
if (figures.tls === undefined) timed('tls', loadTls);
timed('context', () => loadTls().createSecureContext());
require('node:fs').writeSync(1, JSON.stringify(figures));
process.exit();
