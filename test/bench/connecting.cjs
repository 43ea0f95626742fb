/**
 * Shared by the client processes of test/bench/root-lists.mjs and test/bench/distrust.mjs.
 */
'use strict';
const https = require('node:https');
const { performance } = require('node:perf_hooks');

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Waits until the thread that reads the store has ended and the work after a first context is done. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 200));

/** Resolves to the injection's report. */
const inject = () => require('../../dist/index.js').inject().ready;

/** Resolves to the body of the answer. */
function request(options) {
  return new Promise((resolve, reject) => {
    https
      .get(options, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve(body)).on('error', reject);
      })
      .on('error', reject);
  });
}

/** Measures milliseconds for each of `count` connections, one after the other. */
async function timeConnections(connect, count) {
  const wall = [];
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await connect(i);
    wall.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return { wall: median(wall), cpu: (user + system) / 1000 / count };
}

module.exports = { inject, median, request, settle, timeConnections };
